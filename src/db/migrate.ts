/**
 * Migrations: plain ESM files in `migrations/`, numbered, forward only, one transaction each. This is the only file of
 * the source tree that knows knex, and it loads it only when something has to be migrated (knex costs 50 ms to load).
 */
import { readdir } from 'node:fs/promises';
import type { Knex } from 'knex';
import { PosternError } from '../base/errors.ts';
import type { Database, Db } from './db.ts';

const folder = new URL('../../migrations/', import.meta.url);

export type SchemaState = 'empty' | 'current' | 'older' | 'newer';
export type SchemaStatus = { state: SchemaState; pending: string[]; unknown: string[] };

/** What this build can migrate to, in order. */
export async function listMigrations(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.js')).sort();
}

/** Compares the database with this build's migrations. Reads only. */
export async function schemaStatus(db: Database): Promise<SchemaStatus> {
  const known = await listMigrations();
  const applied = await appliedMigrations(db);
  const pending = known.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) return { state: 'newer', pending, unknown };
  if (applied.length === 0) return { state: 'empty', pending, unknown };
  return { state: pending.length === 0 ? 'current' : 'older', pending, unknown };
}

/** Throws (exit status 78) when the database was written by a newer Postern (R14). */
export function refuseNewer(status: SchemaStatus): void {
  if (status.state !== 'newer') return;
  throw new PosternError(
    'conflict',
    `The database was written by a newer Postern (it knows ${status.unknown.at(-1)}). Start that version, or restore a backup.`,
    { exitStatus: 78 },
  );
}

/** Whether the schema has got that far; asked before an older database is migrated. */
export async function hasTable(db: Db, name: string): Promise<boolean> {
  const sql =
    db.dialect === 'sqlite'
      ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?`
      : 'SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?';
  return (await db.get(sql, [name])) !== undefined;
}

async function appliedMigrations(db: Database): Promise<string[]> {
  if (!(await hasTable(db, 'migrations'))) return [];
  return (await db.all<{ name: string }>('SELECT name FROM migrations ORDER BY name')).map((row) => row.name);
}

/**
 * Brings the database to this build's schema; what an earlier run left is continued (R13). An empty one is filled in one
 * transaction, so that it never looks like an older one. Refuses a newer one. Two at once: the second finds nothing to do.
 */
export async function migrateToLatest(db: Database): Promise<string[]> {
  const status = await schemaStatus(db);
  refuseNewer(status);
  const { default: knexFactory } = await import('knex');
  const knex = knexFactory({ client: db.dialect === 'sqlite' ? 'better-sqlite3' : 'pg', useNullAsDefault: true });
  const done: string[] = [];
  try {
    const steps = status.state === 'empty' ? [status.pending] : status.pending.map((name) => [name]);
    for (const names of steps) {
      const migrations = await Promise.all(names.map(loadMigration));
      await db.transaction(async (tx) => {
        for (const migration of migrations) if (await applyOne(tx, knex, migration)) done.push(migration.name);
      });
    }
  } finally {
    await knex.destroy();
  }
  return done;
}

/** A migration describes its tables; it does not run them. Data it has to rewrite goes through `tx`, afterwards. */
type Migration = {
  name: string;
  up: (knex: Knex, dialect: Db['dialect']) => Knex.SchemaBuilder;
  rewrite?: (tx: Db) => Promise<void>;
};

async function loadMigration(name: string): Promise<Migration> {
  return { ...(await import(new URL(name, folder).href)), name };
}

/** The statements come from knex's schema builder; they run on our own connection, in the transaction of the note. */
async function applyOne(tx: Db, knex: Knex, { name, up, rewrite }: Migration): Promise<boolean> {
  if (tx.dialect === 'postgresql') {
    // An index over a large table takes as long as it takes.
    await tx.run('SET LOCAL statement_timeout = 0');
    await tx.run('SELECT pg_advisory_xact_lock(5053544)');
  }
  await tx.run('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)');
  if (await tx.get('SELECT name FROM migrations WHERE name = ?', [name])) return false;
  const statements = up(knex, tx.dialect).toSQL() as unknown as { sql: string; bindings: unknown[] }[];
  for (const statement of statements) await tx.run(statement.sql, (statement.bindings ?? []) as string[]);
  await rewrite?.(tx);
  await tx.run('INSERT INTO migrations (name) VALUES (?)', [name]);
  // The number of the schema, for whoever looks at the file without Postern.
  if (tx.dialect === 'sqlite') await tx.run(`PRAGMA user_version = ${Number.parseInt(name, 10)}`);
  return true;
}
