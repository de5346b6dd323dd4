import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backupFile, replaceFile, verifyFile } from '../../src/db/backup.ts';
import { migrateToLatest, schemaStatus } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { spawnNode, temporaryFolder } from '../support/spawned.ts';

const backupProcess = new URL('../support/backups.ts', import.meta.url).pathname;

async function opened(path: string) {
  const db = await openDatabase({ kind: 'file', path });
  await migrateToLatest(db);
  return db;
}

const insertGroup = `INSERT INTO groups (name, origin, created_at, updated_at, version) VALUES (?, 'admin', 0, 0, 1)`;
const countOf = (path: string) =>
  withFile(path, (db) => db.get<{ count: number }>('SELECT COUNT(*) AS count FROM groups'));

async function withFile<Result>(path: string, work: (db: Awaited<ReturnType<typeof opened>>) => Promise<Result>) {
  const db = await openDatabase({ kind: 'file', path });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

it('N10 a backup is a whole database of mode 0600, and never written over another file', async () => {
  const folder = temporaryFolder();
  const db = await opened(join(folder, 'postern.db'));
  await db.run(insertGroup, ['engineering']);
  await db.flush();
  const copy = join(folder, 'copy.db');
  await backupFile(join(folder, 'postern.db'), copy);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(await countOf(copy)).toEqual({ count: 1 });
  expect(await withFile(copy, schemaStatus)).toMatchObject({ state: 'current' });
  await expect(backupFile(join(folder, 'postern.db'), copy)).rejects.toMatchObject({
    code: 'conflict',
    exitStatus: 73,
  });
  await expect(backupFile(join(folder, 'postern.db'), join(folder, 'no', 'where.db'))).rejects.toMatchObject({
    exitStatus: 73,
    message: expect.stringContaining('cannot be written'),
  });
  await db.close();
});

it('a backup leaves out what deleted rows left behind', async () => {
  const folder = temporaryFolder();
  const db = await opened(join(folder, 'postern.db'));
  await db.run(insertGroup, ['a-group-that-is-gone-again']);
  await db.flush();
  await db.run('DELETE FROM groups');
  await db.flush();
  const copy = join(folder, 'copy.db');
  await backupFile(join(folder, 'postern.db'), copy);
  expect(readFileSync(copy).includes('a-group-that-is-gone-again')).toBe(false);
  await db.close();
});

it('R34 100 backups by another process while rows are written: each is whole and holds what was there before it began', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'postern.db');
  const db = await opened(path);
  const child = spawnNode([backupProcess, path, join(folder, 'copies'), '100']);
  const over = child.ended.then(() => true);
  /** How many rows were on disk at a time (epoch ms). */
  const written: { at: number; rows: number }[] = [];
  const timer = { over: false };
  void over.then(() => {
    timer.over = true;
  });
  for (let rows = 1; !timer.over; rows++) {
    await db.run(insertGroup, [`group-${rows}`]);
    await db.flush();
    written.push({ at: Date.now(), rows });
    await new Promise(setImmediate);
  }
  expect(await child.ended).toMatchObject({ status: 0, err: '' });
  await db.close();
  const copies = (await child.ended).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { copy: string; began: number });
  expect(copies).toHaveLength(100);
  for (const { copy, began } of copies) {
    const before = written.findLast(({ at }) => at < began)?.rows ?? 0;
    expect((await countOf(copy))?.count).toBeGreaterThanOrEqual(before);
  }
  expect(new Set(await Promise.all(copies.map(async ({ copy }) => (await countOf(copy))?.count))).size).toBeGreaterThan(
    10,
  );
}, 120_000);

it('a damaged copy is found out', async () => {
  const folder = temporaryFolder();
  const db = await opened(join(folder, 'postern.db'));
  await db.close();
  const copy = join(folder, 'copy.db');
  await backupFile(join(folder, 'postern.db'), copy);
  await verifyFile(copy);
  truncateSync(copy, 8192);
  await expect(verifyFile(copy)).rejects.toMatchObject({ code: 'unavailable', exitStatus: 74 });
  writeFileSync(copy, 'not a database at all');
  await expect(verifyFile(copy)).rejects.toMatchObject({ code: 'unavailable', exitStatus: 74 });
});

it('a replaced database keeps the one before it, with what its write-ahead log held', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'postern.db');
  const db = await opened(path);
  await db.flush();
  await backupFile(path, join(folder, 'copy.db'));
  await db.run(insertGroup, ['later']);
  await db.flush();
  await db.close();
  await replaceFile(path, join(folder, 'copy.db'), join(folder, 'kept.db'));
  expect(await countOf(path)).toEqual({ count: 0 });
  expect(await countOf(join(folder, 'kept.db'))).toEqual({ count: 1 });
  expect(existsSync(join(folder, 'copy.db'))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.endsWith('-wal'))).toEqual([]);
});

it('a damaged database can be replaced, and stays as it was', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'postern.db');
  const db = await opened(path);
  await db.close();
  await backupFile(path, join(folder, 'copy.db'));
  writeFileSync(path, 'this was a database once');
  await replaceFile(path, join(folder, 'copy.db'), join(folder, 'kept.db'));
  expect(await countOf(path)).toEqual({ count: 0 });
  expect(readFileSync(join(folder, 'kept.db'), 'utf8')).toBe('this was a database once');
});
