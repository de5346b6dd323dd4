/** Client secrets, pure: made, hashed, compared. 256-bit values need no slow hash, so SHA-256 serves (security.md N11). */
import { timingSafeEqual } from 'node:crypto';
import { digest, randomId } from '../../base/ids.ts';
import type { ClientSecret } from './client.ts';

/** A new secret in base64url, which survives the form-encoding of RFC 6749 §2.3.1 unchanged. Shown once, never stored. */
export const generateSecret = (): string => randomId(32);

/** What is stored of a secret; `expiresAt` null means it stays until it is removed. */
export function storedSecret(secret: string, createdAt: number): ClientSecret {
  return { hash: digest(secret), createdAt, expiresAt: null };
}

/** Those that have not ended at `now` (epoch ms). */
export const liveSecrets = (secrets: readonly ClientSecret[], now: number): ClientSecret[] =>
  secrets.filter(({ expiresAt }) => expiresAt === null || now < expiresAt);

/** What a secret chosen by a person lacks, in a sentence that follows its place; undefined when it looks like 256 random bits. */
export function secretProblem(secret: string): string | undefined {
  // 64 hex digits of a random value show at least 10 different ones, but for one case in 10^11.
  if (/^[A-Za-z0-9_-]{43,256}$/.test(secret) && new Set(secret).size >= 10) return undefined;
  return 'must be 256 random bits in base64url or hex; make one with `openssl rand -hex 32`';
}

/** What else there is to do about a secret in the file, where leaving it out makes none. */
export const orElsewhere = ', or write secretHashes: [] and make one in the admin pages';

/**
 * Whether the presented secret is one of those that are live at `now` (epoch ms). Takes the same time whether it
 * matches the first, the last or none.
 */
export function secretMatches(
  secrets: readonly { hash: string; expires_at: number | null }[],
  presented: string,
  now: number,
): boolean {
  const presentedHash = Buffer.from(digest(presented));
  let matches = false;
  for (const { hash, expires_at } of secrets) {
    const storedHash = Buffer.from(hash);
    const isEqual = storedHash.length === presentedHash.length && timingSafeEqual(storedHash, presentedHash);
    const isLive = expires_at === null || now < expires_at;
    matches = (isEqual && isLive) || matches;
  }
  return matches;
}
