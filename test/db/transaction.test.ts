import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Db } from '../../src/db/db.ts';
import { type DatabaseOptions, openDatabase } from '../../src/db/open.ts';
import { createSqliteDatabase } from '../../src/db/sqlite.ts';
import { temporaryFolder } from '../support/spawned.ts';

/** In memory with a patience of its own, as `openDatabase` has none for it. */
async function inMemory(patienceMilliseconds: number) {
  const { default: BetterSqlite3 } = await import('better-sqlite3');
  return createSqliteDatabase({ writer: new BetterSqlite3(':memory:'), reader: undefined, patienceMilliseconds });
}

const kinds = [
  { kind: 'in memory', open: inMemory },
  {
    kind: 'in a file',
    open: (patienceMilliseconds: number) => {
      const options: DatabaseOptions = { kind: 'file', path: join(temporaryFolder(), 'x.db'), patienceMilliseconds };
      return openDatabase(options);
    },
  },
];

describe.each(kinds)('transactions $kind', ({ open }) => {
  async function room(patienceMilliseconds: number) {
    const db = await open(patienceMilliseconds);
    onTestFinished(() => db.close());
    await db.run('CREATE TABLE things (id TEXT PRIMARY KEY)');
    await db.flush();
    const add = (target: Db, id: string) => target.run('INSERT INTO things (id) VALUES (?)', [id]);
    const ids = async () => (await db.all<{ id: string }>('SELECT id FROM things ORDER BY id')).map((row) => row.id);
    return { db, add, ids };
  }

  it('who forgets tx inside a transaction fails after the patience, and the transaction rolls back', async () => {
    const { db, add, ids } = await room(100);
    const forgetful = db.transaction(async (tx) => {
      await add(tx, 'inside');
      await add(db, 'forgotten');
    });
    await expect(forgetful).rejects.toMatchObject({ code: 'unavailable' });
    expect(await ids()).toEqual([]);
    await add(db, 'next');
    await db.flush();
    expect(await ids()).toEqual(['next']);
  });

  it('a transaction inside a transaction fails after the patience too', async () => {
    const { db, add, ids } = await room(100);
    const nested = db.transaction(async () => db.transaction((inner) => add(inner, 'inner')));
    await expect(nested).rejects.toMatchObject({ code: 'unavailable' });
    expect(await ids()).toEqual([]);
  });

  it('a statement through tx after its end is refused: a forgotten await is found at once', async () => {
    const { db, add, ids } = await room(1000);
    let late: Db | undefined;
    await db.transaction(async (tx) => {
      late = tx;
    });
    await expect(add(late as Db, 'late')).rejects.toMatchObject({ code: 'internal' });
    expect(await ids()).toEqual([]);
  });

  it('who waits does so in order, whatever it wants', async () => {
    const { db, add, ids } = await room(5000);
    const order: string[] = [];
    const first = db.transaction(async (tx) => {
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      await add(tx, 'a');
      order.push('a');
    });
    const waiting = [
      add(db, 'b').then(() => order.push('b')),
      db.transaction((tx) => add(tx, 'c')).then(() => order.push('c')),
      add(db, 'd').then(() => order.push('d')),
      db.transaction((tx) => add(tx, 'e')).then(() => order.push('e')),
    ];
    await Promise.all([first, ...waiting]);
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e']);
    await db.flush();
    expect(await ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('the version moves with every transaction, also one that failed, and not with single statements', async () => {
    const { db, add } = await room(1000);
    const before = db.version();
    await add(db, 'x');
    await db.flush();
    expect(db.version()).toBe(before);
    await db.transaction((tx) => add(tx, 'y'));
    const after = db.version();
    expect(after).not.toBe(before);
    await db.transaction((tx) => add(tx, 'y')).catch(() => undefined);
    expect(db.version()).not.toBe(after);
  });

  it('nothing of a batch is lost by closing', async () => {
    const path = join(temporaryFolder(), 'y.db');
    const db = await openDatabase({ kind: 'file', path });
    await db.run('CREATE TABLE things (id TEXT PRIMARY KEY)');
    await db.run(`INSERT INTO things (id) VALUES ('kept')`);
    await db.close();
    const again = await openDatabase({ kind: 'file', path });
    expect(await again.all('SELECT id FROM things')).toEqual([{ id: 'kept' }]);
    await again.close();
  });
});
