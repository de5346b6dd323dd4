/**
 * Signing in with a password: count the try, verify, settle. It says the same in the same time for an unknown name, a
 * wrong password and a disabled account; the audit has the true reason.
 */

import { createHmac, type KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { isPosternError, PosternError } from '../../base/errors.ts';
import { canonicalName } from '../../base/names.ts';
import type { Database, Db } from '../../db/db.ts';
import type { Audit, AuditEntry, SigninFailure } from '../audit/audit.ts';
import { addressNetwork, addressPrefix, type Throttles } from '../throttles/throttles.ts';
import type { Account } from './account.ts';
import { issueKnownDevice, readKnownDevice } from './known-device.ts';
import { type Attempt, createLoginThrottle, type ThrottleSettings, type Ticket } from './login-throttle.ts';
import { costOf, type Passwords } from './password.ts';
import { type AccountWithPassword, findAccountByName, findAccountWithPassword, replacePasswordHash } from './store.ts';

/** `device`: the known-device cookie the browser sent, whatever it is. */
export type Credentials = {
  username: string;
  password: string;
  ip: string;
  device?: string | undefined;
  requestId?: string | undefined;
  /** Which client the person comes from. */
  clientId?: string | undefined;
};
/** `device`: the cookie to set now; it makes this browser known for `rememberSeconds`. */
export type SignedIn = { account: Account; device: string };

type Services = {
  db: Database;
  clock: Clock;
  audit: Audit;
  throttles: Throttles;
  passwords: Passwords;
  throttle: ThrottleSettings & { device: { rememberSeconds: number } };
  key: KeyObject;
};
/** One try: what was looked up and derived from it before anything is decided. */
type Try = Credentials & {
  found: AccountWithPassword | undefined;
  subject: string;
  prefix: string;
  deviceId: string | undefined;
};

/**
 * Throws `unauthorized` (unknown, wrong or disabled: one message), `rate_limited` (whether or not the account exists)
 * and `unavailable` (too many hashes at once), the last two with `retryAfterSeconds`. Begins its own transactions.
 */
export function createSignIn(services: Services) {
  const { db, passwords } = services;
  const throttle = createLoginThrottle({ db, throttles: services.throttles, settings: services.throttle });

  return async (credentials: Credentials): Promise<SignedIn> => {
    const tried = await lookUp(services, credentials);
    const begun = await throttle.begin(attemptOf(services.key, tried));
    if ('refusal' in begun) {
      await noteRefusal(services, tried, begun.refusal.limit);
      throw new PosternError('rate_limited', 'Too many sign-in attempts. Wait a little, then try again.', {
        retryAfterSeconds: begun.refusal.retryAfterSeconds,
      });
    }
    const matches = await verify(services, tried, begun.ticket);
    const { found } = tried;
    const refuse = async (reason: SigninFailure): Promise<never> => {
      await settleFailure(services, tried, begun.ticket, reason);
      throw new PosternError('unauthorized', 'That name and password do not match.');
    };
    if (!matches || !found || found.account.disabled) return refuse(reasonOf(tried, matches));
    const rehashed = await rehash(passwords, tried, found);
    const changed = await db.transaction(async (tx) => {
      const reason = await changedMeanwhile(tx, found);
      if (!reason) await settleSuccess(tx, services, { tried, ticket: begun.ticket, account: found.account, rehashed });
      return reason;
    });
    if (changed) return refuse(changed);
    const until = services.clock.now() + services.throttle.device.rememberSeconds * 1000;
    return { account: found.account, device: issueKnownDevice(services.key, found.account.id, until) };
  };
}

/** What a try is counted under. */
export function attemptOf(
  key: KeyObject,
  { subject, ip, deviceId }: Pick<Try, 'subject' | 'ip' | 'deviceId'>,
): Attempt {
  const digest = (text: string) => digestOf(key, text);
  const site = addressNetwork(ip);
  return {
    subject,
    prefix: digest(`address\0${addressPrefix(ip)}`),
    site: site && digest(`address\0${site}`),
    device: deviceId && digest(`device\0${deviceId}`),
  };
}

/** Limits that are about one name; the others are about an address, whatever names it makes up. */
const limitsOfName: ReadonlySet<string> = new Set(['closed', 'account_and_address', 'account']);

/** One row for all tries that a limit refuses in one window: what costs a guesser nothing must not fill the audit. */
async function noteRefusal(services: Services, tried: Try, limit: string): Promise<void> {
  const { db, audit, throttles, throttle, key } = services;
  const about = limitsOfName.has(limit) ? `${tried.subject}:` : '';
  const place = digestOf(key, `address\0${tried.prefix}`);
  const { windowSeconds } = throttle.accountAndAddress;
  await db.transaction(async (tx) => {
    const noted = await throttles.reserve(`signin:noted:${limit}:${about}${place}`, { limit: 1, windowSeconds }, tx);
    if (noted.allowed) await audit.record(tx, failure(tried, 'throttled', limit));
  });
}

async function lookUp({ db, key, clock }: Services, credentials: Credentials): Promise<Try> {
  const name = canonicalName(credentials.username);
  const found = await findAccountByName(db, name);
  const id = found?.account.id ?? '';
  return {
    ...credentials,
    found,
    // One bucket for all names of an account (CVE-2025-24806), and for an unknown name one just like it.
    subject: found ? subjectOf(key, id) : digestOf(key, `name\0${name}`),
    prefix: addressPrefix(credentials.ip),
    deviceId: readKnownDevice(key, id, credentials.device ?? '', clock.now()),
  };
}

/** Does the work of a verification for every name. When its turn never came, the try has not happened. */
async function verify({ db, audit, passwords }: Services, tried: Try, ticket: Ticket): Promise<boolean> {
  try {
    return await passwords.verify(tried.found?.passwordHash, tried.password, tried.prefix);
  } catch (error) {
    await db.transaction(async (tx) => {
      await ticket.abandon(tx);
      await audit.record(tx, failure(tried, 'busy'));
    });
    throw error;
  }
}

function reasonOf({ found }: Try, matches: boolean): SigninFailure {
  if (!found) return 'unknown';
  if (found.passwordHash === undefined) return 'no_password';
  return matches ? 'disabled' : 'wrong_password';
}

async function settleFailure(
  { db, audit }: Services,
  tried: Try,
  ticket: Ticket,
  reason: SigninFailure,
): Promise<void> {
  await db.transaction(async (tx) => {
    const failures = await ticket.fail(tx);
    await audit.record(tx, failure(tried, reason));
    if (failures === undefined || !tried.found) return;
    await audit.record(tx, { ...circumstances(tried), event: 'signin.locked', detail: { failures } });
  });
}

/** A new hash when the settings ask for another cost now; undefined when not, or when the queue has no room for it. */
async function rehash(passwords: Passwords, tried: Try, found: AccountWithPassword): Promise<string | undefined> {
  if (found.passwordHash === undefined || !passwords.needsRehash(found.passwordHash)) return undefined;
  try {
    return await passwords.hash(tried.password, tried.prefix);
  } catch (error) {
    // The person is signed in all the same; the next sign-in will do it.
    if (isPosternError(error) && error.code === 'unavailable') return undefined;
    throw error;
  }
}

/**
 * Why a password that was right when it was read is so no more: hashing takes its time, and what ends in that time must
 * not begin again. A new hash in a row of the same version is the same password, hashed anew by another sign-in.
 */
async function changedMeanwhile(
  tx: Db,
  { account, passwordHash }: AccountWithPassword,
): Promise<SigninFailure | undefined> {
  const now = await findAccountWithPassword(tx, account.id);
  if (!now) return 'unknown';
  if (now.account.disabled) return 'disabled';
  const isOther = now.passwordHash !== passwordHash && now.account.version !== account.version;
  return isOther ? 'wrong_password' : undefined;
}

type Success = { tried: Try; ticket: Ticket; account: Account; rehashed: string | undefined };

async function settleSuccess(
  tx: Db,
  { audit }: Services,
  { tried, ticket, account, rehashed }: Success,
): Promise<void> {
  const entry = { ...circumstances(tried), actor: { type: 'account', id: account.id } } as const;
  const from = tried.found?.passwordHash;
  if (rehashed !== undefined && from !== undefined && (await replacePasswordHash(tx, account.id, from, rehashed))) {
    const detail = { from: costOf(from), to: costOf(rehashed) };
    await audit.record(tx, { ...entry, event: 'account.password_rehashed', detail });
  }
  await ticket.succeed(tx);
  const detail = { method: 'password', knownDevice: tried.deviceId !== undefined } as const;
  await audit.record(tx, { ...entry, event: 'signin.succeeded', detail });
}

const circumstances = ({ found, clientId, ip, requestId }: Try) =>
  ({ actor: { type: 'anonymous' }, accountId: found?.account.id, clientId, ip, requestId }) as const;

function failure(tried: Try, reason: SigninFailure, limit?: string): AuditEntry {
  const knownDevice = tried.deviceId !== undefined;
  const detail = { reason, subject: tried.subject, knownDevice, ...(limit === undefined ? {} : { limit }) };
  return { ...circumstances(tried), event: 'signin.failed', detail };
}

/** What tries at an account are counted under, by whichever of its names they are made. */
export const subjectOf = (key: KeyObject, accountId: string): string => digestOf(key, `account\0${accountId}`);

/** Names and addresses are kept as keyed digests: without the key nobody can try them out against the table. */
export const digestOf = (key: KeyObject, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');
