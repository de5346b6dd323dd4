/**
 * deliveries: which app has to hear that somebody is signed out, and what came of each attempt to tell it. A row is written
 * in the transaction that ends the session, so that none is lost; who tells the apps takes rows by a claim that runs out, so
 * that a crash loses none either. Owns the tables `sign_outs`, `deliveries` and `delivery_attempts`. It knows neither the
 * protocol nor an address of an app.
 */
import { randomBytes } from 'node:crypto';
import { PosternError } from '../../base/errors.ts';
import { decodeCursor, type PageOf, type PageRequest, pageOf } from '../../base/paging.ts';
import type { Db } from '../../db/db.ts';
import { type Circumstances, causedBy } from '../audit/audit.ts';
import type { Attempt, Delivery, DeliveryState, SignOut } from './delivery.ts';
import { createDispatch, type DispatchDependencies } from './dispatch.ts';
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

type Dependencies = DispatchDependencies & {
  /** How long an app is told again and again before it is given up, in seconds. */
  giveUpSeconds: number;
};
export type Deliveries = ReturnType<typeof createDeliveries>;

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
