/**
 * deliveries: which app has to hear that somebody is signed out, and what came of each attempt to tell it. A row is written
 * in the transaction that ends the session, so that none is lost; who tells the apps takes rows by a claim that runs out, so
 * that a crash loses none either. Owns the tables `sign_outs`, `deliveries` and `delivery_attempts`. It knows neither the
 * protocol nor an address of an app.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { decodeCursor, type PageOf, type PageRequest, pageOf } from '../../base/paging.ts';
import type { Database, Db } from '../../db/db.ts';
import { type Audit, type Circumstances, causedBy } from '../audit/audit.ts';
import { waitAfter } from './backoff.ts';
import type { Attempt, Delivery, DeliveryState, Outcome, SignOut } from './delivery.ts';
import * as store from './store.ts';

export {
  type Attempt,
  type Delivery,
  type DeliveryState,
  deliveryStates,
  type Outcome,
  type SignOut,
  type ToldApp,
} from './delivery.ts';
export type { DeliveryFilters } from './store.ts';

type Dependencies = {
  db: Database;
  clock: Clock;
  audit: Audit;
  /** How long an app is told again and again before it is given up, in seconds. */
  giveUpSeconds: number;
  /** How long an attempt takes at most. */
  attemptMilliseconds: number;
  random?: () => number;
};
export type Deliveries = ReturnType<typeof createDeliveries>;

/** So much longer than the slowest attempt is the claim of a courier: time to begin with it, and to write what came of it. */
const marginMilliseconds = 10_000;

/** The room. Functions open their own transactions, except for those named `…In`, which join the caller's. */
export function createDeliveries(dependencies: Dependencies) {
  const { db, clock, giveUpSeconds } = dependencies;
  const giveUpAt = () => clock.now() + giveUpSeconds * 1000;

  return {
    /** Joins the transaction that signs somebody out: one row for each app. Without apps there is nobody to tell. */
    async enqueueIn(tx: Db, signOut: SignOut, circumstances: Circumstances): Promise<void> {
      const { accountId, reason, apps } = signOut;
      if (apps.length === 0) return;
      const createdAt = clock.now();
      const signOutId = newId('so', createdAt);
      await store.insertSignOut(tx, { id: signOutId, accountId, reason, by: circumstances.by, at: createdAt });
      for (const { clientId, sid } of apps) {
        const id = newId('dl', createdAt);
        await store.insertDelivery(tx, { id, signOutId, clientId, accountId, sid, createdAt, giveUpAt: giveUpAt() });
      }
    },

    ...createDispatch(dependencies),

    /** A page, newest first. Throws `invalid` (HTTP status 400) for a forged cursor. */
    async list(page: PageRequest & store.DeliveryFilters): Promise<PageOf<Delivery>> {
      const { limit, after, ...filters } = page;
      const [before] = after === undefined ? [] : decodeCursor(after, ['string']);
      const place = before === undefined ? undefined : String(before);
      const found = await store.listDeliveries(db, filters, { before: place, limit: limit + 1 });
      return pageOf(found, limit, ({ id }) => [id]);
    },

    /** One delivery with its attempts, the last first. Throws `not_found`. */
    async find(id: string): Promise<Delivery & { tries: Attempt[] }> {
      const delivery = await store.findDelivery(db, id);
      if (!delivery) throw noDelivery();
      return { ...delivery, tries: await store.attemptsOf(db, id) };
    },

    /**
     * Tries again at once, and then for as long as a new one: that delivery, or all that match and have not been confirmed.
     * How many. Throws `not_found` for one that is not there, and `conflict` for one that is confirmed.
     */
    replay: (which: store.DeliveryFilters & { id?: string }, circumstances: Circumstances): Promise<number> =>
      replay(dependencies, which, giveUpAt(), circumstances),

    /** How many are in each state. */
    count: (): Promise<Record<DeliveryState, number>> => store.countByState(db),

    /** Deletes up to `batch` of those that were settled before `before` (epoch ms), with their attempts; says how many. */
    purge: (before: number, batch: number): Promise<number> => db.transaction((tx) => store.purge(tx, before, batch)),
  };
}

/** For whoever tells the apps. */
function createDispatch({ db, clock, audit, attemptMilliseconds, random = Math.random }: Dependencies) {
  return {
    /** Clients that something is due for. */
    clientsDue: (): Promise<string[]> => store.clientsDue(db, clock.now()),

    /** Up to `limit` due deliveries of a client, for the courier of that name alone for a while. */
    claim(clientId: string, courier: string, limit: number): Promise<Delivery[]> {
      const now = clock.now();
      return store.claimDue(db, {
        clientId,
        claim: courier,
        now,
        until: now + attemptMilliseconds + marginMilliseconds,
        limit,
      });
    },

    /**
     * Writes what came of an attempt, and when the next one is due; what has become of the delivery. Undefined when the
     * claim had run out, so that it is somebody else's by now.
     */
    async settle(delivery: Delivery, courier: string, outcome: Outcome): Promise<DeliveryState | undefined> {
      const now = clock.now();
      const attempts = delivery.attempts + 1;
      // The last attempt is made when the time is over: an app that is back by then has heard of it.
      const dueAt = Math.min(now + waitAfter(attempts, random()), delivery.giveUpAt);
      const isOver = now >= delivery.giveUpAt;
      const state = outcome.isConfirmed ? 'confirmed' : isOver ? 'given_up' : 'waiting';
      const settledAt = state === 'waiting' ? undefined : now;
      return db.transaction(async (tx) => {
        const { id, clientId, accountId } = delivery;
        if (!(await store.settle(tx, { id, attempts }, courier, { state, dueAt, settledAt }))) return undefined;
        await store.insertAttempt(tx, id, attempts, outcome);
        if (state === 'given_up') {
          const detail = { deliveryId: id, attempts };
          await audit.record(tx, {
            actor: { type: 'system' },
            clientId,
            accountId,
            event: 'delivery.given_up',
            detail,
          });
        }
        return state;
      });
    },

    /** The app has no address to be told at: nothing was tried. */
    async settleUntold({ id, attempts }: Delivery, courier: string): Promise<void> {
      const now = clock.now();
      await store.settle(db, { id, attempts }, courier, { state: 'not_told', dueAt: now, settledAt: now });
    },
  };
}

async function replay(
  { db, clock, audit }: Dependencies,
  which: store.DeliveryFilters & { id?: string },
  giveUpAt: number,
  circumstances: Circumstances,
): Promise<number> {
  return db.transaction(async (tx) => {
    const one = which.id === undefined ? undefined : await store.findDelivery(tx, which.id);
    if (which.id !== undefined && !one) throw noDelivery();
    if (one?.state === 'confirmed') {
      throw new PosternError('conflict', 'The app has confirmed this already: there is nothing to repeat.');
    }
    const count = await store.replay(tx, which, clock.now(), giveUpAt);
    const about = { ...causedBy(circumstances), clientId: one?.clientId ?? which.clientId, accountId: one?.accountId };
    const detail = { count, ...(one && { deliveryId: one.id }) };
    if (count > 0) await audit.record(tx, { ...about, event: 'delivery.replayed', detail });
    return count;
  });
}

const noDelivery = () =>
  new PosternError('not_found', 'There is no delivery with this id. Load the list again: old ones are removed.');

/** Ids sort by time: 12 hex digits of it, then 16 random ones. */
const newId = (prefix: string, at: number): string =>
  `${prefix}_${at.toString(16).padStart(12, '0')}${randomBytes(8).toString('hex')}`;
