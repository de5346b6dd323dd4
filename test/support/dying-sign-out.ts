/**
 * A process of its own: signs one session out (argument 1 says in which database, as JSON) and kills itself before that
 * statement of the transaction, counted from 1, or right after its commit (`after commit`). Says `done` when it got that far.
 */
import { createSecretKey } from 'node:crypto';
import { writeSync } from 'node:fs';
import type { Database, Db } from '../../src/db/db.ts';
import { openDatabase } from '../../src/db/open.ts';
import { openSessions } from '../domain/sessions/room.ts';

export type DyingSignOut = {
  database: Parameters<typeof openDatabase>[0];
  /** The keys of the records room, base64. */
  idKey: string;
  payloadKey: string;
  uid: string;
  dies: number | 'after commit';
};

const plan = JSON.parse(process.argv[2] ?? '{}') as DyingSignOut;
let statements = 0;

function die(isNow: boolean): void {
  if (isNow) process.kill(process.pid, 'SIGKILL');
}

function counted<Result>(work: () => Promise<Result>): Promise<Result> {
  statements += 1;
  die(statements === plan.dies);
  return work();
}

const counting = (tx: Db): Db => ({
  dialect: tx.dialect,
  get: (sql, values) => counted(() => tx.get(sql, values)),
  all: (sql, values) => counted(() => tx.all(sql, values)),
  run: (sql, values) => counted(() => tx.run(sql, values)),
});

function mortal(db: Database): Database {
  return {
    ...db,
    async transaction(work) {
      const result = await db.transaction(async (tx) => {
        const made = await work(counting(tx));
        // The commit is the last of them.
        await counted(async () => undefined);
        return made;
      });
      die(plan.dies === 'after commit');
      return result;
    },
  };
}

const keyOf = (text: string) => createSecretKey(Buffer.from(text, 'base64'));
const db = await openDatabase(plan.database);
const keys = { idKey: keyOf(plan.idKey), payloadKey: keyOf(plan.payloadKey) };
const { sessions } = openSessions(mortal(db), keys);
await sessions.signOut(plan.uid, { reason: 'signed_out', circumstances: { by: { type: 'anonymous' } } });
writeSync(1, `done after ${statements}\n`);
await db.close();
