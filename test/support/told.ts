/** Deliveries as if they had been tried: in any state, with any attempts, so that no test has to wait for a courier. */
import type { Database } from '../../src/db/db.ts';
import type { Attempt, Deliveries, DeliveryState, SignOut } from '../../src/domain/deliveries/deliveries.ts';

type Rooms = { db: Database; deliveries: Pick<Deliveries, 'enqueueIn' | 'list'> };
type Told = Pick<SignOut, 'accountId'> & {
  /** The apps of one sign-out, and what has become of each. */
  apps: readonly { clientId: string; state: DeliveryState; sid?: string; tries?: readonly Partial<Attempt>[] }[];
  reason?: SignOut['reason'];
};

const by = { by: { type: 'operator' } } as const;
const hour = 3_600_000;

/** One sign-out of that account; the ids of its deliveries, in the order of `apps`. Waiting ones are due in an hour. */
export async function addDeliveries({ db, deliveries }: Rooms, { accountId, apps, reason = 'ended_by_admin' }: Told) {
  return db.transaction(async (tx) => {
    const signOutId = (await deliveries.enqueueIn(tx, { accountId, reason, apps }, by)) ?? '';
    const sql = 'SELECT id, client_id AS client, created_at AS at FROM deliveries WHERE sign_out_id = ?';
    const rows = await tx.all<{ id: string; client: string; at: number }>(sql, [signOutId]);
    const ids: string[] = [];
    for (const { clientId, state, tries = [] } of apps) {
      const { id, at } = rows.find(({ client }) => client === clientId) ?? { id: '', at: 0 };
      const settledAt = state === 'waiting' ? null : at;
      await tx.run('UPDATE deliveries SET state = ?, attempts = ?, due_at = ?, settled_at = ? WHERE id = ?', [
        ...[state, tries.length, at + hour, settledAt, id],
      ]);
      for (const [index, attempt] of tries.entries()) {
        const { milliseconds = 12, status = null, problem = null, answer = '' } = attempt;
        await tx.run(
          'INSERT INTO delivery_attempts (delivery_id, number, at, milliseconds, status, problem, answer) VALUES (?, ?, ?, ?, ?, ?, ?)',
          [id, index + 1, attempt.at ?? at + index * 60_000, milliseconds, status, problem, answer],
        );
      }
      ids.push(id);
    }
    return { signOutId, ids };
  });
}
