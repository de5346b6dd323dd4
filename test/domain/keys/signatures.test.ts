import { createHash, createPublicKey } from 'node:crypto';
import { CompactSign, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { generateKey } from '../../../src/domain/keys/generate.ts';
import {
  algorithms,
  keyFile,
  leftHalfHash,
  pemMap,
  publicPart,
  type SigningJwk,
  signable,
  signWith,
  verifyToken,
} from '../../../src/domain/keys/keys.ts';

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

describe.each(algorithms)('a key of %s', (algorithm) => {
  it('J01 has a public part without anything private, and is exported as PEM and JWK', async () => {
    const jwk = await generateKey(algorithm);
    const shown = publicPart(jwk);
    for (const member of privateMembers) expect(shown).not.toHaveProperty(member);
    expect(JSON.parse(keyFile(shown, 'jwk'))).toEqual(shown);
    const pem = keyFile(shown, 'pem');
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect(createPublicKey(pem).export({ format: 'jwk' })).toMatchObject({ kty: shown.kty });
    expect(pemMap([shown])).toEqual({ [shown.kid]: pem });
  });

  it('signs what others verify', async () => {
    const jwk = await generateKey(algorithm);
    const token = await signWith(signable(jwk), 'JWT', { sub: 'alice' });
    expect(await verifyToken(token, [publicPart(jwk)])).toEqual({
      header: { alg: algorithm, typ: 'JWT', kid: jwk.kid },
      claims: { sub: 'alice' },
    });
  });
});

describe('verifyToken', () => {
  const sign = async (jwk: SigningJwk, header: Record<string, string> = {}) =>
    new CompactSign(Buffer.from('{"sub":"alice"}'))
      .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, ...header })
      .sign(await importJWK(jwk, jwk.alg));

  it('reads what a published key has signed, and nothing else', async () => {
    const [rsa, elliptic, stranger] = await Promise.all([
      generateKey('RS256'),
      generateKey('ES256'),
      generateKey('ES256'),
    ]);
    const keys = [rsa, elliptic];
    for (const jwk of keys) {
      expect(await verifyToken(await sign(jwk), keys)).toMatchObject({
        claims: { sub: 'alice' },
        header: { kid: jwk.kid },
      });
    }
    expect(await verifyToken(await sign(stranger), keys)).toBeUndefined();
    expect(await verifyToken(await sign(stranger, { kid: elliptic.kid }), keys)).toBeUndefined();
    const token = await sign(rsa);
    const [header, , signature] = token.split('.');
    const forged = `${header}.${Buffer.from('{"sub":"bob"}').toString('base64url')}.${signature}`;
    const unsigned = `${Buffer.from(`{"alg":"none","kid":"${rsa.kid}"}`).toString('base64url')}.${token.split('.')[1]}.`;
    for (const junk of [forged, unsigned, '', 'a.b.c', `${token}x`])
      expect(await verifyToken(junk, keys)).toBeUndefined();
  });
});

it('at_hash and c_hash are those of OpenID Connect Core, appendix A, with EdDSA by SHA-512, and nothing for an algorithm without keys', () => {
  expect(leftHalfHash('RS256', 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y')).toBe('77QmUPtjPfzWtF2AnpK9RQ');
  const code = 'Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk';
  for (const algorithm of ['RS256', 'PS256', 'ES256']) {
    expect(leftHalfHash(algorithm, code)).toBe('LDktKdoQak3Pk0cnXxCltA');
  }
  const long = createHash('sha512').update(code).digest().subarray(0, 32).toString('base64url');
  expect(leftHalfHash('EdDSA', code)).toBe(long);
  for (const algorithm of ['none', 'HS256', '']) expect(() => leftHalfHash(algorithm, code)).toThrow(TypeError);
});
