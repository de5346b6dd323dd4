/**
 * deliveries: which app has to hear that somebody is signed out, and what came of each attempt to tell it. A row is written
 * in the transaction that ends the session, so that none is lost; who tells the apps takes rows by a claim that runs out, so
 * that a crash loses none either. Owns the tables `sign_outs`, `deliveries` and `delivery_attempts`. It knows neither the
 * protocol nor an address of an app.
 */
import { randomBytes } from 'node:crypto';
import { parseInput } from '../../base/administered.ts';
import { PosternError } from '../../base/errors.ts';
import { decodeCursor, type PageOf, type PageRequest, pageOf } from '../../base/paging.ts';
import type { Database, Db } from '../../db/db.ts';
import { type Circumstances, causedBy } from '../audit/audit.ts';
import {
  type Attempt,
  type Delivery,
  type DeliveryFilters,
  type DeliveryState,
  deliveryFilters,
  type ListedDelivery,
  type RecordedSignOut,
  type SignOut,
} from './delivery.ts';
import { createDispatch, type DispatchDependencies } from './dispatch.ts';
import * as store from './store.ts';

export {
  type Attempt,
  type Delivery,
  type DeliveryFilters,
  type DeliveryState,
  deliveryFilters,
  deliveryStates,
  type ListedDelivery,
  type Outcome,
  type RecordedSignOut,
  type SignOut,
  type ToldApp,
} from './delivery.ts';
export { type Refusal, refusalOf, refusals } from './refusal.ts';

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
    /**
     * Joins the transaction that signs somebody out: one row for each app. The id of the sign-out; undefined without apps,
     * since there is nobody to tell.
     */
    async enqueueIn(tx: Db, signOut: SignOut, circumstances: Circumstances): Promise<string | undefined> {
      const { accountId, reason, apps } = signOut;
      if (apps.length === 0) return undefined;
      const createdAt = clock.now();
      const signOutId = newId('so', createdAt);
      await store.insertSignOut(tx, { id: signOutId, accountId, reason, by: circumstances.by, at: createdAt });
      for (const { clientId, sid } of apps) {
        const id = newId('dl', createdAt);
        await store.insertDelivery(tx, { id, signOutId, clientId, accountId, sid, createdAt, giveUpAt: giveUpAt() });
      }
      return signOutId;
    },

    /** Joins the transaction of a restore: what apps have not heard yet is not lost with the database that it replaces. */
    adoptIn: (tx: Db, present: Db): Promise<number> => store.adoptWaiting(tx, present),

    ...createDispatch(dependencies),

    ...createReading(db),

    /**
     * Tries again at once, and then for as long as a new one: that delivery, or all that match and have not been confirmed.
     * How many. Throws `invalid` for a filter that is none; for one delivery `not_found`, and `conflict` when it is
     * confirmed or its app is being told just now.
     */
    async replay({ id, ...filters }: DeliveryFilters & { id?: string }, circumstances: Circumstances): Promise<number> {
      const which = {
        ...parseInput(deliveryFilters, filters, 'Nothing was sent again.'),
        ...(id !== undefined && { id }),
      };
      return replay(dependencies, which, giveUpAt(), circumstances);
    },

    /** Deletes up to `batch` of those that were settled before `before` (epoch ms), with their attempts; says how many. */
    purge: (before: number, batch: number): Promise<number> => db.transaction((tx) => store.purge(tx, before, batch)),
  };
}

/** For whoever looks. */
function createReading(db: Database) {
  return {
    /** A page, newest first. Throws `invalid` (HTTP status 400) for a forged cursor. */
    async list(page: PageRequest & DeliveryFilters): Promise<PageOf<ListedDelivery>> {
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

    /** A sign-out that apps were to be told of. Throws `not_found`. */
    async findSignOut(id: string): Promise<RecordedSignOut> {
      const found = await store.findSignOut(db, id);
      if (found) return found;
      throw new PosternError('not_found', 'There is no sign-out with this id. Old ones are removed.');
    },

    /** How many are in each state, of all or of those that match. */
    count: (filters: DeliveryFilters = {}): Promise<Record<DeliveryState, number>> => store.countByState(db, filters),
  };
}

async function replay(
  { db, clock, audit }: Dependencies,
  which: DeliveryFilters & { id?: string },
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
    if (one && count === 0) {
      throw new PosternError('conflict', 'The app is being told just now. Look again in a few seconds.');
    }
    const { clientId, accountId, signOutId } = one ?? which;
    const detail = { count, ...(one ? { deliveryId: one.id } : signOutId !== undefined && { signOutId }) };
    const about = { ...causedBy(circumstances), clientId, accountId };
    if (count > 0) await audit.record(tx, { ...about, event: 'delivery.replayed', detail });
    return count;
  });
}

const noDelivery = () =>
  new PosternError('not_found', 'There is no delivery with this id. Load the list again: old ones are removed.');

/** Ids sort by time: 12 hex digits of it, then 16 random ones. */
const newId = (prefix: string, at: number): string =>
  `${prefix}_${at.toString(16).padStart(12, '0')}${randomBytes(8).toString('hex')}`;
