import { PosternError } from '../base/errors.ts';
import { refuseNetworkFile } from './file-system.ts';
import { isBusy, translateSqliteError } from './sqlite-errors.ts';

/** Held while a server uses a SQLite file; the operating system drops it with the process, also after kill -9. */
export type ServerLock = { release(): void };

/**
 * Takes the one-server lock of a SQLite file: a write lock in a small database beside it (`<file>.lock`), which readers
 * may still ask who holds it. Throws `conflict` (exit status 75) naming the process that has it.
 */
export async function acquireServerLock(path: string): Promise<ServerLock> {
  refuseNetworkFile(path);
  const { default: BetterSqlite3 } = await import('better-sqlite3');
  const handle = openLock(() => new BetterSqlite3(`${path}.lock`));
  handle.pragma('busy_timeout = 0');
  try {
    handle.exec('BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER)');
    handle.prepare('DELETE FROM holder').run();
    handle.prepare('INSERT INTO holder (pid) VALUES (?)').run(process.pid);
    // Committed so that others can read the pid, then held for the life of the process.
    handle.exec('COMMIT; BEGIN IMMEDIATE');
  } catch (error) {
    const pid = isBusy(error) ? holderOf(handle) : undefined;
    handle.close();
    if (!isBusy(error)) throw translateSqliteError(error);
    const holder = pid === undefined ? 'another Postern server' : `the Postern server with process id ${pid}`;
    throw new PosternError(
      'conflict',
      `The database is in use by ${holder}. Stop it first; several servers need PostgreSQL.`,
      {
        cause: error,
        exitStatus: 75,
      },
    );
  }
  return {
    release: () => {
      if (!handle.open) return;
      handle.exec('ROLLBACK');
      handle.close();
    },
  };
}

/** Throws `unavailable` (exit status 78) where nothing may be written. */
function openLock<Result>(open: () => Result): Result {
  try {
    return open();
  } catch (cause) {
    const message = 'The data directory cannot be written. Make it writable, or choose another with --data.';
    throw new PosternError('unavailable', message, { cause, exitStatus: 78 });
  }
}

function holderOf(handle: import('better-sqlite3').Database): number | undefined {
  try {
    return (handle.prepare('SELECT pid FROM holder').get() as { pid: number } | undefined)?.pid;
  } catch {
    return undefined;
  }
}
