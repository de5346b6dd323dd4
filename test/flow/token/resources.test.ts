import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, basic, endpointsOf, type Form, post } from '../../support/endpoint.ts';
import { expectSentBack } from '../../support/refusals.ts';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

const by = { type: 'system' } as const;
const [opaque, jwt, named] = ['https://opaque.example', 'https://jwt.example/v1', 'urn:example:sts'];
const redirectUri = 'https://reader.example/cb';
let world: World;
let at: ReturnType<typeof endpointsOf>;
let reader: Record<string, string>;
let api: Record<string, string>;
beforeAll(async () => {
  world = await createWorld({
    strictClients: true,
    resources: [
      { identifier: opaque, scopes: ['read', 'write'], format: 'opaque' },
      { identifier: jwt, scopes: ['read', 'write', 'purge'], format: 'jwt', algorithm: 'ES256', seconds: 120 },
      { identifier: named, audience: 'sts.amazonaws.com', scopes: ['read'], format: 'jwt' },
    ],
  });
  at = endpointsOf(world);
  const create = async (input: Parameters<typeof world.postern.clients.create>[0]) => {
    const { secret = '' } = await world.postern.clients.create(input, { by });
    return basic(input.id, secret);
  };
  const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'] as const;
  const scope = 'openid profile offline_access read write';
  reader = await create({ id: 'reader', redirectUris: [redirectUri], grantTypes: [...grantTypes], scope });
  api = await create({ id: 'api', resourceServer: [jwt] });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => world?.stop());

const token = (form: Form) => post(`${world.issuer}/token`, form, reader);
const machineToken = (resource: string, scope = 'read') => token({ grant_type: 'client_credentials', resource, scope });
const introspect = (caller: Record<string, string>, accessToken: string) =>
  post(`${world.issuer}/introspect`, { token: accessToken }, caller);

/** alice allows the reader what it asks for at these resources. */
async function codeFor(resources: string[], scope: string): Promise<Form> {
  const url = new URL(world.authorizeUrl('app', { client_id: 'reader', redirect_uri: redirectUri, scope }));
  for (const resource of resources) url.searchParams.append('resource', resource);
  const answer = await world.signIn(world.visitor(), url.href);
  return { ...world.codeForm('app', answer.searchParams.get('code')), redirect_uri: redirectUri };
}

async function verify(accessToken: string) {
  const { body } = await ask(`${world.issuer}/jwks`);
  return jwtVerify(accessToken, createLocalJWKSet(body), { issuer: world.issuer, typ: 'at+jwt' });
}

it('C14 A18 a resource of which a client may use nothing is an invalid target, in every grant', async () => {
  const { secret = '' } = await world.postern.clients.create(
    {
      id: 'stranger',
      redirectUris: [redirectUri],
      grantTypes: ['client_credentials', 'authorization_code'],
      scope: 'openid',
    },
    { by },
  );
  const form = { grant_type: 'client_credentials', resource: jwt };
  const refused = await post(`${world.issuer}/token`, form, basic('stranger', secret));
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  const own = { client_id: 'stranger', redirect_uri: redirectUri, scope: 'openid', resource: jwt };
  const answer = await world.visitor().request(world.authorizeUrl('app', own));
  expectSentBack(answer, redirectUri, { error: 'invalid_target' });
});

describe('a resource with JWT access tokens', () => {
  it('C14 gets one that it can check by itself: RFC 9068 type, its audience, its scopes, its life', async () => {
    const { status, body } = await token(await codeFor([jwt], 'openid read write'));
    expect(status).toBe(200);
    const { payload, protectedHeader } = await verify(body.access_token);
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(payload).toMatchObject({ aud: jwt, client_id: 'reader', sub: world.people.alice.id, scope: 'read write' });
    expect(payload.jti).toBeTruthy();
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(120);
    expect(body).toMatchObject({ expires_in: 120, token_type: 'Bearer' });
  });

  it('C14 gets the audience that it is configured with, verbatim', async () => {
    const { payload, protectedHeader } = await verify((await machineToken(named)).body.access_token);
    expect(payload).toMatchObject({ aud: 'sts.amazonaws.com', sub: 'reader', client_id: 'reader' });
    expect(protectedHeader.alg).toBe('RS256');
  });

  it('may ask about it, as its client may, and nobody else', async () => {
    const { access_token } = (await token(await codeFor([jwt], 'openid read'))).body;
    for (const caller of [api, reader]) {
      const { body } = await introspect(caller, access_token);
      const about = { active: true, aud: jwt, client_id: 'reader', scope: 'read', token_type: 'Bearer' };
      expect(body).toMatchObject({ ...about, sub: world.people.alice.id, iss: world.issuer });
    }
    expect((await at.introspect('app', { token: access_token })).body).toEqual({ active: false });
    expect((await at.introspect('spa', { token: access_token })).body).toEqual({ active: false });
    const another = (await machineToken(named)).body.access_token;
    expect((await introspect(api, another)).body).toEqual({ active: false });
  });

  it('is told that a changed or expired one, or an ID token, is worth nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { access_token, id_token } = (await token(await codeFor([jwt], 'openid read'))).body;
    const [header, payload, signature] = access_token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const more = Buffer.from(JSON.stringify({ ...claims, scope: 'read write purge' })).toString('base64url');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    const forged = [`${header}.${more}.${signature}`, `${none}.${payload}.`, `${header}.${payload}.`, id_token];
    for (const each of forged) expect((await introspect(reader, each)).body).toEqual({ active: false });
    vi.setSystemTime(Date.now() + 121_000);
    expect((await introspect(reader, access_token)).body).toEqual({ active: false });
  });

  it('C14 its tokens do not open userinfo, nor do those of an opaque one', async () => {
    for (const resource of [jwt, opaque]) {
      const { access_token } = (await token(await codeFor([resource], 'openid profile read'))).body;
      expect((await at.userinfo(access_token)).status).toBe(resource === jwt ? 401 : 403);
    }
  });
});

