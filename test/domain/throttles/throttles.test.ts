import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { createThrottles } from '../../../src/domain/throttles/throttles.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const limit = { limit: 3, windowSeconds: 60 };

describe.each(databases)('throttles on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  let room = 0;
  const start = () => {
    const clock = createManualClock();
    return { clock, throttles: createThrottles({ db: opened.db, clock }), key: `key-${room++}` };
  };
  const countOf = async (key: string) => {
    const row = await opened.db.get<{ count: number }>('SELECT count FROM throttle_buckets WHERE key = ?', [key]);
    return Number(row?.count ?? 0);
  };

  it('allows up to the limit, then says how long to wait', async () => {
    const { clock, throttles, key } = start();
    for (const count of [1, 2, 3]) {
      expect(await throttles.reserve(key, limit)).toEqual({ allowed: true, count, retryAfterSeconds: 0 });
    }
    clock.advance(20_500);
    expect(await throttles.reserve(key, limit)).toEqual({ allowed: false, count: 3, retryAfterSeconds: 40 });
    expect(await countOf(key)).toBe(3);
  });

  it('begins a new window when the old one is over', async () => {
    const { clock, throttles, key } = start();
    for (let count = 0; count < 4; count++) await throttles.reserve(key, limit);
    clock.advance(60_000);
    expect(await throttles.reserve(key, limit)).toMatchObject({ allowed: true, count: 1 });
  });

  it('keeps a sliding window open from the last reservation', async () => {
    const { clock, throttles, key } = start();
    await throttles.reserve(key, { ...limit, sliding: true });
    clock.advance(50_000);
    await throttles.reserve(key, { ...limit, sliding: true });
    clock.advance(50_000);
    expect(await throttles.reserve(key, { ...limit, sliding: true })).toMatchObject({ allowed: true, count: 3 });
  });

  it('takes a cost at once or not at all', async () => {
    const { throttles, key } = start();
    expect(await throttles.reserve(key, { ...limit, cost: 2 })).toMatchObject({ allowed: true, count: 2 });
    expect(await throttles.reserve(key, { ...limit, cost: 2 })).toMatchObject({ allowed: false, count: 2 });
    expect(await throttles.reserve(key, { ...limit, cost: 1 })).toMatchObject({ allowed: true, count: 3 });
    expect(await throttles.reserve(`${key}-new`, { ...limit, cost: 4 })).toMatchObject({
      allowed: false,
      retryAfterSeconds: 60,
    });
  });

  it('gives back, empties and holds', async () => {
    const { clock, throttles, key } = start();
    for (let count = 0; count < 3; count++) await throttles.reserve(key, limit);
    await throttles.refund(key);
    expect(await countOf(key)).toBe(2);
    await throttles.refund(key, 5);
    expect(await countOf(key)).toBe(0);
    await throttles.reserve(key, { ...limit, cost: 3 });
    await throttles.hold(key, 3600);
    clock.advance(120_000);
    expect(await throttles.reserve(key, limit)).toMatchObject({ allowed: false, retryAfterSeconds: 3480 });
    await throttles.reset(key);
    expect(await throttles.reserve(key, limit)).toMatchObject({ allowed: true, count: 1 });
  });

  it('E02 lets exactly the limit through when 200 come at once', async () => {
    const { throttles, key } = start();
    const reservations = await Promise.all(
      Array.from({ length: 200 }, () => throttles.reserve(key, { limit: 5, windowSeconds: 900 })),
    );
    expect(
      reservations
        .filter((reservation) => reservation.allowed)
        .map((reservation) => reservation.count)
        .sort(),
    ).toEqual([1, 2, 3, 4, 5]);
  });

  it('joins a transaction: rolled back, nothing was taken', async () => {
    const { throttles, key } = start();
    const work = opened.db.transaction(async (tx) => {
      await throttles.reserve(key, limit, tx);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await countOf(key)).toBe(0);
  });

  it('purges what is over and nothing else, in batches', async () => {
    const { clock, throttles, key } = start();
    // Beyond the windows of the tests before, which share the table.
    clock.advance(10_000_000);
    while ((await throttles.purge()) > 0);
    await throttles.reserve(`${key}-long`, { limit: 1, windowSeconds: 3600 });
    for (let count = 0; count < 5; count++) await throttles.reserve(`${key}-${count}`, limit);
    clock.advance(61_000);
    expect(await throttles.purge(3)).toBe(3);
    expect(await throttles.purge(3)).toBe(2);
    expect(await throttles.purge(3)).toBe(0);
    expect(await countOf(`${key}-long`)).toBe(1);
  });
});
