import { createFreshCache, type FreshCache, type Mark } from '../../base/fresh-cache.ts';
import type { Database, Db } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import type { Codec } from './codec.ts';
import type { Model, Payload } from './model.ts';
import * as store from './store.ts';

/** Read again and again. A code is read once; an interaction must never be served after it was claimed. */
const cacheable: ReadonlySet<Model> = new Set<Model>([
  ...(['Session', 'Grant', 'AccessToken', 'RefreshToken', 'ClientCredentials'] as const),
]);
const capacity = 10_000;

const placeOf = (model: Model, id: string) => `${model}:${id}`;
const uidPlace = (uid: unknown) => `uid:${uid}`;

/** The reading half of the room, with its cache of opened payloads (performance.md decision 6). */
export function createReading({ db, audit, codec }: { db: Database; audit: Audit; codec: Codec }) {
  const cache = createFreshCache<string>(db, capacity);

  /** `place` names the record in the cache; `find` is asked when it isn't there. */
  async function load(model: Model, place: string, find: () => Promise<store.RecordRow | undefined>) {
    const cached = cache.get(place);
    if (cached !== undefined) return JSON.parse(cached) as Payload;
    const mark = cache.mark();
    const row = await find();
    const json = row && (await decode(model, row));
    if (json === undefined) return undefined;
    if (cacheable.has(model)) cache.fill(place, json, mark);
    return JSON.parse(json) as Payload;
  }

  /** Opens a row; one that was changed or swapped counts as absent, and is audited (N02), where it was read (`on`). */
  async function decode(model: Model, row: store.RecordRow, on: Db = db): Promise<string | undefined> {
    try {
      return codec.decode(model, row);
    } catch {
      const detail = { table: 'records', reason: model };
      await audit.record(on, { actor: { type: 'system' }, event: 'record.unreadable', detail });
      return undefined;
    }
  }

  const byUid = (uid: string) => store.findByUidKey(db, codec.keyOf('uid', uid));
  const byUserCode = (userCode: string) => store.findByUserCodeKey(db, codec.keyOf('userCode', userCode));

  return {
    /** The payload, also when it has expired (the engine checks), with `consumed` in epoch seconds once it is spent. */
    find: (model: Model, id: string) =>
      load(model, placeOf(model, id), () => store.findByKey(db, codec.keyOf(model, id))),
    findByUid: (uid: string) => load('Session', uidPlace(uid), () => byUid(uid)),
    findByUserCode: (userCode: string) => load('DeviceCode', `userCode:${userCode}`, () => byUserCode(userCode)),
    decode,

    ...createMemory(cache),
  };
}

/** How writes keep the cache right. */
function createMemory(cache: FreshCache<string>) {
  return {
    mark: cache.mark,
    forgetAll: cache.clear,

    /** What was just written; `mark` was taken before. Whoever reads the state before it meanwhile keeps nothing. */
    remember(model: Model, id: string, payload: Payload, mark: Mark | undefined): void {
      if (!cacheable.has(model)) return;
      const json = JSON.stringify(payload);
      const places = model === 'Session' ? [placeOf(model, id), uidPlace(payload.uid)] : [placeOf(model, id)];
      const isFresh = mark === cache.mark();
      for (const place of places) cache.remove(place);
      const after = cache.mark();
      if (isFresh) for (const place of places) cache.set(place, json, after);
    },

    /** When it was changed or removed, before anybody is told; a session is known by its uid too. */
    forget(model: Model, id: string): void {
      if (!cacheable.has(model)) return;
      const place = placeOf(model, id);
      const session = model === 'Session' ? cache.get(place) : undefined;
      if (session !== undefined) cache.remove(uidPlace((JSON.parse(session) as Payload).uid));
      else if (model === 'Session') cache.clear();
      cache.remove(place);
    },
  };
}
