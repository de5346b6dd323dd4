import { createPublicKey } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import type { PublishedKey } from './keys.ts';
import { type Problem, shown } from './problem.ts';
import type { JsonObject } from './token.ts';

/** `staleKeys`: another look at what the issuer publishes might find the key. */
export type Verification = { verified: true } | { verified: false; problem: Problem; staleKeys: boolean };

/**
 * Checks the signature of a compact JWS with the issuer's key that the header names (RFC 7515 §5.2, OpenID Connect Core
 * §10.1). `jwk`, `jku` and `x5c` in the header count for nothing (RFC 8725 §3.10).
 */
export async function verifySignature(
  token: string,
  header: JsonObject & { alg: string },
  keys: readonly PublishedKey[],
): Promise<Verification> {
  const { alg, kid } = header;
  const named = kid === undefined ? keys : keys.filter((key) => key.kid === kid);
  const fitting = named.filter((key) => fits(key, alg));
  const [key] = fitting;
  if (kid !== undefined && named.length === 0) return refusal(unknownKid(kid, keys), true);
  if (!key) return refusal(noKey(header, named), true);
  if (kid === undefined && fitting.length > 1) return refusal(ambiguous(fitting), false);
  // Keys that share a kid are a fault of the issuer's, but none of the token's.
  let last: Verification = refusal(wrongSignature(header), kid === undefined);
  for (const candidate of fitting) {
    const problem = await problemWith(token, header, candidate);
    if (!problem) return { verified: true };
    last = refusal(problem, kid === undefined);
  }
  return last;
}

const refusal = (problem: Problem, staleKeys: boolean): Verification => ({ verified: false, problem, staleKeys });

async function problemWith(token: string, header: JsonObject & { alg: string }, jwk: PublishedKey) {
  try {
    await compactVerify(token, createPublicKey({ key: jwk, format: 'jwk' }), { algorithms: [header.alg] });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return wrongSignature(header);
    return unusable(jwk, error);
  }
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const isEdwards = (alg: unknown): boolean => alg === 'EdDSA' || alg === 'Ed25519';

/** Whether a published key is for signatures of that algorithm (RFC 7517 §4.2–4.4, RFC 8725 §3.1). */
function fits({ kty, crv, use, alg: ofKey, key_ops: operations }: PublishedKey, alg: string): boolean {
  if (use !== undefined && use !== 'sig') return false;
  if (Array.isArray(operations) && !operations.includes('verify')) return false;
  if (ofKey !== undefined && ofKey !== alg && !(isEdwards(ofKey) && isEdwards(alg))) return false;
  if (isEdwards(alg)) return kty === 'OKP' && crv === 'Ed25519';
  return Object.hasOwn(curves, alg) ? kty === 'EC' && crv === curves[alg] : kty === 'RSA';
}

const kidsOf = (keys: readonly PublishedKey[]): string =>
  keys.length === 0 ? 'no key at all' : keys.map(({ kid }) => shown(kid)).join(', ');

const unknownKid = (kid: unknown, keys: readonly PublishedKey[]): Problem => ({
  step: 'kid',
  received: shown(kid),
  expected: `a key that the issuer publishes: ${kidsOf(keys)}`,
  change: 'Publish a key at jwks_uri before tokens are signed with it, and name it in kid.',
});

function noKey({ alg, kid }: JsonObject, named: readonly PublishedKey[]): Problem {
  const about = named.map(({ kty, crv, use, alg: ofKey }) => shown({ kty, crv, use, alg: ofKey })).join(', ');
  const received =
    kid === undefined ? `${shown(alg)} and no kid` : `${shown(alg)} with the key ${shown(kid)}: ${about}`;
  const change = 'Sign with a key whose kty, crv, use and alg allow it, and publish them so (RFC 7517 §4).';
  return { step: 'key', received, expected: `a published key for signatures with ${shown(alg)}`, change };
}

const ambiguous = (fitting: readonly PublishedKey[]): Problem => ({
  step: 'kid',
  received: `no kid, where ${fitting.length} published keys could have signed`,
  expected: `one of ${kidsOf(fitting)}`,
  change: 'Name the key in the header parameter kid (OpenID Connect Core §10.1).',
});

const wrongSignature = ({ alg, kid }: JsonObject): Problem => ({
  step: 'signature',
  received: 'a signature that does not belong to this header and payload',
  expected: `one made with ${shown(alg)} by ${kid === undefined ? 'the key of the issuer' : `the key ${shown(kid)}`}`,
  change: 'Sign with the private half of the key that jwks_uri shows under this kid, and change nothing afterwards.',
});

const unusable = ({ kid, kty }: PublishedKey, error: unknown): Problem => ({
  step: 'key',
  received: `the published key ${shown({ kid, kty })}, which cannot be used: ${error instanceof Error ? error.message : error}`,
  expected: 'a key of sufficient length, written as RFC 7517 says',
  change: 'Mend the key set at jwks_uri.',
});
