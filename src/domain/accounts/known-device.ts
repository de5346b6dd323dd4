import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The cookie of a browser somebody has signed in with: random id, end (epoch seconds, base 36) and an HMAC over both and
 * the account, good until the epoch ms `until`. It names no account, and for another account than its own it is worth nothing.
 */
export function issueKnownDevice(key: KeyObject, accountId: string, until: number): string {
  const id = randomBytes(16).toString('base64url');
  const end = Math.floor(until / 1000).toString(36);
  return `${id}.${end}.${sign(key, accountId, id, end)}`;
}

/** The id of the device, if the cookie was issued for this account and has not ended. Throws nothing, whatever it is. */
export function readKnownDevice(key: KeyObject, accountId: string, cookie: string, now: number): string | undefined {
  const parts = /^([\w-]{22})\.([0-9a-z]{1,8})\.([\w-]{43})$/.exec(cookie);
  const [, id = '', end = '', mac = ''] = parts ?? [];
  // Computed for any cookie and any account, so that the time says nothing about either.
  const expected = Buffer.from(sign(key, accountId, id, end));
  const given = Buffer.from(mac.padEnd(expected.length, '.'));
  const genuine = given.length === expected.length && timingSafeEqual(given, expected);
  return genuine && Number.parseInt(end, 36) * 1000 > now ? id : undefined;
}

function sign(key: KeyObject, accountId: string, id: string, end: string): string {
  return createHmac('sha256', key).update(`known-device\0${accountId}\0${id}\0${end}`).digest('base64url');
}
