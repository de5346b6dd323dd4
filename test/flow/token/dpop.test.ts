import { createHash, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, basic, endpointsOf, type Form, post } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

const api = 'https://api.example';
let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({
    strictClients: true,
    resources: [{ identifier: api, scopes: ['read'], format: 'jwt' }],
  });
  at = endpointsOf(world);
});
afterEach(() => void vi.useRealTimers());
afterAll(() => world?.stop());

/** A key, and the proofs that it makes (RFC 9449 §4.2). */
async function createHolder() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return {
    proof: (url: string, claims: JWTPayload = {}, htm = 'POST') =>
      new SignJWT({ htm, htu: url, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .sign(privateKey),
  };
}
type Holder = Awaited<ReturnType<typeof createHolder>>;

const tokenUrl = () => `${world.issuer}/token`;
const userinfoUrl = () => `${world.issuer}/userinfo`;
const ath = (token: string) => createHash('sha256').update(token).digest('base64url');

const token = (form: Form, proof: string) =>
  post(tokenUrl(), form, { ...basic('app', world.secrets.app), dpop: proof });
const spaToken = (form: Form, proof: string) => post(tokenUrl(), { client_id: 'spa', ...form }, { dpop: proof });

/** Tokens that are bound to the holder's key. */
async function boundTokens(holder: Holder) {
  const code = await at.code('spa');
  const answer = await spaToken(world.codeForm('spa', code), await holder.proof(tokenUrl()));
  expect(answer).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
  return answer.body as { access_token: string; refresh_token: string };
}

async function userinfo(access_token: string, holder: Holder, claims: JWTPayload = {}) {
  const dpop = await holder.proof(userinfoUrl(), { ath: ath(access_token), ...claims }, 'GET');
  return ask(userinfoUrl(), { headers: { authorization: `DPoP ${access_token}`, dpop } });
}

describe('DPoP', () => {
  it('binds tokens to a key: they are good with its proofs alone', async () => {
    const [holder, thief] = [await createHolder(), await createHolder()];
    const { access_token } = await boundTokens(holder);
    expect((await userinfo(access_token, holder)).status).toBe(200);
    expect((await userinfo(access_token, thief)).status).toBe(401);
    expect((await at.userinfo(access_token)).status).toBe(401);
    const withoutProof = await ask(userinfoUrl(), { headers: { authorization: `DPoP ${access_token}` } });
    expect([400, 401]).toContain(withoutProof.status);
    const downgraded = await holder.proof(userinfoUrl(), { ath: ath(access_token) }, 'GET');
    expect([400, 401]).toContain((await at.userinfo(access_token, { dpop: downgraded })).status);
  });

  it('binds the refresh tokens of public clients too', async () => {
    const [holder, thief] = [await createHolder(), await createHolder()];
    const { refresh_token } = await boundTokens(holder);
    const form = { grant_type: 'refresh_token', refresh_token };
    expect((await spaToken(form, await thief.proof(tokenUrl()))).status).toBe(400);
    expect((await post(tokenUrl(), { client_id: 'spa', ...form })).status).toBe(400);
    const answer = await spaToken(form, await holder.proof(tokenUrl()));
    expect(answer.status).toBe(200);
    expect((await userinfo(answer.body.access_token, holder)).status).toBe(200);
  });

  it('takes a proof once', async () => {
    const holder = await createHolder();
    const proof = await holder.proof(tokenUrl());
    const machine = { grant_type: 'client_credentials' };
    expect((await token(machine, proof)).status).toBe(200);
    expect(await token(machine, proof)).toMatchObject({ status: 400 });
    const { access_token } = await boundTokens(holder);
    const jti = randomUUID();
    expect((await userinfo(access_token, holder, { jti })).status).toBe(200);
    expect((await userinfo(access_token, holder, { jti })).status).toBe(401);
  });

  it('takes a proof once when it comes eight times at once', async () => {
    const proof = await (await createHolder()).proof(tokenUrl());
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => token({ grant_type: 'client_credentials' }, proof)),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(7).fill(400)]);
  });

  it('J10 takes a proof once also after a while, however far the clock of its holder is ahead', async () => {
    const holder = await createHolder();
    const ahead = { iat: Math.floor(Date.now() / 1000) + 290 };
    const [early, late] = [await holder.proof(tokenUrl(), ahead), await holder.proof(tokenUrl(), ahead)];
    const machine = { grant_type: 'client_credentials' };
    expect((await token(machine, early)).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 580_000);
    await world.postern.records.purge({ batch: 500, signal: new AbortController().signal });
    // Still good by its time, as the other one shows.
    expect((await token(machine, late)).status).toBe(200);
    expect((await token(machine, early)).status).toBe(400);
  });

  it.each([
    [290, 200],
    [-290, 200],
    [320, 400],
    [-320, 400],
  ])('J10 a proof from %i seconds from now → %i', async (seconds, status) => {
    const iat = Math.floor(Date.now() / 1000) + seconds;
    const proof = await (await createHolder()).proof(tokenUrl(), { iat });
    expect((await token({ grant_type: 'client_credentials' }, proof)).status).toBe(status);
  });

  it('J07 J08 J09 refuses a proof by a shared secret, one that shows a private key, one of another type', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const claims = () => ({ htm: 'POST', htu: tokenUrl(), jti: randomUUID(), iat: Math.floor(Date.now() / 1000) });
    const secret = Buffer.alloc(32, 7);
    const shared = { kty: 'oct', k: secret.toString('base64url') };
    const proofs = await Promise.all([
      new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: shared }).sign(secret),
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(privateKey) })
        .sign(privateKey),
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', jwk: await exportJWK(publicKey) })
        .sign(privateKey),
      new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', kid: 'x' }).sign(privateKey),
    ]);
    for (const proof of proofs) {
      const answer = await token({ grant_type: 'client_credentials' }, proof);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } });
    }
  });

  it.each([
    ['for another method', { htm: 'GET' }],
    ['for another endpoint', { htu: 'https://evil.example/token' }],
    ['for no endpoint', { htu: undefined }],
    ['without an id', { jti: undefined }],
    ['that is an hour old', { iat: Math.floor(Date.now() / 1000) - 3600 }],
    ['from the future', { iat: Math.floor(Date.now() / 1000) + 3600 }],
  ] as [string, JWTPayload][])('refuses a proof %s', async (_what, claims) => {
    const proof = await (await createHolder()).proof(tokenUrl(), claims);
    const answer = await token({ grant_type: 'client_credentials' }, proof);
    expect(answer.status).toBe(400);
    expect(['invalid_dpop_proof', 'use_dpop_nonce']).toContain(answer.body.error);
  });

  it('refuses what is no proof', async () => {
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${encoded({ alg: 'none', typ: 'dpop+jwt' })}.${encoded({ htm: 'POST', htu: tokenUrl() })}.`;
    for (const text of ['x', 'a.b.c', '..', unsigned, `${await (await createHolder()).proof(tokenUrl())}x`]) {
      const answer = await token({ grant_type: 'client_credentials' }, text);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } });
    }
  });

  it('refuses a proof for another token', async () => {
    const holder = await createHolder();
    const { access_token } = await boundTokens(holder);
    expect((await userinfo(access_token, holder, { ath: ath('another') })).status).toBe(401);
    expect((await userinfo(access_token, holder, { ath: undefined })).status).toBe(401);
  });

  it('offers a nonce to a client whose clock is wrong, and takes it', async () => {
    const holder = await createHolder();
    const late = { iat: Math.floor(Date.now() / 1000) - 3600 };
    const machine = { grant_type: 'client_credentials' };
    const refused = await token(machine, await holder.proof(tokenUrl(), late));
    const nonce = refused.headers.get('dpop-nonce');
    expect(nonce).toBeTruthy();
    expect((await token(machine, await holder.proof(tokenUrl(), { ...late, nonce }))).status).toBe(200);
    expect((await token(machine, await holder.proof(tokenUrl(), { ...late, nonce: 'made-up' }))).status).toBe(400);
  });

  it('is told by introspection, of opaque and of JWT access tokens', async () => {
    const { secret = '' } = await world.postern.clients.create(
      { id: 'machine', scope: 'read' },
      { by: { type: 'system' } },
    );
    const holder = await createHolder();
    for (const resource of [undefined, api]) {
      const form = { grant_type: 'client_credentials', resource, scope: resource && 'read' };
      const headers = { ...basic('machine', secret), dpop: await holder.proof(tokenUrl()) };
      const { access_token } = (await post(tokenUrl(), form, headers)).body;
      const about = await post(`${world.issuer}/introspect`, { token: access_token }, basic('machine', secret));
      expect(about.body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: expect.any(String) } });
    }
  });
});
