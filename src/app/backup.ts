/** Backups of a SQLite database that may be in use. PostgreSQL has tools of its own. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { App } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import { backupFile } from '../db/backup.ts';
import { makeFolder } from './private-files.ts';

/** Where backups go unless told otherwise, and how they are called: by the time at which they began. */
const folderOf = (config: Config): string => join(dirname(config.database.file), 'backups');
const nameAt = (at: number): string => `postern-${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}.db`;
const ownName = /^postern-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.db$/;

/**
 * Writes a checked copy of the database, mode 0600, to `out` (default: `backups` beside the database), audits it, and with
 * `keep` removes the oldest of the copies that are called like its own. Returns the path of the copy and what was removed.
 */
export async function makeBackup(
  { config, clock, recordEvent, db }: App,
  { out, keep }: { out?: string | undefined; keep?: number | undefined },
): Promise<{ file: string; removed: string[] }> {
  refuseOtherStores(config);
  const file = resolve(out ?? join(folderOf(config), nameAt(clock.now())));
  if (out === undefined) makeFolder(dirname(file));
  await db.flush();
  await backupFile(config.database.file, file);
  await recordEvent({ actor: { type: 'operator' }, event: 'backup.made', detail: { file: basename(file) } });
  await db.flush();
  return { file, removed: keep === undefined ? [] : removeOldest(dirname(file), keep) };
}

/** Throws `invalid` (exit status 64) for PostgreSQL, with what to do there, and for a database in memory. */
export function refuseOtherStores({ database, memory }: Pick<Config, 'database' | 'memory'>): void {
  if (database.url !== undefined) {
    const message =
      'PostgreSQL is backed up with its own tools: pg_dump --format=custom. After pg_restore into an empty database run: postern restore --loaded';
    throw new PosternError('invalid', message, { exitStatus: 64 });
  }
  if (memory) throw new PosternError('invalid', 'A database in memory ends with its server.', { exitStatus: 64 });
}

function removeOldest(folder: string, keep: number): string[] {
  const copies = readdirSync(folder).filter((name) => ownName.test(name));
  const surplus = copies.toSorted().slice(0, Math.max(0, copies.length - keep));
  for (const name of surplus) rmSync(join(folder, name));
  return surplus.filter((name) => !existsSync(join(folder, name)));
}
