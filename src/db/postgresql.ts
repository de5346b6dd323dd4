import type { Pool, PoolClient } from 'pg';
import { PosternError } from '../base/errors.ts';
import type { Database, Db, Value } from './db.ts';

type Asker = Pick<Pool | PoolClient, 'query'>;
type Prepared = { name: string; text: string };

/** SQLSTATE classes and codes that mean "not now": connection, resources, shutdown, lock and statement timeouts. */
const unavailableStates = /^(08|53|57P0|57014|55P03|25P03|25006)/;
const retriedStates = new Set(['40001', '40P01']);
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
const attempts = 3;

/** PostgreSQL behind `Database`: named prepared statements over a pool; every acknowledged statement is committed. */
export function createPostgresqlDatabase(pool: Pool): Database {
  const prepared = new Map<string, Prepared>();
  let failures = 0;

  const prepare = (sql: string): Prepared => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      let position = 0;
      statement = { name: `s${prepared.size}`, text: sql.replaceAll('?', () => `$${++position}`) };
      prepared.set(sql, statement);
    }
    return statement;
  };

  const dbOn = (asker: Asker): Db => {
    const ask = async (sql: string, values: readonly Value[] = []) => {
      try {
        return await asker.query({ ...prepare(sql), values: [...values] });
      } catch (error) {
        throw translatePostgresqlError(error);
      }
    };
    return {
      dialect: 'postgresql',
      get: async <Row>(sql: string, values?: readonly Value[]) => (await ask(sql, values)).rows[0] as Row | undefined,
      all: async <Row>(sql: string, values?: readonly Value[]) => (await ask(sql, values)).rows as Row[],
      run: async (sql, values) => (await ask(sql, values)).rowCount ?? 0,
    };
  };

  async function once<Result>(work: (tx: Db) => Promise<Result>): Promise<Result> {
    const client = await pool.connect().catch((error: unknown) => {
      throw translatePostgresqlError(error);
    });
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      const result = await work(dbOn(client));
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((lost: Error) => {
        broken = lost;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    ...dbOn(pool),
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(work);
        } catch (error) {
          const state = stateOf(error) ?? stateOf((error as { cause?: unknown }).cause);
          if (state === undefined || !retriedStates.has(state)) throw translatePostgresqlError(error);
          if (attempt === attempts) throw unavailable(error);
        }
      }
    },
    failures: () => failures,
    async flush(since = failures) {
      if (failures !== since) throw unavailable(undefined);
    },
    version: () => undefined,
    async close() {
      failures++;
      await pool.end();
    },
  };
}

function stateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Turns a lost connection, a shutdown, a full disk or a time-out into `unavailable`; all else passes unchanged. */
export function translatePostgresqlError(error: unknown): unknown {
  const code = stateOf(error);
  const message = error instanceof Error ? error.message : '';
  const lost = /Connection terminated|timeout exceeded when trying to connect|Client has encountered/.test(message);
  if (lost || (code !== undefined && (networkCodes.has(code) || unavailableStates.test(code))))
    return unavailable(error);
  return error;
}

function unavailable(cause: unknown): PosternError {
  return new PosternError(
    'unavailable',
    'The PostgreSQL database cannot be reached. Check that it runs; Postern reconnects by itself.',
    {
      cause,
      retryAfterSeconds: 5,
      exitStatus: 75,
    },
  );
}
