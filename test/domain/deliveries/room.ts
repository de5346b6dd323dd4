import { randomBytes } from 'node:crypto';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import {
  createDeliveries,
  type Delivery,
  type Outcome,
  type SignOut,
} from '../../../src/domain/deliveries/deliveries.ts';

export const daySeconds = 86_400;
export const by = { by: { type: 'account', id: 'acc_admin' }, ip: '192.0.2.9' } as const;

/** A name that nothing else in the database has. */
export const fresh = (what: string): string => `${what}-${randomBytes(6).toString('hex')}`;

/** The room over that database, with a clock to wind and no chance in its waits. */
export function openDeliveries(db: Database, clock = createManualClock()) {
  const audit = createAudit({ clock });
  const deliveries = createDeliveries({
    db,
    clock,
    audit,
    giveUpSeconds: daySeconds,
    attemptMilliseconds: 2500,
    random: () => 0.5,
  });

  /** Somebody is signed out of these apps. */
  const enqueue = (apps: SignOut['apps'], signOut: Partial<SignOut> = {}) =>
    db.transaction((tx) =>
      deliveries.enqueueIn(tx, { accountId: fresh('acc'), reason: 'signed_out', ...signOut, apps }, by),
    );

  const allOf = async (filters: Omit<Parameters<typeof deliveries.list>[0], 'limit'>) =>
    (await deliveries.list({ limit: 1000, ...filters })).items;

  /** One delivery of an app of its own, as it is claimed by that courier. */
  async function claimed(courier = 'courier'): Promise<Delivery> {
    const clientId = fresh('app');
    await enqueue([{ clientId, sid: 's' }]);
    return (await deliveries.claim(clientId, courier, 10))[0] as Delivery;
  }

  const outcome = (changes: Partial<Outcome> = {}): Outcome => {
    const nothing = { status: 503, problem: 'It answered 503; 200 was expected.', answer: 'busy' };
    return { isConfirmed: false, at: clock.now(), milliseconds: 12, ...nothing, ...changes };
  };
  const confirmed = () => outcome({ isConfirmed: true, status: 200, problem: undefined, answer: '' });

  /** What the log says about that app, the newest first. */
  const eventsAbout = async (clientId: string) =>
    (await audit.list(db, { limit: 20, clientId })).items.map(({ event, detail, actor, accountId }) => ({
      ...{ event, detail, by: actor.id ?? actor.type, accountId },
    }));

  return { deliveries, clock, enqueue, allOf, claimed, outcome, confirmed, eventsAbout };
}
