/**
 * How guessing is slowed down without locking anybody out: every try is counted before the password is looked at, and
 * given back when it was right. Pure bookkeeping over the `throttles` room; it does not know accounts or passwords.
 */
import type { Database, Db } from '../../db/db.ts';
import type { Limit, Throttles } from '../throttles/throttles.ts';

export type ThrottleSettings = {
  enabled: boolean;
  accountAndAddress: Limit;
  /** Beyond the limit one try every `thenEverySeconds`; `lockAfter` failures in a row close it until it is opened. */
  account: Limit & { thenEverySeconds: number; lockAfter: number };
  device: Limit;
  /** For one prefix (/32, /64); a /48 has `siteFactor` times as much. */
  address: Limit & { siteFactor: number };
  accountsPerAddress: Limit;
  global: Limit;
};

/** Who tries what from where; digests, not the things themselves. */
export type Attempt = {
  subject: string;
  prefix: string;
  site: string | undefined;
  /** The device, when its cookie is good for this account. */
  device: string | undefined;
};

export type Ticket = {
  /** The password was right: clears what stands for this person, gives back what stands for the address. */
  succeed(tx: Db): Promise<void>;
  /** It was wrong: the count stays. Says how many failures in a row closed the account, if this one did. */
  fail(tx: Db): Promise<number | undefined>;
  /** It was never checked: gives everything back. */
  abandon(tx: Db): Promise<void>;
};
type Refusal = { limit: string; retryAfterSeconds: number };

/** Failures in a row are forgotten 30 days after the last one, a closed account in ten years. */
const streakSeconds = 30 * 24 * 60 * 60;
const closedSeconds = 10 * 365 * 24 * 60 * 60;

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.limit);
    this.refusal = refusal;
  }
}

/** `begin` counts the try in a transaction of its own, before the password is verified; all limits or none are charged. */
export function createLoginThrottle(services: { db: Database; throttles: Throttles; settings: ThrottleSettings }) {
  const { db, throttles, settings } = services;

  return {
    async begin(attempt: Attempt): Promise<{ ticket: Ticket } | { refusal: Refusal }> {
      if (!settings.enabled) return { ticket: freeTicket };
      if (attempt.device !== undefined) {
        const key = `signin:device:${attempt.device}`;
        if ((await throttles.reserve(key, settings.device)).allowed)
          return { ticket: deviceTicket(throttles, key, attempt) };
        // Too many failures on this device: it counts as any other from here on.
      }
      try {
        return { ticket: await db.transaction((tx) => chargeUnknown(tx, services, attempt)) };
      } catch (error) {
        if (error instanceof Refused) return { refusal: error.refusal };
        throw error;
      }
    },
  };
}

type Subject = Pick<Attempt, 'subject'>;
const streakKey = ({ subject }: Subject) => `signin:streak:${subject}`;
const accountKey = ({ subject }: Subject) => `signin:account:${subject}`;
const slowKey = ({ subject }: Subject) => `signin:slow:${subject}`;

/** Opens an account to passwords again. What stands for addresses and devices stays: it ends by itself. */
export async function forgetFailures(tx: Db, throttles: Throttles, subject: string): Promise<void> {
  for (const keyOf of [streakKey, accountKey, slowKey]) await throttles.reset(keyOf({ subject }), tx);
}

/**
 * A known device has its own limit and none of the others, so that strangers who guess cannot keep its owner out. Its
 * cookie is good for this account alone, so it opens no way around the limits of any other.
 */
function deviceTicket(throttles: Throttles, key: string, attempt: Attempt): Ticket {
  return {
    async succeed(tx) {
      await throttles.reset(streakKey(attempt), tx);
      await throttles.reset(key, tx);
    },
    fail: async () => undefined,
    abandon: (tx) => throttles.refund(key, 1, tx),
  };
}

type Charging = { throttles: Throttles; settings: ThrottleSettings };

/** Charges every limit for a try from an unknown device, always in the same order (no deadlocks), or throws `Refused`. */
async function chargeUnknown(tx: Db, { throttles, settings }: Charging, attempt: Attempt): Promise<Ticket> {
  const { subject, prefix, site } = attempt;
  const shared: string[] = [];
  const charge = async (name: string, key: string, limit: Limit, sliding = false) => {
    const reservation = await throttles.reserve(key, { ...limit, sliding }, tx);
    if (reservation.allowed) return reservation.count;
    throw new Refused({ limit: name, retryAfterSeconds: reservation.retryAfterSeconds });
  };
  const share = async (name: string, key: string, limit: Limit) => {
    await charge(name, key, limit);
    shared.push(key);
  };

  const pair = `signin:pair:${subject}:${prefix}`;
  const failures = await chargeStreak(tx, { throttles, settings }, attempt);
  const tries = await charge('account_and_address', pair, settings.accountAndAddress);
  const { account } = settings;
  if ((await throttles.reserve(accountKey(attempt), account, tx)).allowed) {
    shared.push(accountKey(attempt));
  } else {
    await share('account', slowKey(attempt), { limit: 1, windowSeconds: account.thenEverySeconds });
  }
  if (tries === 1) await share('accounts_per_address', `signin:accounts:${prefix}`, settings.accountsPerAddress);
  await share('address', `signin:address:${prefix}`, settings.address);
  const { limit, windowSeconds, siteFactor } = settings.address;
  if (site !== undefined) await share('site', `signin:address:${site}`, { limit: limit * siteFactor, windowSeconds });
  await share('global', 'signin:global', settings.global);

  const giveBack = async (db: Db) => {
    for (const key of shared) await throttles.refund(key, 1, db);
  };
  return {
    async succeed(db) {
      await throttles.reset(streakKey(attempt), db);
      await throttles.reset(pair, db);
      await giveBack(db);
    },
    async fail(db) {
      if (failures < account.lockAfter) return undefined;
      await throttles.hold(streakKey(attempt), closedSeconds, db);
      return failures;
    },
    async abandon(db) {
      await throttles.refund(streakKey(attempt), 1, db);
      await throttles.refund(pair, 1, db);
      await giveBack(db);
    },
  };
}

/** Counts towards closing the account; when it is closed, says to come back as late as the account limit would. */
async function chargeStreak(tx: Db, { throttles, settings }: Charging, attempt: Attempt): Promise<number> {
  const { lockAfter, windowSeconds } = settings.account;
  const streak = { limit: lockAfter, windowSeconds: streakSeconds, sliding: true };
  const reservation = await throttles.reserve(streakKey(attempt), streak, tx);
  if (reservation.allowed) return reservation.count;
  throw new Refused({ limit: 'closed', retryAfterSeconds: windowSeconds });
}

const nothing = async () => undefined;
const freeTicket: Ticket = { succeed: nothing, fail: nothing, abandon: nothing };
