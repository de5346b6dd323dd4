import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A random identifier of `bytes` bytes (256 bit unless told otherwise) in base64url. */
export function randomId(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** SHA-256 of a generated secret, base64url: how client secrets and one-time links are stored. Not for passwords. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** How every account id begins, and no client id. */
export const accountIdPrefix = 'acc_';

/** Constant-time comparison of two strings of any length. */
export function equalInConstantTime(left: string, right: string): boolean {
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());
}

const referenceAlphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** A reference a person can read out, for example `E-7Q4M-2KXD`: printed on error pages and found in the log. */
export function reference(): string {
  const characters = Array.from(randomBytes(8), (byte) => referenceAlphabet[byte % referenceAlphabet.length]).join('');
  return `E-${characters.slice(0, 4)}-${characters.slice(4)}`;
}
