import { createHash, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Algorithm } from '../../base/algorithms.ts';

/** A signing key with its private part (RFC 7517), ready for the engine. */
export type SigningJwk = JsonWebKey & { kid: string; alg: Algorithm; use: 'sig' };
/** The same without: what everybody may know. */
export type PublicJwk = JsonWebKey & { kid: string; alg: Algorithm; use: 'sig' };

const generate = promisify(generateKeyPair);
type Pair = Promise<{ privateKey: KeyObject }>;

const pairs: Record<Algorithm, () => Pair> = {
  RS256: () => generate('rsa', { modulusLength: 2048, publicExponent: 0x10001 }),
  PS256: () => generate('rsa', { modulusLength: 2048, publicExponent: 0x10001 }),
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generate('ed25519', {}),
};

/** A new key pair; made in the thread pool, because an RSA key takes up to 200 ms. */
export async function generateKey(algorithm: Algorithm): Promise<SigningJwk> {
  const { privateKey } = await pairs[algorithm]();
  const jwk = privateKey.export({ format: 'jwk' });
  return { ...jwk, kid: thumbprint(jwk), alg: algorithm, use: 'sig' };
}

/** The members that make the key (RFC 7638 §3.2, RFC 8037 §2), in alphabetical order. */
function publicMembers({ kty, crv, e, n, x, y }: JsonWebKey): JsonWebKey {
  if (kty === 'RSA') return { e, kty, n };
  return kty === 'OKP' ? { crv, kty, x } : { crv, kty, x, y };
}

/** RFC 7638: SHA-256 over the required members in alphabetical order. */
export function thumbprint(jwk: JsonWebKey): string {
  return createHash('sha256')
    .update(JSON.stringify(publicMembers(jwk)))
    .digest('base64url');
}

/** What of a key is published. */
export function publicPart(jwk: SigningJwk): PublicJwk {
  const { kid, alg, use } = jwk;
  return { ...publicMembers(jwk), kid, alg, use };
}
