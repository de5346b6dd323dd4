import type { Clock } from '../../base/clock.ts';
import type { Database } from '../../db/db.ts';
import { purgeRecords, purgeRevokedGrants } from './store.ts';

/** The engine tolerates 15 s of clock difference: what ended that recently may still be asked for. */
const graceMilliseconds = 60_000;
/** No batch may keep requests waiting longer than this; the next one is made smaller. */
const batchMilliseconds = 10;
/** How fast the disk is shows with the first batch. */
const firstBatch = 100;

/**
 * Removes what has expired, in batches that keep the database free for requests: after each one it rests as long as the
 * batch took. Then the file gives back what they took. Returns the number of rows removed; stops early when `signal` says so.
 */
export function createPurge(db: Database, clock: Clock) {
  return async (options: { batch: number; signal?: AbortSignal }): Promise<number> => {
    let batch = Math.min(firstBatch, options.batch);
    let removed = 0;
    for (const purge of [purgeRecords, purgeRevokedGrants]) {
      for (;;) {
        if (options.signal?.aborted) return removed;
        const startedAt = performance.now();
        const count = await purge(db, clock.now() - graceMilliseconds, batch);
        await db.flush();
        removed += count;
        if (count < batch) break;
        const tookMilliseconds = performance.now() - startedAt;
        batch = resize(batch, tookMilliseconds, options.batch);
        await new Promise((resolve) => setTimeout(resolve, tookMilliseconds));
      }
    }
    if (removed > 0) await db.reclaim(options.signal);
    return removed;
  };
}

function resize(batch: number, tookMilliseconds: number, most: number): number {
  if (tookMilliseconds > batchMilliseconds) return Math.max(10, Math.floor(batch / 2));
  return Math.min(most, batch * 2);
}
