import type { Clock } from '../../base/clock.ts';
import { createGathered } from '../../base/gathered.ts';
import type { Database, Db } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import { waitAfter } from './backoff.ts';
import type { Delivery, DeliveryState, Outcome } from './delivery.ts';
import * as store from './store.ts';

export type DispatchDependencies = {
  db: Database;
  clock: Clock;
  audit: Audit;
  /** How long an attempt takes at most. */
  attemptMilliseconds: number;
  random?: () => number;
};

/** So much longer than the slowest attempt is the claim of a courier: time to begin with it, and to write what came of it. */
const marginMilliseconds = 10_000;

/** What couriers write is committed together: with a hundred attempts under way, a commit for each would be most of the work. */
const gathering = { milliseconds: 10, most: 30 };

type Step = (tx: Db) => Promise<unknown>;

/** For whoever tells the apps: what is due, who has it, and what came of it. Several at once share a transaction. */
export function createDispatch(dependencies: DispatchDependencies) {
  const { db, clock, attemptMilliseconds } = dependencies;
  const write = createGathered<Step, unknown>({
    ...gathering,
    work: (steps) =>
      db.transaction(async (tx) => {
        const results: unknown[] = [];
        for (const step of steps) results.push(await step(tx));
        return results;
      }),
  });

  return {
    /** Clients that something is due for. */
    clientsDue: (): Promise<string[]> => store.clientsDue(db, clock.now()),

    /** Up to `limit` due deliveries of a client, for the courier of that name alone for a while. */
    claim: (clientId: string, courier: string, limit: number): Promise<Delivery[]> =>
      write((tx) => {
        const now = clock.now();
        const until = now + attemptMilliseconds + marginMilliseconds;
        return store.claimDue(tx, { clientId, claim: courier, now, until, limit });
      }) as Promise<Delivery[]>,

    /**
     * Writes what came of an attempt, and when the next one is due; what has become of the delivery. Undefined when the
     * claim had run out, so that it is somebody else's by now.
     */
    settle: (delivery: Delivery, courier: string, outcome: Outcome): Promise<DeliveryState | undefined> =>
      write((tx) => settleIn(dependencies, tx, delivery, courier, outcome)) as Promise<DeliveryState | undefined>,

    /** The app has no address to be told at: nothing was tried. */
    async settleUntold({ id, attempts }: Delivery, courier: string): Promise<void> {
      const now = clock.now();
      const untold = { state: 'not_told', dueAt: now, settledAt: now } as const;
      await write((tx) => store.settle(tx, { id, attempts }, courier, untold));
    },
  };
}

async function settleIn(
  { clock, audit, random = Math.random }: DispatchDependencies,
  tx: Db,
  delivery: Delivery,
  courier: string,
  outcome: Outcome,
): Promise<DeliveryState | undefined> {
  const { id, clientId, accountId, giveUpAt } = delivery;
  const now = clock.now();
  const attempts = delivery.attempts + 1;
  // The last attempt is made when the time is over: an app that is back by then has heard of it.
  const dueAt = Math.min(now + waitAfter(attempts, random()), giveUpAt);
  const state = outcome.isConfirmed ? 'confirmed' : now >= giveUpAt ? 'given_up' : 'waiting';
  const settledAt = state === 'waiting' ? undefined : now;
  if (!(await store.settle(tx, { id, attempts }, courier, { state, dueAt, settledAt }))) return undefined;
  await store.insertAttempt(tx, id, attempts, outcome);
  if (state === 'given_up') {
    const about = { actor: { type: 'system' }, clientId, accountId } as const;
    await audit.record(tx, { ...about, event: 'delivery.given_up', detail: { deliveryId: id, attempts } });
  }
  return state;
}
