import type BetterSqlite3 from 'better-sqlite3';
import { PosternError } from '../base/errors.ts';
import { createBatch, type Handle } from './batch.ts';
import type { Database, Db, Value } from './db.ts';
import { isBusy, translateSqliteError } from './sqlite-errors.ts';
import { createUpkeep } from './sqlite-upkeep.ts';
import { createTurnstile, lockRetryMilliseconds } from './turnstile.ts';

type Statement = BetterSqlite3.Statement<unknown[], unknown>;
type Method = 'get' | 'all' | 'run';

export type SqliteOptions = {
  /** The only handle that writes. */
  writer: Handle;
  /** Reads while a transaction has the writer; absent for an in-memory database. */
  reader: Handle | undefined;
  /** How long a statement waits for a transaction or for another process before it fails with `unavailable`. */
  patienceMilliseconds: number;
};

/** SQLite behind `Database`: statements of their own share a batch (batch.ts), a transaction has the handle for itself. */
export function createSqliteDatabase({ writer, reader, patienceMilliseconds }: SqliteOptions): Database {
  const batch = createBatch(writer);
  const turnstile = createTurnstile({ batch, patienceMilliseconds });
  const writing = statementsOf(writer);
  const reading = reader && statementsOf(reader);
  const dataVersion = writer.prepare('PRAGMA data_version').pluck();
  let transactions = 0;

  function execute(method: Method, sql: string, values: readonly Value[]): unknown {
    const statement = writing(sql);
    const start = () => batch.attempt(() => perform(statement, method, values));
    if (!statement.readonly) return turnstile.write(start);
    if (!turnstile.isTaken()) return start();
    return reading ? perform(reading(sql), method, values) : turnstile.wait(false, start);
  }

  return {
    ...createDb(execute),

    async transaction(work) {
      await turnstile.acquire();
      const scope = createScope(writer, writing);
      try {
        await begin(writer, patienceMilliseconds);
        const result = await work(scope.tx);
        refuseLost(writer);
        writer.exec('COMMIT');
        return result;
      } catch (error) {
        if (writer.inTransaction) writer.exec('ROLLBACK');
        throw translateSqliteError(error);
      } finally {
        scope.end();
        transactions++;
        turnstile.release();
      }
    },

    failures: batch.failures,
    flush: (since = batch.failures()) => batch.flush(since),
    version: () => (transactions + batch.failures()) * 4_294_967_296 + (dataVersion.get() as number),

    ...createUpkeep({
      writer,
      perform: async (work) => turnstile.write(() => batch.attempt(work)),
      flush: () => batch.flush(batch.failures()),
    }),

    async close() {
      try {
        await turnstile.acquire();
      } finally {
        reader?.close();
        writer.close();
      }
    },
  };
}

function createDb(execute: (method: Method, sql: string, values: readonly Value[]) => unknown): Db {
  const ask = async (method: Method, sql: string, values: readonly Value[] = []): Promise<unknown> => {
    try {
      return await execute(method, sql, values);
    } catch (error) {
      throw translateSqliteError(error);
    }
  };
  return {
    dialect: 'sqlite',
    get: <Row>(sql: string, values?: readonly Value[]) => ask('get', sql, values) as Promise<Row | undefined>,
    all: <Row>(sql: string, values?: readonly Value[]) => ask('all', sql, values) as Promise<Row[]>,
    run: (sql, values) => ask('run', sql, values) as Promise<number>,
  };
}

/** The transaction's own Db; it refuses to work after the end, so that a forgotten await is found at once. */
function createScope(writer: Handle, statements: (sql: string) => Statement): { tx: Db; end: () => void } {
  let open = true;
  const tx = createDb((method, sql, values) => {
    if (!open) throw new PosternError('internal', 'A statement was run after its transaction had ended.');
    refuseLost(writer);
    return perform(statements(sql), method, values);
  });
  return {
    tx,
    end: () => {
      open = false;
    },
  };
}

/** SQLite itself rolls back when the disk is full or fails; what came after would be committed on its own. */
function refuseLost(writer: Handle): void {
  if (!writer.inTransaction) throw translateSqliteError({ code: 'SQLITE_IOERR' });
}

/** Begins while another process may be writing: tries again for as long as patience lasts, without blocking the loop. */
async function begin(writer: Handle, patienceMilliseconds: number): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds;
  for (;;) {
    try {
      writer.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, lockRetryMilliseconds));
    }
  }
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
