/**
 * A database in which one statement, or one commit, waits until the test has done what has to come in between: a race that
 * is held open instead of run until it happens.
 */
import type { Database, Value } from '../../src/db/db.ts';

export function gateDatabase(db: Database) {
  let gate: { sql: string; work: () => Promise<unknown> } | undefined;
  let commits: { arrived: () => void; release: Promise<void> } | undefined;

  async function pass(sql: string): Promise<void> {
    if (!gate || !sql.includes(gate.sql)) return;
    const { work } = gate;
    gate = undefined;
    await work();
  }
  const gated: Database = {
    ...db,
    get: async <Row>(sql: string, values?: readonly Value[]) => {
      await pass(sql);
      return db.get<Row>(sql, values);
    },
    run: async (sql, values) => {
      await pass(sql);
      return db.run(sql, values);
    },
    transaction: (work) =>
      db.transaction(async (tx) => {
        const held = commits;
        commits = undefined;
        const result = await work(tx);
        held?.arrived();
        await held?.release;
        return result;
      }),
  };

  return {
    db: gated,

    /** The next statement of its own (of no transaction) that has this in its text waits until `work` is done. */
    before(sql: string, work: () => Promise<unknown>): void {
      gate = { sql, work };
    },

    /** Whether what `before` was told has come. */
    hasPassed: (): boolean => gate === undefined,

    /** The next transaction does its work and then stays open: `reached` says when it is there, `release` lets it commit. */
    holdNextCommit() {
      const [reached, arrived] = promise();
      const [released, release] = promise();
      commits = { arrived, release: released };
      return { reached, release };
    },
  };
}

function promise(): [Promise<void>, () => void] {
  let resolve = (): void => undefined;
  const made = new Promise<void>((done) => {
    resolve = done;
  });
  return [made, resolve];
}

/** Until somebody waits for a lock in that PostgreSQL database, or `other` is done. */
export async function untilSomebodyWaits(db: Database, other: Promise<unknown>): Promise<void> {
  let isDone = false;
  const note = () => {
    isDone = true;
  };
  other.then(note, note);
  const sql = `SELECT COUNT(*) AS count FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while (!isDone && Number((await db.get<{ count: number }>(sql))?.count) === 0);
}
