import type { Database } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import { createCache } from './cache.ts';
import type { Codec } from './codec.ts';
import type { Model, Payload } from './model.ts';
import * as store from './store.ts';

/** Read again and again. A code is read once; an interaction must never be served after it was claimed. */
const cacheable: ReadonlySet<Model> = new Set<Model>([
  ...(['Session', 'Grant', 'AccessToken', 'RefreshToken', 'ClientCredentials'] as const),
]);

/** The reading half of the room, with its cache of opened payloads (performance.md decision 6). */
export function createReading({ db, audit, codec }: { db: Database; audit: Audit; codec: Codec }) {
  const cache = createCache(db);
  const placeOf = (model: Model, id: string) => `${model}:${id}`;

  /** `place` names the record in the cache; `find` is asked when it isn't there. */
  async function load(model: Model, place: string, find: () => Promise<store.RecordRow | undefined>) {
    const cached = cache.get(place);
    if (cached !== undefined) return JSON.parse(cached) as Payload;
    const row = await find();
    const json = row && (await decode(model, row));
    if (json === undefined) return undefined;
    if (cacheable.has(model)) cache.put(place, json);
    return JSON.parse(json) as Payload;
  }

  /** Opens a row; one that was changed or swapped counts as absent, and is audited (N02). */
  async function decode(model: Model, row: store.RecordRow): Promise<string | undefined> {
    try {
      return codec.decode(model, row);
    } catch {
      const detail = { table: 'records', reason: model };
      await audit.record(db, { actor: { type: 'system' }, event: 'record.unreadable', detail });
      return undefined;
    }
  }

  return {
    /** The payload, also when it has expired (the engine checks), with `consumed` in epoch seconds once it is spent. */
    find: (model: Model, id: string) =>
      load(model, placeOf(model, id), () => store.findByKey(db, codec.keyOf(model, id))),
    findByUid: (uid: string) => load('Session', `uid:${uid}`, () => store.findByUidKey(db, codec.keyOf('uid', uid))),
    findByUserCode: (userCode: string) =>
      load('DeviceCode', `userCode:${userCode}`, () => store.findByUserCodeKey(db, codec.keyOf('userCode', userCode))),

    /** What was just written. */
    remember(model: Model, id: string, payload: Payload): void {
      if (!cacheable.has(model)) return;
      const json = JSON.stringify(payload);
      cache.put(placeOf(model, id), json);
      if (model === 'Session') cache.put(`uid:${payload.uid}`, json);
    },

    /** Before it is changed or removed; a session is known by its uid too. */
    forget(model: Model, id: string): void {
      const place = placeOf(model, id);
      if (model === 'Session') {
        const cached = cache.get(place);
        if (cached === undefined) cache.clear();
        else cache.remove(`uid:${(JSON.parse(cached) as Payload).uid}`);
      }
      cache.remove(place);
    },

    forgetAll: () => cache.clear(),
  };
}
