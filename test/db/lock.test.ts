import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { count } from '../support/counter.ts';
import { spawnNode, temporaryFolder } from '../support/spawned.ts';

const holder = fileURLToPath(new URL('../support/lock-holder.ts', import.meta.url));
const counter = fileURLToPath(new URL('../support/counter.ts', import.meta.url));

/** A file with a table, opened with a patience of its own; `hold` lets another process take the write lock. */
async function room(patienceMilliseconds: number) {
  const path = join(temporaryFolder(), 'postern.db');
  const db = await openDatabase({ kind: 'file', path, patienceMilliseconds });
  onTestFinished(() => db.close());
  await db.run('CREATE TABLE things (id INTEGER PRIMARY KEY, note TEXT)');
  await db.flush();
  const hold = async (milliseconds: number) => {
    const other = spawnNode([holder, path, String(milliseconds)]);
    await other.saying('holding');
    return other;
  };
  const add = (note: string) => db.run('INSERT INTO things (note) VALUES (?)', [note]);
  const notes = async () => (await db.all<{ note: string }>('SELECT note FROM things')).map((row) => row.note);
  return { db, path, hold, add, notes };
}

/** How often the event loop came round while `work` ran. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  await work();
  clearInterval(timer);
  return turns;
}

it('R07 writes wait for another process that holds the lock for half a second, and reads do not', async () => {
  const { db, hold, add, notes } = await room(5000);
  await add('before');
  await db.flush();
  const other = await hold(500);
  const turns = await turnsDuring(async () => {
    const writing = [add('statement'), db.transaction((tx) => tx.run('INSERT INTO things (note) VALUES (?)', ['tx']))];
    writing.push(add('after'));
    expect(await notes()).toEqual(['before']);
    expect(await Promise.all(writing)).toEqual([1, 1, 1]);
    await db.flush();
  });
  expect(await notes()).toEqual(['before', 'statement', 'tx', 'after']);
  expect(await other.ended).toMatchObject({ status: 0 });
  // Waiting inside SQLite would stop the loop: 100 ms at a time leave some 5 turns, of some 40.
  expect(turns).toBeGreaterThan(12);
});

it('R07 a lock held beyond the patience ends in "unavailable", also for who asks later; then all works again', async () => {
  const { db, hold, add, notes } = await room(200);
  const other = await hold(900);
  const unavailable = { code: 'unavailable', retryAfterSeconds: 2 };
  const fails = (work: Promise<unknown>) => expect(work).rejects.toMatchObject(unavailable);
  await Promise.all([
    fails(add('one')),
    fails(add('two')),
    fails(db.transaction((tx) => tx.run('INSERT INTO things (note) VALUES (?)', ['tx']))),
  ]);
  await fails(add('three'));
  await other.ended;
  await add('four');
  await db.flush();
  expect(await notes()).toEqual(['four']);
});

it('R08 two processes that read first and write then lose no update and meet no stale snapshot', async () => {
  const { db, path } = await room(5000);
  await db.run('CREATE TABLE counter (value INTEGER)');
  await db.run('INSERT INTO counter (value) VALUES (0)');
  await db.flush();
  const others = [1, 2].map(() => spawnNode([counter, path, '150']));
  await Promise.all(others.map((other) => other.saying('counting')));
  await count(db, 150);
  for (const other of others) expect(await other.ended).toMatchObject({ status: 0, err: '' });
  expect(await db.get('SELECT value FROM counter')).toEqual({ value: 450 });
});
