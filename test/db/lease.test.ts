import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/db.ts';
import { endLeases, takeLease } from '../../src/db/lease.ts';
import { openDatabase } from '../../src/db/open.ts';
import { startPostern } from '../../src/testing/testing.ts';
import { databases, type OpenedDatabase } from '../support/databases.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { until } from '../support/spawned.ts';

describe.each(databases)('a lease over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
  });
  afterAll(() => opened.close());
  afterEach(() => db.run('DELETE FROM leases'));

  const take = (holder: string, seconds = 60, name = 'a job') => takeLease(db, { name, holder, seconds }, Date.now());
  const rows = () => db.all<{ name: string; holder: string; expires_at: number }>('SELECT * FROM leases ORDER BY name');

  it('has one holder, who may ask again; each name is a lease of its own', async () => {
    expect(await take('one')).toBe(true);
    expect(await take('two')).toBe(false);
    expect(await take('one')).toBe(true);
    expect(await take('two', 60, 'another job')).toBe(true);
    expect((await rows()).map(({ name, holder }) => `${name}: ${holder}`)).toEqual(['a job: one', 'another job: two']);
  });

  it('goes to one of twenty who ask at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const name = `round ${round}`;
      const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => take(`holder ${at}`, 60, name)));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect((await rows()).find((row) => row.name === name)?.holder).toBe(`holder ${answers.indexOf(true)}`);
    }
  });

  it('is prolonged by asking again, counted from then', async () => {
    await take('one', 20);
    const [first] = await rows();
    const before = Date.now();
    await take('one', 60);
    const [second] = await rows();
    expect(Number(second?.expires_at)).toBeGreaterThanOrEqual(before + 60_000 - 5);
    expect(Number(second?.expires_at)).toBeGreaterThan(Number(first?.expires_at));
    expect(Number(second?.expires_at)).toBeLessThanOrEqual(Date.now() + 60_000 + 5);
  });

  it('is free for others when its time is over, and not before', async () => {
    const seconds = 0.15;
    const startedAt = performance.now();
    expect(await take('one', seconds)).toBe(true);
    await until(() => take('two'));
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(seconds * 1000 - 2);
    expect(await take('one')).toBe(false);
  });

  it('never has two holders at once, however they take turns', async () => {
    const seconds = 0.02;
    /** When it is theirs beyond doubt: from the answer on, and so long after it was asked for. */
    const sure: { holder: number; from: number; to: number }[] = [];
    const endAt = performance.now() + 600;
    const work = async (holder: number) => {
      while (performance.now() < endAt) {
        const askedAt = performance.now();
        const isTaken = await take(`holder ${holder}`, seconds);
        if (isTaken) sure.push({ holder, from: performance.now(), to: askedAt + seconds * 1000 - 2 });
        await new Promise((resolve) => setTimeout(resolve, isTaken ? 25 : 1));
      }
    };
    await Promise.all([work(0), work(1), work(2)]);
    const clashes = sure.filter((one) =>
      sure.some((other) => other.holder !== one.holder && other.from < one.to && one.from < other.to),
    );
    expect(clashes).toEqual([]);
    expect(new Set(sure.map(({ holder }) => holder)).size).toBeGreaterThan(1);
  });

  it('is given back with all others of its holder, and of nobody else', async () => {
    await take('one');
    await take('one', 60, 'second job');
    await take('two', 60, 'third job');
    await endLeases(db, 'one');
    expect((await rows()).map(({ name }) => name)).toEqual(['third job']);
    expect(await take('two')).toBe(true);
  });
});

describe('over a SQLite file, where the clock of the process decides', () => {
  it('a lease ends at its very millisecond, and a holder whose clock went back keeps it', async () => {
    const [, file] = databases;
    const { db, close } = await (file as (typeof databases)[0]).open();
    const at = (holder: string, now: number) => takeLease(db, { name: 'a job', holder, seconds: 10 }, now);
    expect(await at('one', 100_000)).toBe(true);
    expect(await at('two', 109_999)).toBe(false);
    expect(await at('one', 50_000)).toBe(true);
    expect(await at('two', 59_999)).toBe(false);
    expect(await at('two', 60_000)).toBe(true);
    await close();
  });
});

it('two servers over PostgreSQL: one holds the jobs that one alone may do, and the other has them soon after it stops', async () => {
  const server = await createTestDatabase();
  const secret = ['a-secret-of-this-test-alone-0123456789-0123456789'];
  const options = { database: { url: server.url }, secret };
  const one = await startPostern(options);
  const two = await startPostern(options);
  const holders = async () => {
    const rows = await two.db.all<{ name: string; holder: string }>('SELECT name, holder FROM leases');
    return new Map(rows.map(({ name, holder }) => [name, holder]));
  };
  await until(async () => (await holders()).has('advance keys'));
  const first = (await holders()).get('advance keys');
  const stopped = performance.now();
  // Whichever it is: what the stopped one held is free at once.
  await one.stop();
  const left = (await holders()).get('advance keys');
  if (left === undefined) await until(async () => (await holders()).has('advance keys'));
  const second = (await holders()).get('advance keys');
  expect(second === first).toBe(left !== undefined);
  expect(performance.now() - stopped).toBeLessThan(10_000);
  await two.stop();
  const db = await openDatabase({ kind: 'postgresql', url: server.url });
  expect(await db.all('SELECT name FROM leases')).toEqual([]);
  await db.close();
  await server.drop();
}, 30_000);
