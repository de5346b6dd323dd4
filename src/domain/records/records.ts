/**
 * records: what the protocol issued (sessions, grants, codes, tokens, interactions). Ids are stored as HMACs, payloads
 * sealed; a code or refresh token is spent by one statement, and what was revoked stays revoked. Owns the tables `records`
 * and `revoked_grants`. Knows no protocol rule, no client and no account: who lost a race is told by the answer.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { open, seal } from '../../base/vault.ts';
import type { Database } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import { createCache } from './cache.ts';
import { grantable, type Model, models, type Payload } from './model.ts';
import { createPurge } from './purge.ts';
import * as store from './store.ts';

export type { Model, Payload } from './model.ts';
export { isModel } from './model.ts';

/** How long a tombstone is kept: longer than anything issued under the grant can live. */
const tombstoneMilliseconds = 60 * 24 * 3600 * 1000;

export type RecordsDependencies = {
  db: Database;
  clock: Clock;
  audit: Audit;
  /** HMAC key for the ids, encryption key for the payloads. */
  idKey: KeyObject;
  payloadKey: KeyObject;
};
export type Records = ReturnType<typeof createRecords>;

export function createRecords({ db, clock, audit, idKey, payloadKey }: RecordsDependencies) {
  const cache = createCache(db);
  const keyOf = (label: string, id: string) => createHmac('sha256', idKey).update(`${label}\0${id}`).digest();

  /** Opens a row; one that was changed or swapped counts as absent, and is audited (N02). */
  async function read(model: Model, row: store.RecordRow): Promise<string | undefined> {
    try {
      const json = open(payloadKey, row.payload, contextOf(models[model], row.key)).toString();
      if (row.consumed_at === null) return json;
      return `${json.slice(0, -1)},"consumed":${Math.floor(row.consumed_at / 1000)}}`;
    } catch {
      await audit.record(db, {
        actor: { type: 'system' },
        event: 'record.unreadable',
        detail: { table: 'records', reason: model },
      });
      return undefined;
    }
  }

  /** `place` names the record in the cache; `find` is asked when it isn't there. */
  async function load(model: Model, place: string, find: () => Promise<store.RecordRow | undefined>) {
    const cached = cache.get(place);
    if (cached !== undefined) return JSON.parse(cached) as Payload;
    const row = await find();
    const json = row && (await read(model, row));
    if (json === undefined) return undefined;
    if (cacheable.has(model)) cache.put(place, json);
    return JSON.parse(json) as Payload;
  }

  function rowOf(model: Model, id: string, payload: Payload, expiresInSeconds?: number): store.NewRecord {
    const key = keyOf(model, id);
    const number = models[model];
    return {
      key,
      model: number,
      payload: seal(payloadKey, JSON.stringify(payload), contextOf(number, key)),
      grantKey: grantable.has(model) && payload.grantId ? keyOf('Grant', payload.grantId) : null,
      uidKey: model === 'Session' && payload.uid ? keyOf('uid', payload.uid) : null,
      userCodeKey: payload.userCode ? keyOf('userCode', payload.userCode) : null,
      accountId: payload.accountId ?? null,
      clientId: payload.clientId ?? null,
      expiresAt: expiresInSeconds === undefined ? null : clock.now() + expiresInSeconds * 1000,
    };
  }

  return {
    /** Writes a record. False when its grant is revoked: then nothing was written. */
    async upsert(model: Model, id: string, payload: Payload, expiresInSeconds?: number): Promise<boolean> {
      const row = rowOf(model, id, payload, expiresInSeconds);
      const written =
        model === 'Grant'
          ? await store.putGrant(db, row)
          : row.grantKey === null
            ? await store.putRecord(db, row)
            : await store.putGrantedRecord(db, row, row.grantKey);
      if (written === 0) return false;
      if (cacheable.has(model)) {
        const json = JSON.stringify(payload);
        cache.put(`${model}:${id}`, json);
        if (model === 'Session') cache.put(`uid:${payload.uid}`, json);
      }
      return true;
    },

    /** Writes a record that must be there already: false when it was claimed or purged meanwhile. */
    async replace(model: Model, id: string, payload: Payload, expiresInSeconds: number): Promise<boolean> {
      cache.remove(`${model}:${id}`);
      return store.replaceRecord(db, rowOf(model, id, payload, expiresInSeconds));
    },

    /** The payload, also when it has expired (the engine checks), with `consumed` in epoch seconds once it is spent. */
    find: (model: Model, id: string) => load(model, `${model}:${id}`, () => store.findByKey(db, keyOf(model, id))),
    findByUid: (uid: string) => load('Session', `uid:${uid}`, () => store.findByUidKey(db, keyOf('uid', uid))),
    findByUserCode: (userCode: string) =>
      load('DeviceCode', `userCode:${userCode}`, () => store.findByUserCodeKey(db, keyOf('userCode', userCode))),

    /** Marks it as spent; true for exactly one caller, whatever runs at the same time (B02, C02). */
    async consume(model: Model, id: string): Promise<boolean> {
      cache.remove(`${model}:${id}`);
      return store.consumeRecord(db, keyOf(model, id), clock.now());
    },

    /** Writes it unless it is there: true for exactly one caller (replay detection). */
    claim: (model: Model, id: string, payload: Payload, expiresInSeconds: number): Promise<boolean> =>
      store.claimRecord(db, rowOf(model, id, payload, expiresInSeconds)),

    /** True when this call removed it: what may happen once is claimed this way. */
    async remove(model: Model, id: string): Promise<boolean> {
      const cached = model === 'Session' ? cache.get(`Session:${id}`) : undefined;
      cache.remove(`${model}:${id}`);
      if (cached !== undefined) cache.remove(`uid:${(JSON.parse(cached) as Payload).uid}`);
      else if (model === 'Session') cache.clear();
      return store.removeRecord(db, keyOf(model, id));
    },

    /** Removes the records of one model under a grant; the grant stays. */
    async removeByGrant(model: Model, grantId: string): Promise<void> {
      cache.clear();
      await store.removeByGrant(db, keyOf('Grant', grantId), models[model]);
    },

    /** Ends a grant for good, in one transaction: nothing issued under it stays, nothing can be added (finding 2). */
    async revokeGrant(grantId: string): Promise<void> {
      const now = clock.now();
      cache.clear();
      await db.transaction((tx) => store.revokeGrant(tx, keyOf('Grant', grantId), now, now + tombstoneMilliseconds));
    },

    purge: createPurge(db, clock),
  };
}

/** Read again and again. A code is read once; an interaction must never be served after it was claimed. */
const cacheable: ReadonlySet<Model> = new Set<Model>([
  'Session',
  'Grant',
  'AccessToken',
  'RefreshToken',
  'ClientCredentials',
]);

/** Ties a payload to its table, model and key: a row that was copied elsewhere does not open. */
function contextOf(model: number, key: Buffer): Buffer {
  return Buffer.concat([contextPrefix, Buffer.of(model), key]);
}
const contextPrefix = Buffer.from('records|payload|');
