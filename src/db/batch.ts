import type BetterSqlite3 from 'better-sqlite3';
import { isBusy, translateSqliteError } from './sqlite-errors.ts';

export type Handle = BetterSqlite3.Database;
export type Batch = ReturnType<typeof createBatch>;

type Flushing = { done: () => void; fail: (error: unknown) => void };

/** How long writes may wait for someone to ask for their commit. */
const idleCommitMilliseconds = 10;

/**
 * The one BEGIN IMMEDIATE … COMMIT that the statements of many requests share: one fsync for all of them (measured: FULL
 * durability at the price of NORMAL). It is committed when somebody waits for it, at the end of that event-loop turn.
 */
export function createBatch(writer: Handle) {
  const begin = writer.prepare('BEGIN IMMEDIATE');
  const commit = writer.prepare('COMMIT');
  let isOpen = false;
  let failures = 0;
  let armed = false;
  const flushing: Flushing[] = [];
  let timer: NodeJS.Timeout | undefined;

  /** Commits, or (`lost`) only tells the waiters that SQLite has rolled everything back already. */
  function end(lost?: unknown): void {
    clearTimeout(timer);
    armed = false;
    const waiters = flushing.splice(0);
    try {
      if (lost !== undefined) throw lost;
      if (isOpen) commit.run();
      for (const { done } of waiters) done();
    } catch (error) {
      failures++;
      if (writer.inTransaction) writer.exec('ROLLBACK');
      for (const { fail } of waiters) fail(translateSqliteError(error));
    }
    isOpen = false;
  }

  return {
    settle: (): void => end(),
    failures: () => failures,

    /** Runs a statement. A full disk or a disk error ends the whole batch at once, not that statement alone. */
    attempt<Result>(statement: () => Result): Result {
      try {
        return statement();
      } catch (error) {
        if (isOpen && !writer.inTransaction) end(error);
        throw error;
      }
    },

    /** Opens it when it is not open; false when another process has the write lock. */
    open(): boolean {
      if (isOpen) return true;
      isOpen = hasBegun(begin);
      if (isOpen) timer = setTimeout(end, idleCommitMilliseconds);
      return isOpen;
    },

    /** A request awaits its own writes before it asks for this, so what is not in the batch yet belongs to others. */
    async flush(since: number): Promise<void> {
      if (isOpen) {
        if (!armed) setImmediate(end);
        armed = true;
        await new Promise<void>((done, fail) => flushing.push({ done, fail }));
      }
      if (failures !== since) throw translateSqliteError({ code: 'SQLITE_IOERR' });
    },
  };
}

function hasBegun(begin: BetterSqlite3.Statement): boolean {
  try {
    begin.run();
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw translateSqliteError(error);
  }
}
