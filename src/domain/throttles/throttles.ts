/**
 * throttles: counters that run out. Owns table `throttle_buckets`. A bucket is a key with a count and an end; it does
 * not know what is counted, and stores keys as given (callers hash what is personal in them).
 * A window is fixed: it begins with the first reservation and ends `windowSeconds` later, all at once. A `sliding` one
 * ends `windowSeconds` after the last reservation that was allowed. Nodes that share the database share the buckets.
 */
import type { Clock } from '../../base/clock.ts';
import type { Database, Db } from '../../db/db.ts';

export { addressNetwork, addressPrefix } from './addresses.ts';

/** At most `limit` in `windowSeconds`. */
export type Limit = { limit: number; windowSeconds: number };
type ReserveOptions = Limit & { cost?: number; sliding?: boolean };
/** `count`: used including this reservation, or the limit's worth when refused; `retryAfterSeconds` is 0 when allowed. */
type Reservation = { allowed: boolean; count: number; retryAfterSeconds: number };

type Bucket = { count: number; expires_at: number };

const select = 'SELECT count, expires_at FROM throttle_buckets WHERE key = ?';
/** One statement decides and counts, so parallel attempts cannot all see room for one (CVE-2024-4629). */
const reserveSql = (endOfRunningWindow: string) => `
  INSERT INTO throttle_buckets (key, count, expires_at) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN throttle_buckets.expires_at <= ? THEN excluded.count ELSE throttle_buckets.count + excluded.count END,
    expires_at = CASE WHEN throttle_buckets.expires_at <= ? THEN excluded.expires_at ELSE ${endOfRunningWindow} END
  WHERE throttle_buckets.expires_at <= ? OR throttle_buckets.count + excluded.count <= ?
  RETURNING count, expires_at`;
const reserveFixed = reserveSql('throttle_buckets.expires_at');
const reserveSliding = reserveSql('excluded.expires_at');

export type Throttles = ReturnType<typeof createThrottles>;

/** The room. Every function joins a transaction when it is handed one as its last argument. */
export function createThrottles({ db: database, clock }: { db: Database; clock: Clock }) {
  const secondsUntil = (at: number) => Math.max(1, Math.ceil((at - clock.now()) / 1000));

  return {
    /** Takes `cost` (1) from the bucket before the work is done, or refuses and takes nothing. Throws nothing of its own. */
    async reserve(key: string, options: ReserveOptions, db: Db = database): Promise<Reservation> {
      const { limit, windowSeconds, cost = 1 } = options;
      if (cost > limit) return { allowed: false, count: limit, retryAfterSeconds: windowSeconds };
      const now = clock.now();
      const taken = await db.get<Bucket>(options.sliding ? reserveSliding : reserveFixed, [
        key,
        cost,
        now + windowSeconds * 1000,
        now,
        now,
        now,
        limit,
      ]);
      if (taken) return { allowed: true, count: taken.count, retryAfterSeconds: 0 };
      const full = await db.get<Bucket>(select, [key]);
      return { allowed: false, count: full?.count ?? limit, retryAfterSeconds: secondsUntil(full?.expires_at ?? now) };
    },

    /** Gives back what a reservation took: the work succeeded, or never ran. Never below zero. */
    async refund(key: string, cost = 1, db: Db = database): Promise<void> {
      await db.run('UPDATE throttle_buckets SET count = CASE WHEN count > ? THEN count - ? ELSE 0 END WHERE key = ?', [
        cost,
        cost,
        key,
      ]);
    },

    /** Empties the bucket. */
    async reset(key: string, db: Db = database): Promise<void> {
      await db.run('DELETE FROM throttle_buckets WHERE key = ?', [key]);
    },

    /** Keeps the bucket as full as it is for `seconds` from now, longer than its window. */
    async hold(key: string, seconds: number, db: Db = database): Promise<void> {
      await db.run('UPDATE throttle_buckets SET expires_at = ? WHERE key = ?', [clock.now() + seconds * 1000, key]);
    },

    /** Deletes up to `batch` buckets whose window is over; returns how many, so that a job can go on until it is 0. */
    async purge(batch = 500): Promise<number> {
      return database.run(
        'DELETE FROM throttle_buckets WHERE key IN (SELECT key FROM throttle_buckets WHERE expires_at <= ? LIMIT ?)',
        [clock.now(), batch],
      );
    },
  };
}
