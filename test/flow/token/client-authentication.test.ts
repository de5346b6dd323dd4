import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, basic, endpointsOf, type Form, post } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { type: 'system' } as const;
let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({
    strictClients: true,
    resources: [{ identifier: 'https://api.example', scopes: ['read'], format: 'jwt' }],
  });
  at = endpointsOf(world);
});
afterAll(() => world?.stop());

const token = (form: Form, headers?: Record<string, string>) => post(`${world.issuer}/token`, form, headers);
const machine = { grant_type: 'client_credentials' };

describe('client authentication', () => {
  it('B10 answers a wrong secret, an unknown and a disabled client alike, at every endpoint', async () => {
    await world.postern.clients.create({ id: 'gone' }, { by });
    await world.postern.clients.setDisabled('gone', true, { by });
    for (const path of ['/token', '/introspect', '/revoke', '/par', '/device/code']) {
      const form = { ...machine, token: 'a-token-of-nobody' };
      const answers = [];
      for (const id of ['app', 'nobody', 'gone']) {
        answers.push(await post(`${world.issuer}${path}`, form, basic(id, 'a-wrong-secret')));
        answers.push(await post(`${world.issuer}${path}`, { ...form, client_id: id, client_secret: 'a-wrong-secret' }));
      }
      for (const [index, answer] of answers.entries()) {
        expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
        // By header, or by field: each like the first of its kind.
        const like = answers[index % 2];
        expect(answer.text).toBe(like?.text);
        expect(namesOf(answer.headers)).toEqual(namesOf(like?.headers as Headers));
        expect(answer.headers.get('www-authenticate')).toBe(like?.headers.get('www-authenticate'));
      }
    }
  });

  it('B11 takes the secret by header or by field, and not by both', async () => {
    const { app: client_secret } = world.secrets;
    expect((await token(machine, basic('app', client_secret))).status).toBe(200);
    expect((await token({ ...machine, client_id: 'app', client_secret })).status).toBe(200);
    const both = await token({ ...machine, client_secret }, basic('app', client_secret));
    expect(both).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const assertion = {
      client_assertion: 'e30.e30.e30',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    expect((await token({ ...machine, ...assertion }, basic('app', client_secret))).status).toBe(400);
    const mismatch = await token({ ...machine, client_id: 'app2' }, basic('app', client_secret));
    expect(mismatch).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('B11 takes nothing else from a client that has a secret', async () => {
    const code = await at.code('app');
    const asPublic = { client_id: 'app', ...world.codeForm('app', code) };
    expect(await token(asPublic)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await token({ ...asPublic, client_secret: '' })).toMatchObject({ status: 401 });
    const empty = await token(world.codeForm('app', code), basic('app', ''));
    expect([400, 401]).toContain(empty.status);
    // The placeholder that the engine holds in place of the secret.
    expect((await token(machine, basic('app', 'kept-as-a-hash'))).status).toBe(401);
    expect((await token(world.codeForm('app', code), basic('app', world.secrets.app))).status).toBe(200);
  });

  it('B11 a public client that brings a secret is refused', async () => {
    const answer = await token({
      ...world.codeForm('spa', 'any'),
      client_id: 'spa',
      client_secret: 'a-made-up-secret',
    });
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('B13 gives out nothing for a password, nor by a grant that the client does not have', async () => {
    const { secret = '' } = await world.postern.clients.create(
      { id: 'people-only', redirectUris: ['https://people.example/cb'] },
      { by },
    );
    const ropc = { grant_type: 'password', username: 'alice', password: world.people.alice.password };
    expect(await at.token('app', ropc)).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
    const refused = await token({ ...machine, scope: 'openid' }, basic('people-only', secret));
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await at.token('spa', machine)).status).toBe(400);
    for (const grant_type of [
      'implicit',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:openid:params:grant-type:ciba',
      'urn:ietf:params:oauth:grant-type:device_code',
      '__proto__',
      '',
    ]) {
      expect((await at.token('app', { grant_type, device_code: 'none' })).status).toBe(400);
    }
    expect((await at.token('app', {})).status).toBe(400);
  });

  it('B14 a token that a client got for itself is about the client, and opens nobody’s data', async () => {
    const opaque = (await at.token('app', machine)).body.access_token;
    const about = await at.introspect('app', { token: opaque });
    expect(about.body).toMatchObject({ active: true, client_id: 'app' });
    expect(about.body.sub ?? 'app').toBe('app');
    const answer = await at.userinfo(opaque);
    expect([401, 403]).toContain(answer.status);

    const { secret = '' } = await world.postern.clients.create({ id: 'robot', scope: 'read' }, { by });
    const jwt = await token({ ...machine, resource: 'https://api.example', scope: 'read' }, basic('robot', secret));
    expect(claimsOf(jwt.body.access_token)).toMatchObject({ sub: 'robot', client_id: 'robot' });
    expect((await at.userinfo(jwt.body.access_token)).status).toBe(401);
  });

  it('B14 ids of clients and of people cannot meet', async () => {
    const { alice } = world.people;
    for (const id of [alice.id, alice.id.toUpperCase(), 'acc_x']) {
      await expect(world.postern.clients.create({ id }, { by })).rejects.toMatchObject({ code: 'conflict' });
    }
    const namesake = await world.postern.accounts.create(
      { username: 'app', password: 'quiet lantern over seven' },
      { by },
    );
    expect(namesake.id).toMatch(/^acc_/);
  });

  it('B15 the token endpoint takes a form by POST, and nothing else', async () => {
    const url = `${world.issuer}/token`;
    const headers = basic('app', world.secrets.app);
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const query = method === 'GET' ? `?${new URLSearchParams(machine)}` : '';
      expect([404, 405]).toContain((await ask(`${url}${query}`, { method, headers })).status);
    }
    const bodies: [string, string | FormData][] = [
      ['application/json', JSON.stringify(machine)],
      ['text/plain', 'grant_type=client_credentials'],
      ['application/xml', '<grant_type>client_credentials</grant_type>'],
    ];
    for (const [type, body] of bodies) {
      const answer = await ask(url, { method: 'POST', body, headers: { ...headers, 'content-type': type } });
      expect(answer.status).toBe(400);
    }
    const parts = new FormData();
    parts.set('grant_type', 'client_credentials');
    expect((await ask(url, { method: 'POST', body: parts, headers })).status).toBe(400);
    expect((await ask(url, { method: 'POST', headers })).status).toBe(400);
  });
});

/** Header names: their values may differ by request (date, id). */
const namesOf = (headers: Headers): string[] => [...headers.keys()].sort();

const claimsOf = (jwt: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
