/** Notices as sign-outs leave them, written beside a running server. */
import { systemClock } from '../src/base/clock.ts';
import { openDatabase } from '../src/db/open.ts';
import { createAudit } from '../src/domain/audit/audit.ts';
import { createDeliveries } from '../src/domain/deliveries/deliveries.ts';

const perTransaction = 50;

/** `count` of them, shared out evenly, each sign-out with all of these apps; they become due at that time (epoch ms). */
export async function enqueueNotices(
  file: string,
  { clientIds, count, dueAt }: { clientIds: readonly string[]; count: number; dueAt: number },
): Promise<void> {
  const db = await openDatabase({ kind: 'file', path: file });
  const clock = { ...systemClock, now: () => dueAt };
  const audit = createAudit({ clock });
  const deliveries = createDeliveries({ db, clock, audit, giveUpSeconds: 86_400, attemptMilliseconds: 2500 });
  const signOuts = count / clientIds.length;
  for (let from = 0; from < signOuts; from += perTransaction) {
    await db.transaction(async (tx) => {
      for (let number = from; number < Math.min(signOuts, from + perTransaction); number += 1) {
        const accountId = `acc_${number}`;
        const apps = clientIds.map((clientId) => ({ clientId, sid: `sid-${number}` }));
        const circumstances = { by: { type: 'account', id: accountId } } as const;
        await deliveries.enqueueIn(tx, { accountId, reason: 'signed_out', apps }, circumstances);
      }
    });
  }
  await db.close();
}
