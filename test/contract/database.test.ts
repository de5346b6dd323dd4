import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/db.ts';
import { databases, type OpenedDatabase } from '../support/databases.ts';

const failure = new Error('thrown by the work');

describe.each(databases)('the database over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;

  beforeAll(async () => {
    opened = await open();
    db = opened.db;
    const binary = db.dialect === 'sqlite' ? 'BLOB' : 'BYTEA';
    await db.run(
      `CREATE TABLE things (id TEXT PRIMARY KEY, body ${binary}, amount BIGINT, held_by INTEGER, note TEXT UNIQUE)`,
    );
  });
  afterAll(() => opened.close());

  const put = (target: Pick<Database, 'run'>, id: string, amount = 0) =>
    target.run('INSERT INTO things (id, amount) VALUES (?, ?)', [id, amount]);
  const ids = async (prefix: string) =>
    (await db.all<{ id: string }>('SELECT id FROM things WHERE id LIKE ? ORDER BY id', [`${prefix}%`])).map(
      (row) => row.id,
    );

  it('shape: bytes, unicode, epoch milliseconds, null and counts come back as they went in', async () => {
    const body = Buffer.from([0, 255, 39, 92, 10]);
    const note = 'Zoë 漢字 🚪 \' " ? \\ \u202e';
    const at = 1_795_000_000_123;
    expect(await db.run('INSERT INTO things (id, body, amount, note) VALUES (?, ?, ?, ?)', ['a', body, at, note])).toBe(
      1,
    );
    const row = await db.get('SELECT id, body, amount, held_by, note FROM things WHERE id = ?', ['a']);
    expect(row).toEqual({ id: 'a', body, amount: at, held_by: null, note });
    expect(await db.run('UPDATE things SET amount = amount + 1 WHERE amount > ?', [at + 5])).toBe(0);
    expect(await db.get('SELECT id FROM things WHERE id = ?', ['nobody'])).toBeUndefined();
    expect(await db.all('SELECT id FROM things WHERE id = ?', ['nobody'])).toEqual([]);
    expect(await db.get<{ count: number }>('SELECT count(*) AS count FROM things')).toEqual({ count: 1 });
  });

  it('shape: RETURNING and ON CONFLICT answer alike; a broken rule is no "unavailable"', async () => {
    const insert =
      'INSERT INTO things (id, amount) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET amount = excluded.amount';
    expect(await db.get(`${insert} RETURNING amount`, ['r', 1])).toEqual({ amount: 1 });
    expect(await db.get(`${insert} RETURNING amount`, ['r', 2])).toEqual({ amount: 2 });
    expect(await db.run('DELETE FROM things WHERE id = ?', ['r'])).toBe(1);
    await put(db, 'twice');
    const refused = await put(db, 'twice').catch((error: unknown) => error as { code?: string });
    expect(refused).toMatchObject({ code: expect.not.stringMatching(/^unavailable$/) });
    await db.flush();
    expect(await ids('twice')).toEqual(['twice']);
  });

  it('atomicity: a transaction that throws leaves nothing, one that returns leaves everything', async () => {
    const broken = db.transaction(async (tx) => {
      await put(tx, 'atom-1');
      expect(await tx.get('SELECT id FROM things WHERE id = ?', ['atom-1'])).toEqual({ id: 'atom-1' });
      throw failure;
    });
    await expect(broken).rejects.toBe(failure);
    expect(await ids('atom')).toEqual([]);
    const answer = await db.transaction(async (tx) => (await put(tx, 'atom-2')) + (await put(tx, 'atom-3')));
    expect(answer).toBe(2);
    expect(await ids('atom')).toEqual(['atom-2', 'atom-3']);
  });

  it('atomicity: a statement that breaks a rule takes its whole transaction with it', async () => {
    await put(db, 'rule');
    const broken = db.transaction(async (tx) => {
      await put(tx, 'rule-other');
      await put(tx, 'rule');
    });
    await expect(broken).rejects.toThrow();
    expect(await ids('rule')).toEqual(['rule']);
  });

  it('contention: twenty transactions that read, wait and write lose no update', async () => {
    await put(db, 'counter');
    const lock = db.dialect === 'postgresql' ? ' FOR UPDATE' : '';
    const add = () =>
      db.transaction(async (tx) => {
        const row = await tx.get<{ amount: number }>(`SELECT amount FROM things WHERE id = ?${lock}`, ['counter']);
        await Promise.resolve();
        await tx.run('UPDATE things SET amount = ? WHERE id = ?', [(row?.amount ?? 0) + 1, 'counter']);
      });
    await Promise.all(Array.from({ length: 20 }, add));
    expect(await db.get('SELECT amount FROM things WHERE id = ?', ['counter'])).toEqual({ amount: 20 });
  });

  it('contention: a compare-and-set has one winner among statements and transactions alike', async () => {
    await put(db, 'claim');
    const claim = 'UPDATE things SET held_by = ? WHERE id = ? AND held_by IS NULL';
    const claims = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? db.run(claim, [index, 'claim']) : db.transaction((tx) => tx.run(claim, [index, 'claim'])),
    );
    const won = await Promise.all(claims);
    expect(won.filter((changed) => changed === 1)).toHaveLength(1);
  });

  it('exclusivity: what runs beside a transaction that rolls back is kept, and what it wrote is seen by nobody', async () => {
    const inside = Promise.withResolvers<void>();
    const broken = db.transaction(async (tx) => {
      await put(tx, 'beside-inner');
      inside.resolve();
      // Turns of the event loop, in which the others try to get in.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      throw failure;
    });
    const rolledBack = expect(broken).rejects.toBe(failure);
    await inside.promise;
    const writing = Array.from({ length: 10 }, (_, index) => put(db, `beside-${index}`));
    const seen = await ids('beside-inner');
    await rolledBack;
    expect(await Promise.all(writing)).toEqual(Array.from({ length: 10 }, () => 1));
    await db.flush();
    expect(seen).toEqual([]);
    expect(await ids('beside')).toHaveLength(10);
  });

  it('flush resolves when nothing was written, and when everything was', async () => {
    await db.flush();
    const since = db.failures();
    await put(db, 'flushed');
    await Promise.all([db.flush(since), db.flush(since)]);
    expect(db.failures()).toBe(since);
  });
});
