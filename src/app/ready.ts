import type { Database } from '../db/db.ts';
import type { Keys } from '../domain/keys/keys.ts';
import type { Throttles } from '../domain/throttles/throttles.ts';

/**
 * What `/readyz` asks: a write that reaches the disk proves the store. A batch that failed since the last look counts too:
 * a full disk may still have room for the probe (security.md R04). And a server that cannot sign is of no use (R18).
 */
export function createReadyCheck({ db, throttles, keys }: { db: Database; throttles: Throttles; keys: Keys }) {
  let seen = db.failures();
  return async (): Promise<boolean> => {
    const before = seen;
    seen = db.failures();
    // Deleting what isn't there would change no page, and so write nothing.
    await throttles.reserve('readiness', { limit: 1_000_000, windowSeconds: 60 });
    await db.flush();
    return seen === before && (await keys.withoutKey()).length === 0;
  };
}
