/** Signing with the active keys, for whoever needs a compact JWS (RFC 7515 §3.1). */
import {
  constants,
  createHash,
  createPrivateKey,
  type KeyObject,
  type SignKeyObjectInput,
  sign as signWithCallback,
} from 'node:crypto';
import { promisify } from 'node:util';
import { type Algorithm, isAlgorithm } from '../../base/algorithms.ts';
import type { SigningJwk } from './generate.ts';

const signAsync = promisify(signWithCallback) as (
  digest: string | null,
  data: Buffer,
  key: SignKeyObjectInput,
) => Promise<Buffer>;

/** How node:crypto signs for each (RFC 7518 §3.3–3.5, RFC 8037 §3.1): its digest, and what else it has to know. */
const ways: Record<Algorithm, { digest: 'sha256' | null; options: Omit<SignKeyObjectInput, 'key'> }> = {
  RS256: { digest: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: { digest: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { digest: null, options: {} },
};

/** A key that is ready to sign with; `kid` is what the header says. */
export type SignableKey = { kid: string; algorithm: Algorithm; key: KeyObject };

export const signable = (jwk: SigningJwk, kid = jwk.kid): SignableKey => ({
  ...{ kid, algorithm: jwk.alg },
  key: createPrivateKey({ key: jwk, format: 'jwk' }),
});

/** A compact JWS of that type (RFC 8725 §3.11), signed in the thread pool (a fifth cheaper than WebCrypto). */
export async function signWith({ kid, algorithm, key }: SignableKey, type: string, payload: object): Promise<string> {
  const { digest, options } = ways[algorithm];
  const input = `${encode({ alg: algorithm, typ: type, kid })}.${encode(payload)}`;
  const signature = await signAsync(digest, Buffer.from(input), { ...options, key });
  return `${input}.${signature.toString('base64url')}`;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * OpenID Connect Core §3.1.3.6: the left half of the hash of a token or code, by the hash of the algorithm that the ID token
 * is signed with; Ed25519 works with SHA-512 (RFC 8032 §5.1).
 */
export function leftHalfHash(algorithm: string, value: string): string {
  if (!isAlgorithm(algorithm)) throw new TypeError(`There are no keys for ${algorithm}.`);
  const hash = createHash(algorithm === 'EdDSA' ? 'sha512' : 'sha256')
    .update(value)
    .digest();
  return hash.subarray(0, hash.length / 2).toString('base64url');
}
