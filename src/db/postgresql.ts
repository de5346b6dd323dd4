import type { Pool, PoolClient } from 'pg';
import type { Database, Db, Value } from './db.ts';
import { sqlStateOf, translatePostgresqlError, unavailable } from './postgresql-errors.ts';

type Asker = Pick<Pool | PoolClient, 'query'>;
type Prepare = (sql: string) => { name: string; text: string };

/** Serialization failure and deadlock: the transaction may simply run again. */
const retried = new Set(['40001', '40P01']);
const attempts = 3;

/** PostgreSQL behind `Database`: named prepared statements over a pool; every acknowledged statement is committed. */
export function createPostgresqlDatabase(pool: Pool): Database {
  const prepare = createPrepare();
  return {
    ...dbOn(pool, prepare),
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await runOnce(pool, prepare, work);
        } catch (error) {
          const state = sqlStateOf(error);
          if (state === undefined || !retried.has(state)) throw translatePostgresqlError(error);
          if (attempt === attempts) throw unavailable(error);
        }
      }
    },
    // Nothing is batched: what was acknowledged is committed.
    failures: () => 0,
    flush: async () => undefined,
    version: () => undefined,
    reclaim: async () => undefined,
    optimize: async () => undefined,
    close: () => pool.end(),
  };
}

/** Names each text once; `?` becomes $1, $2, … */
function createPrepare(): Prepare {
  const prepared = new Map<string, { name: string; text: string }>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      let position = 0;
      statement = { name: `s${prepared.size}`, text: sql.replaceAll('?', () => `$${++position}`) };
      prepared.set(sql, statement);
    }
    return statement;
  };
}

function dbOn(asker: Asker, prepare: Prepare): Db {
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
}

async function runOnce<Result>(pool: Pool, prepare: Prepare, work: (tx: Db) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens to idle connections only: without this, one that breaks in here would end the process.
  const noteLoss = (lost: Error) => {
    broken = lost;
  };
  client.on('error', noteLoss);
  try {
    await client.query('BEGIN');
    const result = await work(dbOn(client, prepare));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(noteLoss);
    throw error;
  } finally {
    client.removeListener('error', noteLoss);
    client.release(broken);
  }
}
