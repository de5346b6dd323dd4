import { statSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { listMigrations, migrateToLatest } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { databases } from '../support/databases.ts';
import { temporaryFolder } from '../support/spawned.ts';

async function fileDatabase() {
  const path = join(temporaryFolder(), 'postern.db');
  const db = await openDatabase({ kind: 'file', path });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= db.close();
    return closing;
  };
  onTestFinished(close);
  const pragma = (name: string) => {
    const other = new BetterSqlite3(path, { readonly: true });
    try {
      return other.pragma(name, { simple: true }) as number;
    } finally {
      other.close();
    }
  };
  return { path, db, close, pragma };
}

it('e-2 the file carries the number of its schema', async () => {
  const { db, pragma } = await fileDatabase();
  await migrateToLatest(db);
  expect(pragma('user_version')).toBe((await listMigrations()).length);
});

it('S8 pages that a purge left go back to the disk in small steps, while others read and write', async () => {
  const { db, path, close, pragma } = await fileDatabase();
  await db.run('CREATE TABLE things (body BLOB)');
  await db.transaction(async (tx) => {
    for (let row = 0; row < 10_000; row++) await tx.run('INSERT INTO things (body) VALUES (zeroblob(3500))');
  });
  await db.run('DELETE FROM things');
  await db.flush();
  expect(pragma('freelist_count')).toBeGreaterThan(9000);
  let turns = 0;
  const timer = setInterval(() => {
    turns++;
    void db.run('INSERT INTO things (body) VALUES (zeroblob(10))');
  }, 1);
  await db.reclaim();
  clearInterval(timer);
  await db.flush();
  expect(turns).toBeGreaterThan(5);
  expect(pragma('freelist_count')).toBeLessThanOrEqual(256);
  const after = pragma('page_count');
  expect(after).toBeLessThan(600);
  await close();
  expect(statSync(path).size).toBe(after * 4096);
});

it('S8 reclaiming stops when it is told to', async () => {
  const { db, pragma } = await fileDatabase();
  await db.run('CREATE TABLE things (body BLOB)');
  for (let row = 0; row < 500; row++) await db.run('INSERT INTO things (body) VALUES (zeroblob(3500))');
  await db.run('DELETE FROM things');
  await db.flush();
  const before = pragma('freelist_count');
  await db.reclaim(AbortSignal.abort());
  expect(pragma('freelist_count')).toBe(before);
});

it.each(databases)('upkeep ends and does no harm over $name', async ({ open }) => {
  const { db, close } = await open();
  onTestFinished(close);
  await db.run('CREATE TABLE things (body TEXT)');
  await db.transaction(async (tx) => {
    for (let row = 0; row < 500; row++) await tx.run('INSERT INTO things (body) VALUES (?)', ['x'.repeat(3500)]);
  });
  await db.run('DELETE FROM things');
  await db.reclaim();
  await db.optimize();
  await db.flush();
  expect(await db.get('SELECT 1 AS one')).toEqual({ one: 1 });
});
