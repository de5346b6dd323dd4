/**
 * The way back from a backup. What was issued before ends, unless told otherwise; and what was ended since the backup
 * never comes back (security.md N06, R36).
 */
import { chmodSync, copyFileSync, existsSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createApp } from '../app.ts';
import { isPosternError, PosternError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import { replaceFile, verifyFile } from '../db/backup.ts';
import type { Database } from '../db/db.ts';
import { migrateToLatest, refuseNewer, schemaStatus } from '../db/migrate.ts';
import { openDatabase } from '../db/open.ts';
import { acquireServerLock } from '../db/server-lock.ts';
import { refuseOtherStores } from './backup.ts';
import { makeFolder } from './private-files.ts';
import { openStore, type Store } from './store.ts';

/**
 * What ended: records (sessions, grants, codes, tokens) and API keys. `asBefore` names whom and what the backup lets in again
 * although it had been disabled, removed or given other credentials since; unknown where the replaced database can't tell.
 * `kept` is the database that was replaced.
 */
export type Restored = {
  records: number;
  apiKeys: number;
  asBefore?: { accounts: string[]; clients: string[] };
  kept?: string;
};
/** The database that is replaced, and whether what lives there too goes on. */
type Present = { db: Database; keepSessions: boolean };

/**
 * Puts a backup in the place of the SQLite database, migrated where it is older. With `keepSessions` what lives in both
 * goes on; that needs the database that is replaced. Throws `conflict` (75) while a server runs, `invalid` (78) when the
 * secret does not open the backup; then nothing has changed.
 */
export async function restoreBackup(
  config: Config,
  { file, keepSessions }: { file: string; keepSessions: boolean },
): Promise<Restored> {
  refuseOtherStores(config);
  const backup = resolve(file);
  const path = config.database.file;
  refuseUnusable(backup);
  makeFolder(dirname(path));
  const lock = await acquireServerLock(path);
  const copy = `${path}.restoring`;
  try {
    removeFiles(copy);
    copyFileSync(backup, copy);
    chmodSync(copy, 0o600);
    await bringToDate(copy, backup);
    const db = await openPresent(path);
    if (keepSessions && !db) throw nothingToCompare(path);
    const ended = await endIssued(config, copy, db && { db, keepSessions }).finally(() => db?.close());
    const kept = `${path}.before-restore-${statSync(copy).mtime.toISOString().replaceAll(/[:.]/g, '-')}`;
    const isReplacing = existsSync(path);
    await replaceFile(path, copy, kept);
    return { ...ended, ...(isReplacing && { kept }) };
  } finally {
    removeFiles(copy);
    lock.release();
  }
}

/** The same for a PostgreSQL database that pg_restore has just filled; its servers are stopped. */
export async function endLoaded(config: Config): Promise<Restored> {
  if (config.database.url === undefined) {
    const message = '--loaded is for PostgreSQL after pg_restore. For SQLite name the backup: postern restore <file>';
    throw new PosternError('invalid', message, { exitStatus: 64 });
  }
  return endIssuedIn(config, await openStore(config, { server: false }), undefined);
}

function refuseUnusable(backup: string): void {
  if (!existsSync(backup) || !statSync(backup).isFile()) {
    throw new PosternError('not_found', `There is no file ${backup}.`, { exitStatus: 66 });
  }
  // The bare file of a database in use lacks what its write-ahead log holds.
  if (existsSync(`${backup}-wal`) && statSync(`${backup}-wal`).size > 0) {
    const message = `${backup} is a database in use, or a copy made by hand: make one with postern backup.`;
    throw new PosternError('invalid', message, { exitStatus: 65 });
  }
}

/** Throws `invalid` (exit status 65) for a file that is no database of Postern: it would become an empty one. */
async function bringToDate(copy: string, backup: string): Promise<void> {
  await verifyFile(copy, backup);
  const db = await openDatabase({ kind: 'file', path: copy });
  try {
    const status = await schemaStatus(db);
    refuseNewer(status);
    if (status.state === 'empty') {
      const message = `${backup} is no database of Postern. Name one that postern backup has made.`;
      throw new PosternError('invalid', message, { exitStatus: 65 });
    }
    await migrateToLatest(db);
  } finally {
    await db.close();
  }
}

/** Undefined where it is not there, damaged (which may be why a backup is restored) or of another version. */
async function openPresent(path: string): Promise<Database | undefined> {
  if (!existsSync(path)) return undefined;
  let db: Database | undefined;
  try {
    db = await openDatabase({ kind: 'file', path });
    if ((await schemaStatus(db)).state === 'current') return db;
  } catch (error) {
    if (!isPosternError(error)) throw error;
  }
  await db?.close();
  return undefined;
}

function nothingToCompare(path: string): PosternError {
  const message = `--keep-sessions compares with the database that is replaced, and there is none of this version at ${path}. Leave it out: everybody signs in again.`;
  return new PosternError('invalid', message, { exitStatus: 64 });
}

async function endIssued(config: Config, copy: string, present: Present | undefined): Promise<Restored> {
  const copied = { ...config, database: { ...config.database, file: copy } };
  return endIssuedIn(copied, await openStore(copied, { server: false }), present);
}

async function endIssuedIn(config: Config, store: Store, present: Present | undefined): Promise<Restored> {
  const app = await createApp({ ...config, logLevel: 'silent' }, { store });
  try {
    const ended = await app.db.transaction(async (tx) => {
      const keptSessions = present?.keepSessions === true;
      const alive = keptSessions ? present.db : undefined;
      if (present) await app.deliveries.adoptIn(tx, present.db);
      await app.sessions.tellRestoredIn(tx, { present: present?.db, areKept: keptSessions });
      const records = await app.records.endRestoredIn(tx, alive);
      const apiKeys = await app.apiKeys.endRestoredIn(tx, alive);
      await app.accounts.removeLinksIn(tx);
      if (present) await app.keys.revokeRestoredIn(tx, present.db);
      const asBefore = present && {
        accounts: await app.accounts.compareRestoredIn(tx, present.db),
        clients: await app.clients.compareRestoredIn(tx, present.db),
      };
      if (!keptSessions) await app.installation.setNotBeforeIn(tx, app.clock.now());
      const detail = { records, apiKeys, keptSessions };
      await app.audit.record(tx, { actor: { type: 'operator' }, event: 'installation.restored', detail });
      return { records, apiKeys, ...(asBefore && { asBefore }) };
    });
    // One that had been revoked since the backup may have been the one that signs in it.
    await app.keys.ensure();
    return ended;
  } finally {
    await app.stop();
  }
}

function removeFiles(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}
