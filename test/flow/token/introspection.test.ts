import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, endpointsOf, post } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { type: 'system' } as const;
const api = 'https://api.example';
const named = 'urn:example:api';
let world: World;
let at: ReturnType<typeof endpointsOf>;
let machine: Record<string, string> = {};
const servers: Record<string, Record<string, string>> = {};
beforeAll(async () => {
  world = await createWorld({
    strictClients: true,
    resources: [
      { identifier: api, scopes: ['read'], format: 'opaque' },
      { identifier: named, audience: 'the-api', scopes: ['read'], format: 'opaque' },
    ],
  });
  at = endpointsOf(world);
  for (const [id, resourceServer] of [
    ['api', [api]],
    ['named-api', [named]],
    ['gateway', true],
  ] as const) {
    const list = resourceServer === true ? resourceServer : [...resourceServer];
    const { secret = '' } = await world.postern.clients.create({ id, resourceServer: list }, { by });
    servers[id] = basic(id, secret);
  }
  const { secret = '' } = await world.postern.clients.create({ id: 'machine', scope: 'read' }, { by });
  machine = basic('machine', secret);
});
afterAll(() => world?.stop());

const inactive = { status: 200, body: { active: false } };
const introspectAs = (id: string, token: string) => post(`${world.issuer}/introspect`, { token }, servers[id]);

/** A token for a resource, of a machine that may have it. */
async function resourceToken(resource: string): Promise<string> {
  const form = { grant_type: 'client_credentials', resource, scope: 'read' };
  return (await post(`${world.issuer}/token`, form, machine)).body.access_token;
}

describe('introspection', () => {
  it('C12 tells a client about its own tokens', async () => {
    const { access_token, refresh_token } = await at.tokens('app', { scope: 'openid profile' });
    const { body } = await at.introspect('app', { token: access_token });
    const about = { active: true, client_id: 'app', sub: world.people.alice.id, iss: world.issuer };
    expect(body).toMatchObject({ ...about, token_type: 'Bearer', scope: 'openid profile' });
    expect(body.exp - body.iat).toBe(600);
    expect((await at.introspect('app', { token: refresh_token })).body).toMatchObject(about);
    for (const token_type_hint of ['refresh_token', 'access_token', 'nonsense']) {
      expect((await at.introspect('app', { token: access_token, token_type_hint })).body.active).toBe(true);
    }
  });

  it('C12 tells nothing to another client, not even that the token exists', async () => {
    const { access_token, refresh_token } = await at.tokens('app');
    const unknown = await at.introspect('app2', { token: 'a-token-of-nobody-that-is-as-long-as-they-are' });
    for (const token of [access_token, refresh_token]) {
      const answer = await at.introspect('app2', { token });
      expect(answer).toMatchObject(inactive);
      expect(answer.text).toBe(unknown.text);
    }
  });

  it('C12 tells nothing to a public client, about its own tokens neither', async () => {
    const { access_token } = await at.tokens('spa');
    expect(await at.introspect('spa', { token: access_token })).toMatchObject(inactive);
    const { access_token: other } = await at.tokens('app');
    expect(await at.introspect('spa', { token: other })).toMatchObject(inactive);
  });

  it('C12 tells nothing to who does not say who asks', async () => {
    const { access_token: token } = await at.tokens('app');
    const url = `${world.issuer}/introspect`;
    expect((await post(url, { token })).status).toBe(400);
    expect((await post(url, { token, client_id: 'app' })).status).toBe(401);
    expect((await post(url, { token }, basic('app', 'wrong'))).status).toBe(401);
    expect((await post(url, {}, basic('app', world.secrets.app))).status).toBe(400);
  });

  it('C12 tells a resource server about tokens for its resource alone', async () => {
    const token = await resourceToken(api);
    expect((await introspectAs('api', token)).body).toMatchObject({ active: true, aud: api, scope: 'read' });
    expect(await introspectAs('named-api', token)).toMatchObject(inactive);
    const { access_token } = await at.tokens('app');
    expect(await introspectAs('api', access_token)).toMatchObject(inactive);
    const own = await resourceToken(named);
    expect((await introspectAs('named-api', own)).body).toMatchObject({ active: true, aud: 'the-api' });
    expect(await introspectAs('api', own)).toMatchObject(inactive);
  });

  it('C12 tells a gateway about all', async () => {
    const { access_token } = await at.tokens('app');
    for (const token of [access_token, await resourceToken(api)]) {
      expect((await introspectAs('gateway', token)).body.active).toBe(true);
    }
  });

  it('C12 knows neither codes nor ID tokens nor nonsense', async () => {
    const code = await at.code('app');
    expect(await at.introspect('app', { token: code })).toMatchObject(inactive);
    const { body } = await at.token('app', world.codeForm('app', code));
    for (const token of [body.id_token, 'x', 'a.b.c', 'é', '\0', 'x'.repeat(20_000)]) {
      expect(await at.introspect('app', { token })).toMatchObject(inactive);
    }
  });
});
