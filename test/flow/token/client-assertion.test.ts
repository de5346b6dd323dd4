import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { type: 'system' } as const;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

let world: World;
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  for (const [id, key] of [
    ['signer', publicKey],
    ['rsa-signer', rsa.publicKey],
  ] as const) {
    const jwks = { keys: [{ ...key.export({ format: 'jwk' }), kty: key === publicKey ? 'EC' : 'RSA', kid: id }] };
    await world.postern.clients.create({ id, tokenEndpointAuthMethod: 'private_key_jwt', jwks }, { by });
  }
});
afterAll(() => world?.stop());

type Changes = { claims?: JWTPayload; header?: Record<string, unknown>; key?: KeyObject };
const now = () => Math.floor(Date.now() / 1000);

function claimsOf(changes: JWTPayload = {}): JWTPayload {
  const times = { iat: now(), exp: now() + 60 };
  return { iss: 'signer', sub: 'signer', aud: world.issuer, jti: randomUUID(), ...times, ...changes };
}

const assertionOf = ({ claims, header, key = privateKey }: Changes = {}): Promise<string> =>
  new SignJWT(claimsOf(claims)).setProtectedHeader({ alg: 'ES256', ...header }).sign(key);

const present = (client_assertion: string, path = '/token') =>
  post(`${world.issuer}${path}`, {
    ...{ grant_type: 'client_credentials', token: 'a-token-of-nobody', client_assertion },
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const refused = { status: 401, body: { error: 'invalid_client' } };

describe('a client that signs assertions', () => {
  it('B12 is let in, with the issuer or the token endpoint as the audience', async () => {
    expect((await present(await assertionOf())).status).toBe(200);
    for (const aud of [`${world.issuer}/token`, [world.issuer, 'https://else.example']]) {
      expect((await present(await assertionOf({ claims: { aud } }))).status).toBe(200);
    }
    expect((await present(await assertionOf(), '/introspect')).body).toEqual({ active: false });
  });

  it('B12 is refused when the assertion comes a second time, at whatever endpoint', async () => {
    const assertion = await assertionOf();
    expect((await present(assertion)).status).toBe(200);
    expect(await present(assertion)).toMatchObject(refused);
    expect(await present(assertion, '/introspect')).toMatchObject(refused);
  });

  it('B12 is let in once when the same assertion comes eight times at once', async () => {
    const assertion = await assertionOf();
    const answers = await Promise.all(Array.from({ length: 8 }, () => present(assertion)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array(7).fill(401)]);
  });

  it.each([
    ['the token endpoint of another host', { aud: 'https://evil.example/token' }],
    ['no audience', { aud: undefined }],
    ['an audience that only begins alike', { aud: 'http://localhost' }],
    ['another issuer', { iss: 'app' }],
    ['no end', { exp: undefined }],
    ['an end in an hour', { exp: now() + 3600 }],
    ['an end that is over', { exp: now() - 60 }],
    ['a beginning in the future', { nbf: now() + 600 }],
    ['no id', { jti: undefined }],
    ['another client as its subject', { sub: 'app' }],
    ['an unknown client as its subject', { iss: 'nobody', sub: 'nobody' }],
  ] as [string, JWTPayload][])('B12 is refused for an assertion with %s', async (_what, claims) => {
    expect(await present(await assertionOf({ claims }))).toMatchObject(refused);
  });

  it('B12 J07 is refused without a signature, or with one by another key', async () => {
    const unsigned = `${encoded({ alg: 'none' })}.${encoded(claimsOf())}.`;
    expect(await present(unsigned)).toMatchObject(refused);
    expect(await present(await assertionOf({ key: other.privateKey }))).toMatchObject(refused);
    const [header, , signature] = (await assertionOf()).split('.');
    expect(await present(`${header}.${encoded(claimsOf())}.${signature}`)).toMatchObject(refused);
  });

  it('B12 J07 is refused for an HMAC with its public key as the secret', async () => {
    for (const form of ['pem', 'jwk'] as const) {
      const secret =
        form === 'pem'
          ? String(rsa.publicKey.export({ type: 'spki', format: 'pem' }))
          : JSON.stringify(rsa.publicKey.export({ format: 'jwk' }));
      const signed = `${encoded({ alg: 'HS256' })}.${encoded(claimsOf({ iss: 'rsa-signer', sub: 'rsa-signer' }))}`;
      const mac = createHmac('sha256', secret).update(signed).digest('base64url');
      expect(await present(`${signed}.${mac}`)).toMatchObject(refused);
    }
  });

  it('B12 J08 brings no key along', async () => {
    const jwk = other.publicKey.export({ format: 'jwk' });
    for (const header of [{ jwk }, { jku: 'https://evil.example/jwks', kid: 'x' }, { kid: '../../signer' }]) {
      expect(await present(await assertionOf({ header, key: other.privateKey }))).toMatchObject(refused);
    }
  });

  it('B12 is not let in by what is no assertion', async () => {
    for (const text of ['', 'x', 'a.b', 'a.b.c', '..', `${encoded([])}.${encoded([])}.x`, 'x'.repeat(10_000)]) {
      expect([400, 401]).toContain((await present(text)).status);
    }
  });
});
