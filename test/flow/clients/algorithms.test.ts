/** Each signature algorithm as clients and resources pick it, read by openid-client and jose. */
import { createHash } from 'node:crypto';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Algorithm, algorithms } from '../../../src/base/algorithms.ts';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';

const callback = 'https://rp.example/callback';
const alice = { username: 'alice', password: 'alice' };
const resourceOf = (algorithm: Algorithm) => `https://${algorithm.toLowerCase()}.example`;
const by = { by: { type: 'system' } } as const;

let postern: Postern;
const secrets = new Map<Algorithm, string>();
beforeAll(async () => {
  const resources = algorithms.map((algorithm) => ({
    ...{ identifier: resourceOf(algorithm), scopes: ['read'], format: 'jwt' as const, algorithm },
  }));
  postern = await startPostern({ mode: 'dev', memory: true, resources });
  for (const algorithm of algorithms) {
    const { secret = '' } = await postern.clients.create(
      {
        ...{ id: algorithm, redirectUris: [callback], scope: 'openid profile read offline_access' },
        ...{ grantTypes: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'] },
        ...{ responseTypes: ['code', 'code id_token'], idTokenSignedResponseAlg: algorithm },
      },
      by,
    );
    secrets.set(algorithm, secret);
  }
});
afterAll(() => postern.stop());

const configure = (algorithm: Algorithm, metadata: Partial<client.ClientMetadata> = {}) =>
  client.discovery(
    new URL(postern.issuer),
    algorithm,
    { id_token_signed_response_alg: algorithm, ...metadata },
    client.ClientSecretBasic(secrets.get(algorithm) ?? ''),
    { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
  );

/** Signs alice in in a browser of her own; openid-client checks issuer, audience, times, nonce, signature and `c_hash`. */
async function signedIn(config: client.Configuration, changes: Record<string, string> = {}) {
  const [pkceCodeVerifier, expectedNonce, expectedState] = [
    client.randomPKCECodeVerifier(),
    client.randomNonce(),
    client.randomState(),
  ];
  const url = client.buildAuthorizationUrl(config, {
    ...{ redirect_uri: callback, scope: 'openid profile', nonce: expectedNonce, state: expectedState },
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    ...{ code_challenge_method: 'S256', ...changes },
  });
  const answer = await signIn(createVisitor(postern.issuer), url.href, alice);
  const checks = { pkceCodeVerifier, expectedNonce, expectedState, idTokenExpected: true };
  return { answer, tokens: await client.authorizationCodeGrant(config, answer, checks) };
}

const keySet = () => createRemoteJWKSet(new URL(`${postern.issuer}/jwks`));

/** OpenID Connect Core §3.1.3.6; Ed25519 comes with SHA-512 (RFC 8032 §5.1). */
function leftHalf(algorithm: Algorithm, value: string): string {
  const hash = createHash(algorithm === 'EdDSA' ? 'sha512' : 'sha256')
    .update(value)
    .digest();
  return hash.subarray(0, hash.length / 2).toString('base64url');
}

describe.each(algorithms)('a client that picks %s', (algorithm) => {
  it('signs in, refreshes and gets claims with openid-client; jose verifies its ID tokens', async () => {
    const config = await configure(algorithm);
    const { tokens } = await signedIn(config, { scope: 'openid profile offline_access', prompt: 'consent' });
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
    for (const { id_token = '' } of [tokens, refreshed]) {
      const checks = { issuer: postern.issuer, audience: algorithm, algorithms: [algorithm] };
      const { payload, protectedHeader } = await jwtVerify(id_token, keySet(), checks);
      expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT', kid: expect.any(String) });
      expect(payload).toMatchObject({ preferred_username: 'alice', aud: algorithm });
    }
    const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? '');
    expect(person).toMatchObject({ name: 'Alice Archer' });
  });

  it('gets a code and an ID token at once, with the hash of the code that openid-client expects', async () => {
    const config = await configure(algorithm);
    client.useCodeIdTokenResponseType(config);
    const { answer, tokens } = await signedIn(config);
    const returned = new URLSearchParams(answer.hash.slice(1));
    const { payload } = await jwtVerify(returned.get('id_token') ?? '', keySet(), { algorithms: [algorithm] });
    expect(payload.c_hash).toBe(leftHalf(algorithm, returned.get('code') ?? ''));
    expect(tokens.claims()?.preferred_username).toBe('alice');
  });

  it('and whoever expects another algorithm refuses its ID token', async () => {
    const other = algorithm === 'ES256' ? 'RS256' : 'ES256';
    const config = await configure(algorithm, { id_token_signed_response_alg: other });
    await expect(signedIn(config)).rejects.toMatchObject({ code: 'OAUTH_INVALID_RESPONSE' });
  });
});

it.each(algorithms)(
  'a resource that picks %s gets JWT access tokens (RFC 9068) that jose verifies',
  async (algorithm) => {
    const config = await configure('RS256');
    const resource = resourceOf(algorithm);
    const { access_token } = await client.clientCredentialsGrant(config, { resource, scope: 'read' });
    expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: algorithm, typ: 'at+jwt' });
    const checks = { issuer: postern.issuer, audience: resource, typ: 'at+jwt', algorithms: [algorithm] };
    const { payload } = await jwtVerify(access_token, keySet(), checks);
    expect(payload).toMatchObject({ client_id: 'RS256', scope: 'read' });
    expect(await client.tokenIntrospection(config, access_token)).toMatchObject({ active: true, aud: resource });
  },
);
