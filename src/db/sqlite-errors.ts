import { PosternError } from '../base/errors.ts';

const corrupted = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

/** The code of a SQLite error, or undefined for anything else. */
export function sqliteCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
}

export const isBusy = (error: unknown): boolean => sqliteCode(error)?.startsWith('SQLITE_BUSY') === true;

/** Turns what SQLite throws when the disk, the file or a lock fails into `unavailable`; all else passes unchanged. */
export function translateSqliteError(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return unavailable('The database is locked by another program. Try again in a few seconds.', error, 2);
  }
  if (code === 'SQLITE_FULL') return unavailable('The disk is full. Free some space; nothing was changed.', error, 30);
  if (code.startsWith('SQLITE_IOERR')) {
    return unavailable('The database file cannot be read or written (disk error or no space).', error, 30);
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'SQLITE_CANTOPEN') {
    return unavailable('The database file is read-only. Let the user that runs Postern write it.', error, 30, 78);
  }
  if ([...corrupted].some((prefix) => code.startsWith(prefix))) {
    return unavailable('The database file is damaged. Keep it, and restore a backup.', error, 300, 65);
  }
  return error;
}

function unavailable(message: string, cause: unknown, retryAfterSeconds: number, exitStatus = 75): PosternError {
  return new PosternError('unavailable', message, { cause, retryAfterSeconds, exitStatus });
}
