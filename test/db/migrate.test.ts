import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../src/db/db.ts';
import { listMigrations, migrateToLatest, schemaStatus } from '../../src/db/migrate.ts';
import { backupFile, openDatabase } from '../../src/db/open.ts';
import { databases } from '../support/databases.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { spawnNode, temporaryFolder } from '../support/spawned.ts';

const migrating = fileURLToPath(new URL('../support/migrating.ts', import.meta.url));
const newest = ['installation', 'clients', 'throttle_buckets'];

/** As a Postern of four migrations ago left it, with a row in what was there then. */
async function makeOlder(db: Database): Promise<void> {
  await migrateToLatest(db);
  for (const table of newest) await db.run(`DROP TABLE ${table}`);
  for (const number of ['0006', '0007', '0008', '0009'])
    await db.run('DELETE FROM migrations WHERE name LIKE ?', [`${number}%`]);
  await db.run(`INSERT INTO revoked_grants (grant_key, revoked_at, expires_at) VALUES (?, 1, 2)`, [Buffer.from('old')]);
  await db.flush();
}

/** Everything about the schema that a later run must have brought about. */
async function expectWhole(db: Database, rows: number): Promise<void> {
  expect(await schemaStatus(db)).toEqual({ state: 'current', pending: [], unknown: [] });
  for (const table of newest) expect(await db.all(`SELECT * FROM ${table}`)).toEqual([]);
  expect(await db.all('SELECT * FROM revoked_grants')).toHaveLength(rows);
}

/** Runs the migration of `place` and has it killed at every statement, one after the other, until it gets through. */
async function killAtEvery(place: string, check: () => Promise<void>): Promise<void> {
  for (let statement = 1; ; statement++) {
    const { signal, status, err } = await spawnNode([migrating, place, String(statement)]).ended;
    if (signal !== 'SIGKILL') {
      expect({ status, err }).toEqual({ status: 0, err: '' });
      return;
    }
    await check();
  }
}

const opened = async (path: string) => {
  const db = await openDatabase({ kind: 'file', path });
  onTestFinished(() => db.close());
  return db;
};

describe('R13 migrations that were killed', () => {
  it('R13 an older SQLite file: killed at every statement in turn, the next run goes on, nothing is lost', async () => {
    const path = join(temporaryFolder(), 'postern.db');
    const db = await openDatabase({ kind: 'file', path });
    await makeOlder(db);
    await db.close();
    const left: number[] = [];
    await killAtEvery(path, async () => {
      const between = await openDatabase({ kind: 'file', path });
      left.push((await schemaStatus(between)).pending.length);
      await between.close();
    });
    // Each migration stands once it is through: the number never grows again, and the last kill came late.
    expect(left).toEqual(left.toSorted((one, other) => other - one));
    expect(new Set(left)).toEqual(new Set([4, 3, 2, 1]));
    await expectWhole(await opened(path), 1);
  }, 60_000);

  it('R13 an empty SQLite file: killed anywhere it is still empty, so that the next start creates it', async () => {
    const total = Number((await spawnNode([migrating, join(temporaryFolder(), 'x.db'), '0']).ended).out);
    for (const statement of [1, Math.floor(total / 2), total]) {
      const path = join(temporaryFolder(), 'postern.db');
      expect(await spawnNode([migrating, path, String(statement)]).ended).toMatchObject({ signal: 'SIGKILL' });
      const db = await opened(path);
      expect(await schemaStatus(db)).toMatchObject({ state: 'empty' });
      await migrateToLatest(db);
      await expectWhole(db, 0);
    }
  });

  it('R13 PostgreSQL: the lock goes with the connection, the next run goes on', async () => {
    const server = await createTestDatabase();
    onTestFinished(server.drop);
    const db = await openDatabase({ kind: 'postgresql', url: server.url });
    await makeOlder(db);
    for (const statement of [4, 9])
      expect(await spawnNode([migrating, server.url, String(statement)]).ended).toMatchObject({ signal: 'SIGKILL' });
    await migrateToLatest(db);
    await expectWhole(db, 1);
    await db.close();
  });
});

describe.each(databases)('migrations over $name', ({ open }) => {
  it('R14 a database that a newer Postern has written is refused with 78, and nothing is changed', async () => {
    const { db, close } = await open();
    onTestFinished(close);
    await db.run(`INSERT INTO migrations (name) VALUES ('9999_from_the_future.js')`);
    expect(await schemaStatus(db)).toMatchObject({ state: 'newer', unknown: ['9999_from_the_future.js'] });
    await db.run('DROP TABLE installation');
    await db.run(`DELETE FROM migrations WHERE name LIKE '0008%'`);
    await expect(migrateToLatest(db)).rejects.toMatchObject({
      code: 'conflict',
      exitStatus: 78,
      message: expect.stringContaining('9999_from_the_future'),
    });
    expect((await schemaStatus(db)).pending).toHaveLength(1);
  });

  it('two at once: every migration is made once, the other finds nothing to do', async () => {
    const { db, close } = await open();
    onTestFinished(close);
    await makeOlder(db);
    const done = await Promise.all([migrateToLatest(db), migrateToLatest(db)]);
    expect(done.flat().toSorted()).toEqual((await listMigrations()).slice(-4));
    expect(await migrateToLatest(db)).toEqual([]);
    await expectWhole(db, 1);
  });
});

it('N10 a backup is a whole database of mode 0600, also over an older backup that anyone could read', async () => {
  const path = join(temporaryFolder(), 'postern.db');
  const db = await opened(path);
  await makeOlder(db);
  copyFileSync('/dev/null', `${path}.before-0006`);
  const copy = await backupFile(path, 'before-0006');
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  const restored = await opened(copy);
  expect((await schemaStatus(restored)).pending).toHaveLength(4);
  expect(await restored.all('SELECT * FROM revoked_grants')).toHaveLength(1);
});
