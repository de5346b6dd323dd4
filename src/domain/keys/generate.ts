import { createHash, generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';

export const algorithms = ['RS256', 'ES256'] as const;
export type Algorithm = (typeof algorithms)[number];

/** A signing key with its private part (RFC 7517), ready for the engine. */
export type SigningJwk = JsonWebKey & { kid: string; alg: Algorithm; use: 'sig' };

const generate = promisify(generateKeyPair);

/** A new key pair; made in the thread pool, because an RSA key takes up to 200 ms. */
export async function generateKey(algorithm: Algorithm): Promise<SigningJwk> {
  const { privateKey } =
    algorithm === 'RS256'
      ? await generate('rsa', { modulusLength: 2048, publicExponent: 0x10001 })
      : await generate('ec', { namedCurve: 'P-256' });
  const jwk = privateKey.export({ format: 'jwk' });
  return { ...jwk, kid: thumbprint(jwk), alg: algorithm, use: 'sig' };
}

/** RFC 7638: SHA-256 over the required members in alphabetical order. */
export function thumbprint(jwk: JsonWebKey): string {
  const members =
    jwk.kty === 'RSA' ? { e: jwk.e, kty: jwk.kty, n: jwk.n } : { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}
