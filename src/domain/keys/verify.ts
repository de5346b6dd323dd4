import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { fromJson } from '../../db/columns.ts';
import type { PublicJwk } from './generate.ts';

type Verified = { header: { alg: string; kid?: string; typ?: string }; claims: Record<string, unknown> };

/** Checks a compact JWS (RFC 7515) against a set of published keys; undefined for one that none of them has signed. */
export async function verifyToken(token: string, keys: readonly PublicJwk[]): Promise<Verified | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(token, (header) => {
      const jwk = keys.find((candidate) => candidate.kid === header.kid && candidate.alg === header.alg);
      if (!jwk) throw new Error('unknown key');
      return publicKeyOf(jwk);
    });
    return { header: protectedHeader, claims: fromJson(new TextDecoder().decode(payload)) };
  } catch {
    return undefined;
  }
}

/** The key that a token says it is signed by, which nobody has verified; undefined for what is no JWS. */
export function claimedKid(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    return undefined;
  }
}

/** The same against several sets, in each of which a `kid` may stand for another key. */
export async function verifyWithAny(
  token: string,
  keySets: readonly (readonly PublicJwk[])[],
): Promise<Verified | undefined> {
  for (const keys of keySets) {
    const verified = await verifyToken(token, keys);
    if (verified) return verified;
  }
  return undefined;
}

const publicKeys = new WeakMap<PublicJwk, KeyObject>();

function publicKeyOf(jwk: PublicJwk): KeyObject {
  const known = publicKeys.get(jwk);
  if (known) return known;
  const made = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  publicKeys.set(jwk, made);
  return made;
}
