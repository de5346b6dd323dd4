/**
 * A process of its own: a server that signs people out, four at a time, and says of each when it is done. Its plan is JSON
 * (argument 1). It is there to be killed; started again with the same plan it goes on with who is still signed in.
 */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/app/store.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Database, Db } from '../../src/db/db.ts';
import { writeSession } from './used-sessions.ts';

export type SignOutPlan = {
  /** Flags of `postern dev`. */
  argv: string[];
  /** Apps with their addresses for logout tokens; they are registered where they are not yet. */
  apps: { id: string; url: string }[];
  accountId: string;
  /** Sessions to sign out, in which both apps were used. */
  uids: string[];
  /** Writes those sessions first. */
  isFirst?: boolean;
  /** Kills itself before that statement (from 1) of the transaction that signs somebody out. */
  crashBefore?: number;
};

const by = { type: 'operator' } as const;
const plan = JSON.parse(process.argv[2] ?? '{}') as SignOutPlan;
const config = await loadConfig({ mode: 'dev', argv: plan.argv, env: process.env, file: false });
const crash = { statements: 0, before: Number.POSITIVE_INFINITY };
const store = await openStore(config);
const app = await createApp({ ...config, logLevel: 'silent' }, { store: { ...store, db: mortal(store.db) } });
await app.start();

// Straight into the pipe: what the process is killed with must not have been said.
const say = (line: string) => void writeSync(1, `${line}\n`);

for (const { id, url } of plan.apps) {
  if (await app.clients.find(id)) continue;
  const addresses = { redirectUris: [`https://${id}.example/cb`], backchannelLogoutUri: url };
  await app.clients.create({ id, ...addresses } as never, { by });
}
if (plan.isFirst) {
  const clientIds = plan.apps.map(({ id }) => id);
  for (const uid of plan.uids) await writeSession(app.records, { uid, accountId: plan.accountId, clientIds });
}
await app.db.flush();
say('ready');
if (plan.crashBefore !== undefined) crash.before = plan.crashBefore;

const left = [...plan.uids];
async function signOut(): Promise<void> {
  for (let uid = left.shift(); uid !== undefined; uid = left.shift()) {
    const why = { reason: 'signed_out', circumstances: { by } } as const;
    if ((await app.sessions.signOut(uid, why)) === undefined) continue;
    await app.db.flush();
    say(`out ${uid}`);
  }
}
await Promise.all(Array.from({ length: plan.crashBefore === undefined ? 4 : 1 }, signOut));
say('done');

/** Its transactions end the process before that statement, and before the commit where they have no more. */
function mortal(db: Database): Database {
  const count = () => {
    crash.statements += 1;
    if (crash.statements >= crash.before) process.kill(process.pid, 'SIGKILL');
  };
  const counting = (tx: Db): Db => ({
    dialect: tx.dialect,
    get(sql, values) {
      count();
      return tx.get(sql, values);
    },
    all(sql, values) {
      count();
      return tx.all(sql, values);
    },
    run(sql, values) {
      count();
      return tx.run(sql, values);
    },
  });
  return {
    ...db,
    transaction: (work) =>
      db.transaction(async (tx) => {
        if (crash.before === Number.POSITIVE_INFINITY) return work(tx);
        crash.statements = 0;
        const result = await work(counting(tx));
        count();
        return result;
      }),
  };
}
