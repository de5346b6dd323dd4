import { createHash } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, post } from '../../support/endpoint.ts';
import { expectSentBack } from '../../support/refusals.ts';
import { challenge, createWorld, verifier, type World } from '../../support/world.ts';

const by = { by: { type: 'operator' as const } };
/** What ASP.NET Core and express-openid-connect ask for on a developer's machine. */
const local = 'http://localhost:5000/signin-oidc';
let world: World;
let secret = '';
beforeAll(async () => {
  world = await createWorld({ mode: 'serve' });
  const input = { redirectUris: [local], access: 'everybody' as const, kind: 'web' as const };
  const hybrid = { ...input, responseTypes: ['code id_token' as const] };
  secret = (await world.postern.clients.create({ ...hybrid, id: 'hybrid' }, by)).secret ?? '';
  await world.postern.clients.create({ ...hybrid, id: 'katana', pkce: 'optional' }, by);
  await world.postern.clients.create({ ...input, id: 'implicit', kind: 'spa', responseTypes: ['id_token'] }, by);
});
afterAll(() => world?.stop());

const urlOf = (client: string, changes: Record<string, string | undefined>) =>
  world.authorizeUrl('app', { client_id: client, redirect_uri: local, ...changes });
const fragmentOf = (url: URL) => Object.fromEntries(new URLSearchParams(url.hash.slice(1)));

async function claimsOf(idToken: string, audience: string) {
  const keys = createLocalJWKSet((await (await fetch(`${world.issuer}/jwks`)).json()) as JSONWebKeySet);
  return (await jwtVerify(idToken, keys, { issuer: world.issuer, audience })).payload;
}

const halfHash = (value: string) => createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');

describe('a client that was told it may', () => {
  it('A11 gets code and ID token on this machine, and the code is worth its tokens', async () => {
    const back = await world.signIn(world.visitor(), urlOf('hybrid', { response_type: 'code id_token' }));
    expect(back.search).toBe('');
    const { code = '', id_token = '', state } = fragmentOf(back);
    expect(state).toBe('a-state');
    // RFC 9207 §2: here it is the ID token that says who answers.
    expect(await claimsOf(id_token, 'hybrid')).toMatchObject({
      ...{ sub: world.people.alice.id, nonce: 'a-nonce', c_hash: halfHash(code), name: 'alice of the tests' },
    });
    const form = { grant_type: 'authorization_code', code, redirect_uri: local, code_verifier: verifier };
    const tokens = await post(`${world.issuer}/token`, form, basic('hybrid', secret));
    expect(tokens.status).toBe(200);
    expect(tokens.body).toHaveProperty('refresh_token');
  });

  it('A11 gets an ID token alone, by form too', async () => {
    const visitor = world.visitor();
    const back = await world.signIn(visitor, urlOf('implicit', { response_type: 'id_token' }));
    const answer = fragmentOf(back);
    expect(Object.keys(answer).sort()).toEqual(['id_token', 'state']);
    expect(await claimsOf(answer.id_token ?? '', 'implicit')).toMatchObject({ sub: world.people.alice.id });
    const posted = await visitor.open(urlOf('hybrid', { response_type: 'code id_token', response_mode: 'form_post' }));
    const page = posted.text.includes('consent-allow') ? await visitor.submit(posted, { do: 'allow' }) : posted;
    expect(page.text).toContain(`action="${local}"`);
    expect(page.text).toContain('name="id_token"');
  });

  it('A11 gets nothing else, and nothing in a query', async () => {
    for (const [client, response_type, error] of [
      ['hybrid', 'id_token', 'invalid_request'],
      ['hybrid', 'code', 'invalid_request'],
      ['implicit', 'code', 'invalid_request'],
      ['implicit', 'id_token token', 'unsupported_response_type'],
      ['hybrid', 'code id_token token', 'unsupported_response_type'],
    ] as const) {
      expectSentBack(await world.visitor().request(urlOf(client, { response_type })), local, { error });
    }
    const inQuery = await world
      .visitor()
      .request(urlOf('hybrid', { response_type: 'code id_token', response_mode: 'query' }));
    expectSentBack(inQuery, local, { error: 'invalid_request' });
  });

  it('A11 has to send a nonce (OpenID Connect Core §3.2.2.1)', async () => {
    for (const [client, response_type] of [
      ['hybrid', 'code id_token'],
      ['implicit', 'id_token'],
    ] as const) {
      const answer = await world.visitor().request(urlOf(client, { response_type, nonce: undefined }));
      expectSentBack(answer, local, { error: 'invalid_request' });
    }
  });

  it('B03 B04 B05 is held to PKCE like everybody, unless it was let off that too', async () => {
    const hybrid = { response_type: 'code id_token' };
    const without = { ...hybrid, code_challenge: undefined, code_challenge_method: undefined };
    const plain = { ...hybrid, code_challenge_method: 'plain' };
    for (const changes of [without, plain]) {
      expectSentBack(await world.visitor().request(urlOf('hybrid', changes)), local, { error: 'invalid_request' });
    }
    const { code } = fragmentOf(await world.signIn(world.visitor(), urlOf('katana', without)));
    expect(code).toMatch(/^[\w-]{43}$/);
    const bound = fragmentOf(
      await world.signIn(world.visitor(), urlOf('hybrid', { ...hybrid, code_challenge: challenge })),
    );
    const form = { grant_type: 'authorization_code', code: bound.code, redirect_uri: local };
    const downgraded = await post(`${world.issuer}/token`, form, basic('hybrid', secret));
    expect(downgraded).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
