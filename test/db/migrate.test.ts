import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../src/db/db.ts';
import { listMigrations, migrateToLatest, schemaStatus } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { databases } from '../support/databases.ts';
import { insertOlderAccount, migrateBelow } from '../support/older-schema.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { spawnNode, temporaryFolder } from '../support/spawned.ts';

const migrating = fileURLToPath(new URL('../support/migrating.ts', import.meta.url));
const newest = ['account_links', 'api_keys', 'attributes'];
const people = [
  { id: 'acc_1', username: 'Straße', name: 'Ann ＡＢ', email: 'Ann@Example.test', groups: ['b', 'a'], createdAt: 2 },
  { id: 'acc_2', username: 'bob', groups: ['a', 'ä/1'], createdAt: 1 },
  { id: 'acc_3', username: 'carol', groups: [], createdAt: 3 },
];

/** As a Postern before groups and attributes left it, with people in it. */
async function makeOlder(db: Database): Promise<void> {
  await migrateBelow(db, '0010');
  for (const person of people) await insertOlderAccount(db, person);
  await db.flush();
}
const pendingThen = async () => (await listMigrations()).filter((name) => name >= '0010');

/** Everything about the schema that a later run must have brought about. */
async function expectWhole(db: Database): Promise<void> {
  expect(await schemaStatus(db)).toEqual({ state: 'current', pending: [], unknown: [] });
  for (const table of newest) expect(await db.all(`SELECT * FROM ${table}`)).toEqual([]);
}

/** What the migrations made of the people. */
async function expectPeople(db: Database): Promise<void> {
  const added = { description: null, origin: 'admin', version: 1 };
  expect(await db.all('SELECT * FROM groups ORDER BY created_at, name')).toEqual([
    { name: 'a', ...added, created_at: 1, updated_at: 1 },
    { name: 'ä/1', ...added, created_at: 1, updated_at: 1 },
    { name: 'b', ...added, created_at: 2, updated_at: 2 },
  ]);
  expect(await db.all('SELECT group_name, account_id FROM account_groups ORDER BY account_id, group_name')).toEqual([
    { group_name: 'a', account_id: 'acc_1' },
    { group_name: 'b', account_id: 'acc_1' },
    { group_name: 'a', account_id: 'acc_2' },
    { group_name: 'ä/1', account_id: 'acc_2' },
  ]);
  const columns = 'id, username_key, search_text, attributes, origin, version, tokens_from, declared_password';
  const plain = { attributes: '{}', origin: 'admin', version: 1, tokens_from: null, declared_password: null };
  expect(await db.all(`SELECT ${columns} FROM accounts ORDER BY id`)).toEqual([
    { id: 'acc_1', username_key: 'strasse', search_text: 'strasse\nann ab\nann@example.test', ...plain },
    { id: 'acc_2', username_key: 'bob', search_text: 'bob', ...plain },
    { id: 'acc_3', username_key: 'carol', search_text: 'carol', ...plain },
  ]);
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
    expect(left[0]).toBe((await pendingThen()).length);
    expect(left.at(-1)).toBeLessThan(4);
    await expectWhole(await opened(path));
    await expectPeople(await opened(path));
  }, 60_000);

  it('R13 an empty SQLite file: killed anywhere it is still empty, so that the next start creates it', async () => {
    const total = Number((await spawnNode([migrating, join(temporaryFolder(), 'x.db'), '0']).ended).out);
    for (const statement of [1, Math.floor(total / 2), total]) {
      const path = join(temporaryFolder(), 'postern.db');
      expect(await spawnNode([migrating, path, String(statement)]).ended).toMatchObject({ signal: 'SIGKILL' });
      const db = await opened(path);
      expect(await schemaStatus(db)).toMatchObject({ state: 'empty' });
      await migrateToLatest(db);
      await expectWhole(db);
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
    await expectWhole(db);
    await expectPeople(db);
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
});

describe.each(['SQLite in memory', 'PostgreSQL'])('an older database, %s', (kind) => {
  async function openEmpty(): Promise<Database> {
    if (kind !== 'PostgreSQL') {
      const db = await openDatabase({ kind: 'memory' });
      onTestFinished(() => db.close());
      return db;
    }
    const server = await createTestDatabase();
    const db = await openDatabase({ kind: 'postgresql', url: server.url });
    onTestFinished(async () => {
      await db.close();
      await server.drop();
    });
    return db;
  }

  it('keeps its people, their groups and what they are found by', async () => {
    const db = await openEmpty();
    await makeOlder(db);
    expect(await migrateToLatest(db)).toEqual(await pendingThen());
    await expectWhole(db);
    await expectPeople(db);
  });

  it('two at once: every migration is made once, the other finds nothing to do', async () => {
    const db = await openEmpty();
    await makeOlder(db);
    const done = await Promise.all([migrateToLatest(db), migrateToLatest(db)]);
    expect(done.flat().toSorted()).toEqual(await pendingThen());
    expect(await migrateToLatest(db)).toEqual([]);
    await expectWhole(db);
    await expectPeople(db);
  });
});
