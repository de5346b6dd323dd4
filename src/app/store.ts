/** Opens the database that a configuration names: locked, migrated as far as its mode allows, with its secret at hand. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PosternError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/db.ts';
import { migrateToLatest, refuseNewer, schemaStatus } from '../db/migrate.ts';
import { openDatabase } from '../db/open.ts';
import { acquireServerLock, type ServerLock } from '../db/server-lock.ts';
import { refuseSamples, refuseSealed, sealedError } from '../domain/installation/installation.ts';
import { makeFolder, writePrivate } from './private-files.ts';
import { secretsOf } from './secret.ts';

export type Store = {
  db: Database;
  secrets: readonly string[];
  release(): void;
  /** Marks the directory as sealed; called when a `serve` listens. Absent where there is no directory. */
  seal?(): void;
};

/** `server`: one that listens, and so owns its SQLite file; commands share it with the server. */
export async function openStore(config: Config, { server = true }: { server?: boolean } = {}): Promise<Store> {
  const isFile = !config.memory && config.database.url === undefined;
  const path = config.database.file;
  const mark = join(dirname(path), 'sealed');
  // Beside the database, so that the others stop before they open it; the database holds the seal itself too.
  if (isFile && config.mode !== 'serve' && existsSync(mark)) throw sealedError(config.mode);
  if (isFile && server) makeFolder(dirname(path));
  const lock: ServerLock | undefined =
    isFile && server && !config.sharedDatabase ? await acquireServerLock(path) : undefined;
  const release = () => lock?.release();
  try {
    const db = await openDatabase(optionsOf(config, server));
    try {
      await bringToDate(config, db);
      const secrets = await secretsOf(config, db);
      return { db, secrets, release, ...(isFile && { seal: () => writeMark(mark) }) };
    } catch (error) {
      await db.close();
      throw error;
    }
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
  await refuseSealed(db, config.mode);
  if (status.state === 'current') return refuseSamples(db, config.mode);
  if (status.state === 'older' && config.mode === 'serve') {
    const message = `The database is older than this Postern (${status.pending.length} migrations). Run: postern migrate`;
    throw new PosternError('conflict', message, { exitStatus: 78 });
  }
  await migrateToLatest(db);
}

function writeMark(mark: string): void {
  if (existsSync(mark)) return;
  writePrivate(mark, 'This directory belongs to "postern serve"; dev and testing refuse it.\n');
}
