/** `postern migrate`: brings the database of `serve` to this version, after a backup of a SQLite file beside it. */
import { existsSync } from 'node:fs';
import { PosternError } from '../base/errors.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { takeFlags } from '../config/flags.ts';
import { backupFile } from '../db/backup.ts';
import { migrateToLatest, refuseNewer, schemaStatus } from '../db/migrate.ts';
import { openDatabase } from '../db/open.ts';
import { acquireServerLock } from '../db/server-lock.ts';
import { asksForHelp, type Io } from './output.ts';

export const migrateHelp = `postern migrate [--backup-taken] [flags]

Brings the database of serve to this version. A SQLite file is copied beside itself first; on PostgreSQL:
  --backup-taken   a backup exists (pg_dump)

Flags and settings: postern config reference --flags
`;

export async function migrateCommand(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) {
    io.out(migrateHelp);
    return 0;
  }
  process.umask(0o077);
  const { own, rest } = takeFlags(argv, { 'backup-taken': false });
  const config = await loadConfig({ mode: 'serve', argv: rest });
  return config.database.url === undefined
    ? migrateSqlite(config, io)
    : migratePostgresql(config, own['backup-taken'] !== undefined, io);
}

async function migrateSqlite(config: Config, io: Io): Promise<number> {
  const path = config.database.file;
  if (!existsSync(path)) {
    const message = `There is no database ${path}. Name its directory with --data; serve makes a new one by itself.`;
    throw new PosternError('not_found', message, { exitStatus: 78 });
  }
  const lock = await acquireServerLock(path);
  const db = await openDatabase({ kind: 'file', path });
  try {
    const status = await schemaStatus(db);
    refuseNewer(status);
    if (status.state === 'older') {
      const copy = freeName(`${path}.before-${status.pending[0]?.slice(0, 4)}`);
      await backupFile(path, copy);
      io.out(`Backup: ${copy}\n`);
    }
    report(io, await migrateToLatest(db));
    return 0;
  } finally {
    await db.close();
    lock.release();
  }
}

/** A backup of an earlier try stays. */
function freeName(name: string): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!existsSync(candidate)) return candidate;
  }
}

async function migratePostgresql(config: Config, backupTaken: boolean, io: Io): Promise<number> {
  const db = await openDatabase({ kind: 'postgresql', url: config.database.url ?? '', isMigrating: true });
  try {
    const status = await schemaStatus(db);
    refuseNewer(status);
    if (status.state === 'older' && !backupTaken) {
      throw new PosternError('conflict', 'Back the database up with pg_dump first, then add --backup-taken.', {
        exitStatus: 64,
      });
    }
    report(io, await migrateToLatest(db));
    return 0;
  } finally {
    await db.close();
  }
}

function report(io: Io, done: readonly string[]): void {
  io.out(done.length === 0 ? 'The database is up to date.\n' : `Migrated: ${done.join(', ')}\n`);
}
