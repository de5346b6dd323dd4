/**
 * A process that changes keys and is killed on the way: `killed-change.ts <where> <change> <n> <secrets …>`. `where` is the
 * path of a SQLite file or the URL of a PostgreSQL database. It counts: before every statement of the change, before its
 * commit and after it; at the nth of these it kills itself with SIGKILL. Says "done" when it got through before.
 */
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createManualClock } from '../../src/base/clock.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createAudit } from '../../src/domain/audit/audit.ts';
import { openDataKeys } from '../../src/domain/data-keys/data-keys.ts';
import { createKeys, type LifePolicy } from '../../src/domain/keys/keys.ts';
import { atOnce, hourly } from './key-room.ts';
import { killable } from './killable.ts';

const [where = '', change = '', nth = '', ...secrets] = process.argv.slice(2);
const by = { by: { type: 'operator' } } as const;
const { db, arm, disarm } = killable(
  await openDatabase(where.includes('://') ? { kind: 'postgresql', url: where } : { kind: 'file', path: where }),
  Number(nth),
);
// A day later a key that was published an hour ahead signs.
const clock = createManualClock(Date.now() + (change === 'advance' ? 24 : 0) * 3_600_000);
const audit = createAudit({ clock });

async function room(policy: LifePolicy) {
  const dataKeys = await openDataKeys({ db, clock, audit, secrets });
  const shared = { db, clock, audit, sealingKey: dataKeys.keys, algorithms: ['RS256', 'ES256'] as const };
  return { ...dataKeys, room: createKeys({ ...shared, policyOf: () => policy }) };
}

const changes: Record<string, () => Promise<() => Promise<unknown>>> = {
  async 'rotate at once'() {
    const { room: keys } = await room(atOnce);
    return () => keys.rotate('ES256', by);
  },
  async publish() {
    const { room: keys } = await room(hourly);
    return () => keys.rotate('ES256', by);
  },
  async advance() {
    const { room: keys } = await room(hourly);
    return () => keys.advance();
  },
  async revoke() {
    const { room: keys } = await room(atOnce);
    const kid = (await keys.signingSet()).active.get('ES256')?.kid ?? '';
    return () => keys.revoke(kid, by);
  },
  async cookies() {
    const { cookies } = await room(atOnce);
    return () => cookies.rotate(by);
  },
  secret: async () => () => openDataKeys({ db, clock, audit, secrets }),
};

const perform = await changes[change]?.();
if (!perform) throw new Error(`no such change: ${change}`);
// Who is killed writes none at its end.
flushCompileCache();
arm();
await perform();
disarm();
writeSync(1, 'done\n');
await db.close();
