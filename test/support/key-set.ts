/** What everybody can see of signing keys: the key set over HTTP, and the header and signature of a token. */
import { createLocalJWKSet, decodeProtectedHeader, type JWK, type JWTPayload, jwtVerify } from 'jose';
import { expect } from 'vitest';
import type { Algorithm } from '../../src/base/algorithms.ts';

export type KeySet = { keys: (JWK & { kid: string; alg: Algorithm })[] };

/** RFC 7518 §6.2.2, §6.3.2, §6.4: what only the owner of a key may have. */
export const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const;

/** The key set as anybody gets it, which never has anything private in it (J01). */
export async function fetchKeySet(issuer: string): Promise<KeySet> {
  const response = await fetch(`${issuer}/jwks`);
  expect(response.status).toBe(200);
  const set = (await response.json()) as KeySet;
  for (const key of set.keys) {
    for (const member of privateMembers) expect(key).not.toHaveProperty(member);
    expect(key).toMatchObject({ use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) });
  }
  return set;
}

export const kidsOf = ({ keys }: KeySet, algorithm?: Algorithm): string[] =>
  keys.filter(({ alg }) => algorithm === undefined || alg === algorithm).map(({ kid }) => kid);

/** The key that has signed it, by its header. */
export const kidOf = (token: string): string => String(decodeProtectedHeader(token).kid);

/** The claims, whatever their times are; rejects when no key of the set has signed it. */
export async function verifyBy(set: KeySet, token: string): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, createLocalJWKSet(set), { currentDate: new Date(0) });
  return payload;
}
