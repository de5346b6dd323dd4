import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createPurge } from '../../../src/domain/records/purge.ts';

/** A database that only counts: so many rows are there to be purged, and every batch takes its time. */
function counting(total: number, millisecondsPerBatch: (batch: number) => number) {
  let left = total;
  const batches: number[] = [];
  let flushed = 0;
  let reclaimed = 0;
  const db = {
    dialect: 'sqlite',
    run: async (sql: string, values: readonly unknown[]) => {
      if (!sql.includes('DELETE FROM records')) return 0;
      const limit = Number(values.at(-1));
      batches.push(limit);
      const until = performance.now() + millisecondsPerBatch(limit);
      while (performance.now() < until);
      const removed = Math.min(left, limit);
      left -= removed;
      return removed;
    },
    flush: async () => void flushed++,
    reclaim: async () => void reclaimed++,
  } as unknown as Database;
  return { db, batches, left: () => left, flushed: () => flushed, reclaimed: () => reclaimed };
}

describe('S8 the purge', () => {
  it('S8 makes a batch smaller after one that took too long, larger after a quick one, and flushes each', async () => {
    const { db, batches, left, flushed } = counting(3000, (batch) => (batch > 150 ? 15 : 0));
    expect(await createPurge(db, createManualClock())({ batch: 500 })).toBe(3000);
    expect(left()).toBe(0);
    for (const [index, batch] of batches.slice(0, -1).entries()) {
      const next = batches[index + 1] as number;
      if (batch > 150) expect(next).toBeLessThan(batch);
      expect(next).toBeGreaterThanOrEqual(10);
      expect(next).toBeLessThanOrEqual(500);
    }
    expect(Math.max(...batches)).toBeGreaterThan(150);
    expect(flushed()).toBeGreaterThanOrEqual(batches.length);
  });

  it('S8 gives back to the disk what it freed, and leaves the file alone when there was nothing', async () => {
    const { db, reclaimed } = counting(10, () => 0);
    const purge = createPurge(db, createManualClock());
    expect(await purge({ batch: 500 })).toBe(10);
    expect(reclaimed()).toBe(1);
    expect(await purge({ batch: 500 })).toBe(0);
    expect(reclaimed()).toBe(1);
  });

  it('S8 lets others work between two batches, for as long as the batch took', async () => {
    const { db, batches } = counting(60, () => 12);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await createPurge(db, createManualClock())({ batch: 20 });
    clearInterval(timer);
    expect(batches.length).toBeGreaterThanOrEqual(3);
    expect(turns).toBeGreaterThanOrEqual(batches.length);
  });

  it('S8 stops between two batches when it is told to', async () => {
    const stopping = new AbortController();
    const { db, batches, left } = counting(1000, () => 0);
    const run = db.run;
    db.run = async (sql, values) => {
      if (batches.length === 2) stopping.abort();
      return run(sql, values);
    };
    const removed = await createPurge(db, createManualClock())({ batch: 10, signal: stopping.signal });
    expect(removed).toBe(1000 - left());
    expect(batches.length).toBe(3);
  });
});
