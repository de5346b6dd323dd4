import type { Database } from '../db/db.ts';
import type { Throttles } from '../domain/throttles/throttles.ts';

/**
 * What `/readyz` asks: a write that reaches the disk proves the store. A batch that failed since the last look counts too:
 * a full disk may still have room for the probe (security.md R04).
 */
export function createReadiness({ db, throttles }: { db: Database; throttles: Throttles }) {
  let seen = db.failures();
  return async (): Promise<boolean> => {
    const before = seen;
    seen = db.failures();
    // Deleting what isn't there would change no page, and so write nothing.
    await throttles.reserve('readiness', { limit: 1_000_000, windowSeconds: 60 });
    await db.flush();
    return seen === before;
  };
}
