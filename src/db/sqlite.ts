import type BetterSqlite3 from 'better-sqlite3';
import { PosternError } from '../base/errors.ts';
import type { Database, Db, Value } from './db.ts';
import { isBusy, translateSqliteError } from './sqlite-errors.ts';

type Handle = BetterSqlite3.Database;
type Statement = BetterSqlite3.Statement<unknown[], unknown>;
type Method = 'get' | 'all' | 'run';
/** Something that waits for the handle: a statement, or (exclusive) a transaction. */
type Waiting = { exclusive: boolean; start: () => void; fail: (error: unknown) => void; timer: NodeJS.Timeout };

export type SqliteOptions = {
  /** The only handle that writes. */
  writer: Handle;
  /** Reads while a transaction has the writer; absent for an in-memory database. */
  reader: Handle | undefined;
  /** How long a statement waits for a transaction or for another process before it fails with `unavailable`. */
  patienceMilliseconds: number;
};

/** How long writes of a batch may wait for someone to ask for their commit. */
const idleCommitMilliseconds = 10;
const lockRetryMilliseconds = 10;

/**
 * SQLite behind `Database`. Statements outside a transaction run at once, inside one BEGIN IMMEDIATE … COMMIT that all
 * requests of an event-loop turn share: one fsync for all of them (measured: FULL durability at the price of NORMAL).
 */
