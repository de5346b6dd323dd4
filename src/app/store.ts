/** Opens the database that a configuration names: locked, migrated as far as its mode allows, with its secret at hand. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PosternError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/db.ts';
import { migrateToLatest, refuseNewer, schemaStatus } from '../db/migrate.ts';
import { openDatabase } from '../db/open.ts';
import { acquireServerLock, type ServerLock } from '../db/server-lock.ts';
import { sealedError } from '../domain/installation/installation.ts';

export type Store = { db: Database; secrets: readonly string[]; release(): void };

/** `server`: one that listens, and so owns its SQLite file; commands share it with the server. */
export async function openStore(config: Config, { server = true }: { server?: boolean } = {}): Promise<Store> {
  const isFile = !config.memory && config.database.url === undefined;
  if (isFile) checkSeal(config, server);
  const path = config.database.file;
  if (isFile && server) makeFolder(dirname(path));
  const lock: ServerLock | undefined =
    isFile && server && !config.sharedDatabase ? await acquireServerLock(path) : undefined;
  const release = () => lock?.release();
  try {
    const db = await openDatabase(optionsOf(config, server));
    try {
      await bringToDate(config, db);
    } catch (error) {
      await db.close();
      throw error;
    }
    return { db, secrets: secretsOf(config), release };
  } catch (error) {
    release();
    throw error;
  }
}

function optionsOf(config: Config, server: boolean) {
  if (config.database.url !== undefined) return { kind: 'postgresql', url: config.database.url } as const;
  if (config.memory) return { kind: 'memory' } as const;
  if (!server && !existsSync(config.database.file)) {
    throw new PosternError(
      'not_found',
      `There is no database in ${config.data}. Start the server once, or name it with --data.`,
      {
        exitStatus: 78,
      },
    );
  }
  return { kind: 'file', path: config.database.file } as const;
}

/** An empty database is filled; an older one is migrated at once where nobody's data is at stake. */
async function bringToDate(config: Config, db: Database): Promise<void> {
  const status = await schemaStatus(db);
  refuseNewer(status);
  if (status.state === 'current') return;
  if (status.state === 'older' && config.mode === 'serve') {
    const message = `The database is older than this Postern (${status.pending.length} migrations). Run: postern migrate`;
    throw new PosternError('conflict', message, { exitStatus: 78 });
  }
  await migrateToLatest(db);
}

const sealName = 'sealed';

/** A mark beside the database, so that `dev` stops before it opens anything; the database holds the seal itself too. */
function checkSeal({ mode, data }: Config, server: boolean): void {
  const mark = join(data, sealName);
  if (mode !== 'serve') {
    if (existsSync(mark)) throw sealedError(mode);
    return;
  }
  if (!server || existsSync(mark)) return;
  writePrivate(mark, 'This directory belongs to "postern serve"; dev and testing refuse it.\n', 'w');
}

/** `serve` is given its secret; `dev` makes one in its data directory; in memory none outlives the process. */
function secretsOf(config: Config): readonly string[] {
  if (config.secret.length > 0) return config.secret;
  const isPassing = config.memory || (config.mode === 'testing' && config.database.url !== undefined);
  if (isPassing) return [randomBytes(32).toString('base64url')];
  const file = join(config.data, 'secret');
  if (existsSync(file)) return [readFileSync(file, 'utf8').trim()];
  const secret = randomBytes(32).toString('base64url');
  writePrivate(file, `${secret}\n`, 'wx');
  return [secret];
}

function makeFolder(folder: string): void {
  orNotWritable(folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
}

/** A file for this user alone (0600); its folder is made with it. */
function writePrivate(path: string, text: string, flag: 'w' | 'wx'): void {
  const folder = dirname(path);
  makeFolder(folder);
  orNotWritable(folder, () => writeFileSync(path, text, { mode: 0o600, flag }));
}

function orNotWritable(folder: string, work: () => unknown): void {
  try {
    work();
  } catch (cause) {
    const message = `The directory ${folder} cannot be made or written. Choose another with --data.`;
    throw new PosternError('unavailable', message, { cause, exitStatus: 78 });
  }
}
