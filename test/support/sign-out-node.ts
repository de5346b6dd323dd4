/**
 * A process of its own: a server that signs people out, four at a time, and says of each when it is done, and at the end that
 * no app is waited for. Its plan is JSON (argument 1). It is there to be killed; started again with the same plan it goes on with who is still signed in.
 */
import { writeSync } from 'node:fs';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
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
};

const by = { type: 'operator' } as const;
const plan = JSON.parse(process.argv[2] ?? '{}') as SignOutPlan;
const config = await loadConfig({ mode: 'dev', argv: plan.argv, env: process.env, file: false });
const app = await createApp({ ...config, logLevel: 'silent' });
await app.start();

// Straight into the pipe: what the process is killed with must not have been said.
const say = (line: string) => void writeSync(1, `${line}\n`);

for (const { id, url } of plan.apps) {
  if (await app.clients.find(id)) continue;
  const addresses = { redirectUris: [`https://${id}.example/cb`], backchannelLogoutUri: url };
  // Thousands of signatures: those of RSA would take most of the time.
  await app.clients.create({ id, ...addresses, idTokenSignedResponseAlg: 'EdDSA' } as never, { by });
}
if (plan.isFirst) {
  const clientIds = plan.apps.map(({ id }) => id);
  for (const uid of plan.uids) await writeSession(app.records, { uid, accountId: plan.accountId, clientIds });
}
await app.db.flush();
say('ready');

const left = [...plan.uids];
async function signOut(): Promise<void> {
  for (let uid = left.shift(); uid !== undefined; uid = left.shift()) {
    const why = { reason: 'signed_out', circumstances: { by } } as const;
    if ((await app.sessions.signOut(uid, why)) === undefined) continue;
    await app.db.flush();
    say(`out ${uid}`);
  }
}
await Promise.all(Array.from({ length: 4 }, signOut));
// Whoever is still to be told after that, nobody remembers.
while ((await app.deliveries.count()).waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20));
say('all told');
