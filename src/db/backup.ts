/** Copies of a SQLite database while it is in use, and the way back. PostgreSQL has tools of its own for both. */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PosternError } from '../base/errors.ts';
import { refuseNetworkFile } from './file-system.ts';
import { translateSqliteError } from './sqlite-errors.ts';

/**
 * Writes one consistent copy of the database to `copy` (mode 0600, on disk when this resolves) and checks it. Reads a
 * snapshot, so a server that writes meanwhile neither waits nor starts the copy anew, and leaves out what deleted rows
 * left behind. Throws `conflict` when `copy` exists, `unavailable` (exit status 74) when the copy is damaged.
 */
export async function backupFile(path: string, copy: string): Promise<void> {
  refuseNetworkFile(copy);
  createEmpty(copy);
  const { default: BetterSqlite3 } = await import('better-sqlite3');
  try {
    const source = new BetterSqlite3(path, { readonly: true, fileMustExist: true });
    try {
      source.prepare('VACUUM INTO ?').run(copy);
    } finally {
      source.close();
    }
    await verifyFile(copy);
    toDisk(copy);
    toDisk(dirname(copy));
  } catch (error) {
    rmSync(copy, { force: true });
    throw translateSqliteError(error);
  }
}

/** Throws `unavailable` (exit status 74) unless the file is a whole SQLite database. `name`: what people call it. */
export async function verifyFile(path: string, name = path): Promise<void> {
  const { default: BetterSqlite3 } = await import('better-sqlite3');
  let verdict: unknown;
  try {
    const file = new BetterSqlite3(path, { readonly: true, fileMustExist: true });
    verdict = file.pragma('integrity_check(1)', { simple: true });
    file.close();
  } catch (error) {
    verdict = error;
  }
  if (verdict === 'ok') return;
  throw new PosternError('unavailable', `${name} is not a whole SQLite database. Name another file.`, {
    cause: verdict,
    exitStatus: 74,
  });
}

/**
 * Puts `replacement` in the place of the database at `path`, which nobody may have open; what was there stays as `kept`.
 * At no moment, also not after a crash, there is no database at `path`.
 */
export async function replaceFile(path: string, replacement: string, kept: string): Promise<void> {
  if (existsSync(path)) {
    await foldLogIn(path);
    keepAs(path, kept);
    // Still there when the file is damaged: then it belongs to what is kept.
    if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${kept}-wal`);
  }
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  toDisk(replacement);
  renameSync(replacement, path);
  toDisk(dirname(path));
}

/** What lies in the write-ahead log belongs to the file; with it the log goes. Without effect on a damaged file. */
async function foldLogIn(path: string): Promise<void> {
  const { default: BetterSqlite3 } = await import('better-sqlite3');
  const file = new BetterSqlite3(path);
  try {
    file.pragma('wal_checkpoint(TRUNCATE)');
  } catch {
    // The restore that follows is what mends it.
  } finally {
    file.close();
  }
}

/** A second name for the same file; a copy where the file system has no such thing. */
function keepAs(path: string, kept: string): void {
  try {
    linkSync(path, kept);
  } catch {
    copyFileSync(path, kept, constants.COPYFILE_EXCL);
    chmodSync(kept, 0o600);
    toDisk(kept);
  }
}

function createEmpty(copy: string): void {
  try {
    closeSync(openSync(copy, 'wx', 0o600));
    chmodSync(copy, 0o600);
  } catch (cause) {
    const isThere = existsSync(copy) && statSync(copy).isFile();
    const message = isThere
      ? `${copy} is there already. Name another file, or remove it.`
      : `${copy} cannot be written. Name a file in a directory that is there and writable.`;
    throw new PosternError(isThere ? 'conflict' : 'unavailable', message, { cause, exitStatus: 73 });
  }
}

/** A file, or the names in a directory. */
function toDisk(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