export function createSqliteDatabase(options: SqliteOptions): Database {
  const { writer, reader } = options;
  const own = statementsOf(writer);
  const reading = reader && statementsOf(reader);
  const begin = writer.prepare('BEGIN IMMEDIATE');
  const commit = writer.prepare('COMMIT');
  const rollback = writer.prepare('ROLLBACK');
  const dataVersion = writer.prepare('PRAGMA data_version').pluck();

  let exclusive = false;
  let batchOpen = false;
  let failures = 0;
  let changes = 0;
  let committer: NodeJS.Timeout | undefined;
  let armed = false;
  let flushing: { done: () => void; fail: (error: unknown) => void }[] = [];
  let queue: Waiting[] = [];

  function settleBatch(): void {
    clearTimeout(committer);
    armed = false;
    const waiters = flushing;
    flushing = [];
    try {
      if (batchOpen) commit.run();
      for (const waiter of waiters) waiter.done();
    } catch (error) {
      failures++;
      changes++;
      if (writer.inTransaction) rollback.run();
      for (const waiter of waiters) waiter.fail(translateSqliteError(error));
    } finally {
      batchOpen = false;
    }
  }

  /** Opens the batch when it is not open; false when another process has the write lock. */
  function openBatch(): boolean {
    if (batchOpen) return true;
    try {
      begin.run();
    } catch (error) {
      if (isBusy(error)) return false;
      throw translateSqliteError(error);
    }
    batchOpen = true;
    committer = setTimeout(settleBatch, idleCommitMilliseconds);
    return true;
  }

  function wait<Result>(exclusively: boolean, start: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        clearTimeout(waiting.timer);
        queue = queue.filter((other) => other !== waiting);
        reject(error);
      };
      const late = () => fail(translateSqliteError({ code: 'SQLITE_BUSY' }));
      const waiting: Waiting = {
        exclusive: exclusively,
        fail,
        timer: setTimeout(late, options.patienceMilliseconds),
        start: () => {
          clearTimeout(waiting.timer);
          try {
            resolve(start());
          } catch (error) {
            reject(translateSqliteError(error));
          }
        },
      };
      queue.push(waiting);
    });
  }

  /** Another process holds the write lock: everything that writes queues here and tries again, without blocking. */
  async function waitForLock(): Promise<void> {
    exclusive = true;
    try {
      while (queue.length > 0) {
        await new Promise((resolve) => setTimeout(resolve, lockRetryMilliseconds));
        if (openBatch()) break;
      }
    } catch (error) {
      for (const waiting of queue) waiting.fail(error);
    }
    release();
  }

  function release(): void {
    exclusive = false;
    while (queue.length > 0 && !exclusive) {
      const next = queue[0] as Waiting;
      if (!next.exclusive) {
        if (!tryOpenFor(next)) return;
      } else {
        if (batchOpen) settleBatch();
        exclusive = true;
      }
      queue.shift();
      next.start();
    }
  }

  function tryOpenFor(next: Waiting): boolean {
    try {
      if (openBatch()) return true;
      void waitForLock();
    } catch (error) {
      next.fail(error);
    }
    return false;
  }

  function execute(method: Method, sql: string, values: readonly Value[]): unknown {
    const statement = own(sql);
    if (statement.readonly) {
      if (!exclusive) return perform(statement, method, values);
      if (reading) return perform(reading(sql), method, values);
      return wait(false, () => perform(statement, method, values));
    }
    if (exclusive) return wait(false, () => perform(statement, method, values));
    if (!openBatch()) {
      const result = wait(false, () => perform(statement, method, values));
      void waitForLock();
      return result;
    }
    return perform(statement, method, values);
  }

  const ask = async (method: Method, sql: string, values: readonly Value[] = []): Promise<unknown> => {
    try {
      return await execute(method, sql, values);
    } catch (error) {
      throw translateSqliteError(error);
    }
  };

  async function acquire(): Promise<void> {
    if (exclusive) return wait(true, () => undefined);
    settleBatch();
    exclusive = true;
  }

  async function beginTransaction(): Promise<void> {
    const attempts = Math.ceil(options.patienceMilliseconds / lockRetryMilliseconds);
    for (let attempt = 1; ; attempt++) {
      try {
        begin.run();
        return;
      } catch (error) {
        if (!isBusy(error) || attempt >= attempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, lockRetryMilliseconds));
      }
    }
  }

  return {
    dialect: 'sqlite',
    get: <Row>(sql: string, values?: readonly Value[]) => ask('get', sql, values) as Promise<Row | undefined>,
    all: <Row>(sql: string, values?: readonly Value[]) => ask('all', sql, values) as Promise<Row[]>,
    run: (sql, values) => ask('run', sql, values) as Promise<number>,

    async transaction(work) {
      await acquire();
      const scope = createScope(own);
      try {
        await beginTransaction();
        const result = await work(scope.tx);
        commit.run();
        return result;
      } catch (error) {
        if (writer.inTransaction) rollback.run();
        throw translateSqliteError(error);
      } finally {
        scope.end();
        changes++;
        release();
      }
    },

    failures: () => failures,
    async flush(since = failures) {
      // A request awaits its own writes before it asks for this, so what still queues belongs to others.
      if (batchOpen) {
        await new Promise<void>((done, fail) => {
          flushing.push({ done, fail });
          if (!armed) setImmediate(settleBatch);
          armed = true;
        });
      }
      if (failures !== since) throw translateSqliteError({ code: 'SQLITE_IOERR' });
    },
    version: () => changes * 4_294_967_296 + (dataVersion.get() as number),

    async close() {
      await acquire();
      reader?.close();
      if (writer.open) writer.close();
    },
  };
}

/** The transaction's own Db; it refuses to work after the end, so that a forgotten await is found at once. */
function createScope(statements: (sql: string) => Statement) {
  let open = true;
  const ask = async (method: Method, sql: string, values: readonly Value[] = []): Promise<unknown> => {
    if (!open) throw new PosternError('internal', 'A statement was run after its transaction had ended.');
    return perform(statements(sql), method, values);
  };
  const tx: Db = {
    dialect: 'sqlite',
    get: <Row>(sql: string, values?: readonly Value[]) => ask('get', sql, values) as Promise<Row | undefined>,
    all: <Row>(sql: string, values?: readonly Value[]) => ask('all', sql, values) as Promise<Row[]>,
    run: (sql, values) => ask('run', sql, values) as Promise<number>,
  };
  return {
    tx,
    end: () => {
      open = false;
    },
  };
}

function statementsOf(handle: Handle): (sql: string) => Statement {
  const prepared = new Map<string, Statement>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = handle.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
}

function perform(statement: Statement, method: Method, values: readonly Value[]): unknown {
  if (method === 'run') return statement.run(...values).changes;
  return method === 'get' ? statement.get(...values) : statement.all(...values);
}