describe('resource indicators', () => {
  it('C14 an opaque token carries its audience too', async () => {
    const { access_token } = (await token(await codeFor([opaque], 'openid read'))).body;
    expect(access_token.split('.')).toHaveLength(1);
    expect((await introspect(reader, access_token)).body).toMatchObject({ active: true, aud: opaque, scope: 'read' });
  });

  it('C14 an unknown resource is refused, at both endpoints', async () => {
    for (const resource of ['https://evil.example', `${jwt}/`, jwt.toUpperCase(), 'no-uri', `${jwt}#x`]) {
      const url = world.authorizeUrl('app', { resource });
      expectSentBack(await world.visitor().request(url), redirectUris.app, { error: 'invalid_target' });
      const answer = await machineToken(resource);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
    }
  });

  it('C14 a resource that was not allowed by the person is refused at the token endpoint', async () => {
    const form = { ...(await codeFor([opaque], 'openid read')), resource: jwt };
    expect(await token(form)).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  });

  it('A18 a scope that the client may not have is not in the token', async () => {
    const { body } = await token(await codeFor([jwt], 'openid read purge'));
    expect((await verify(body.access_token)).payload.scope).toBe('read');
    const refused = await machineToken(jwt, 'read purge');
    if (refused.status === 200) expect((await verify(refused.body.access_token)).payload.scope).toBe('read');
    else expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    // At the other resource there is no such scope at all.
    const { body: other } = await token(await codeFor([opaque], 'openid write'));
    expect(other.scope).toBe('write');
  });

  it('two resources are allowed at once, and each token is for one of them', async () => {
    const form = await codeFor([jwt, opaque], 'openid offline_access read');
    const first = await token({ ...form, resource: jwt });
    expect((await verify(first.body.access_token)).payload.aud).toBe(jwt);
    const { refresh_token } = first.body;
    const second = await token({ grant_type: 'refresh_token', refresh_token, resource: opaque });
    expect((await introspect(reader, second.body.access_token)).body).toMatchObject({ aud: opaque });
    const third = await token({ grant_type: 'refresh_token', refresh_token, resource: named });
    expect(third).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  });
});
