/**
 * records: what the protocol issued (sessions, grants, codes, tokens, interactions). Ids are stored as HMACs, payloads
 * sealed; a code or refresh token is spent by one statement, and what was revoked stays revoked. Owns the tables `records`
 * and `revoked_grants`. Knows no protocol rule, no client and no account: who lost a race is told by the answer.
 */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Database } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import { type Codec, createCodec } from './codec.ts';
import { createHolding } from './held.ts';
import { type Model, models, type Payload } from './model.ts';
import { createPurge } from './purge.ts';
import { createReading } from './reading.ts';
import { endRestoredRecords } from './restoring.ts';
import { createSessionWriting } from './sessions.ts';
import * as store from './store.ts';

export type { GrantPlace, Held } from './held.ts';
export type { Model, Payload } from './model.ts';
export { isModel } from './model.ts';
export { endRestoredRecords } from './restoring.ts';
export type { Condition } from './store.ts';

type RecordsDependencies = {
  db: Database;
  clock: Clock;
  audit: Audit;
  /** HMAC key for the ids, encryption key for the payloads. */
  idKey: KeyObject;
  payloadKey: KeyObject;
  /** How long the tombstone of a grant is kept: as long as the longest-lived thing that is issued under one. */
  tombstoneSeconds: number;
};
export type Records = ReturnType<typeof createRecords>;

export function createRecords(dependencies: RecordsDependencies) {
  const { db, clock } = dependencies;
  const codec = createCodec(dependencies);
  const reading = createReading({ ...dependencies, codec });
  const grantKey = (grantId: string) => codec.keyOf('Grant', grantId);
  const expiry = (seconds: number | undefined) => (seconds === undefined ? null : clock.now() + seconds * 1000);
  const tombstoneUntil = () => clock.now() + dependencies.tombstoneSeconds * 1000;
  const held = createHolding({ codec, reading, now: clock.now, tombstoneUntil });

  return {
    find: reading.find,
    findByUid: reading.findByUid,
    findByUserCode: reading.findByUserCode,
    purge: createPurge(db, clock),
    ...createSessionWriting({ db, codec, reading, expiry }),
    endRestoredIn: endRestoredRecords,
    held,

    /** Whether that grant, named by its handle, still is. */
    isGrantThere: async (handle: string): Promise<boolean> => (await held.grantByHandle(db, handle)) !== undefined,

    ...createWriting({ db, clock, codec, reading, expiry }),

    /** Removes the records of one model under a grant; the grant stays. */
    async removeByGrant(model: Model, grantId: string): Promise<void> {
      await store.removeByGrant(db, grantKey(grantId), models[model]).finally(reading.forgetAll);
    },

    /** Ends a grant for good, in one transaction: nothing issued under it stays, nothing can be added (finding 2). */
    async revokeGrant(grantId: string): Promise<void> {
      const revoked = db.transaction((tx) => store.revokeGrant(tx, grantKey(grantId), clock.now(), tombstoneUntil()));
      await revoked.finally(reading.forgetAll);
    },
  };
}

type Writing = Pick<RecordsDependencies, 'db' | 'clock'> & {
  codec: Codec;
  reading: ReturnType<typeof createReading>;
  /** Epoch ms, so many seconds from now; null for never. */
  expiry(seconds: number | undefined): number | null;
};

/** Each record on its own. */
function createWriting({ db, clock, codec, reading, expiry }: Writing) {
  /** Only when it is done: a read in between would put the old state back. Also when it failed and may yet be done. */
  const thenForget = (model: Model, id: string, work: Promise<boolean>): Promise<boolean> =>
    work.finally(() => reading.forget(model, id));

  return {
    /**
     * Writes a record. False when it is spent, its grant revoked, or the condition does not hold, which is asked in the
     * same transaction: then nothing was written.
     */
    async upsert(
      model: Model,
      id: string,
      payload: Payload,
      expiresInSeconds?: number,
      condition?: store.Condition,
    ): Promise<boolean> {
      const mark = reading.mark();
      const row = codec.encode(model, id, payload, expiry(expiresInSeconds));
      const isWritten = await store.putRecord(db, row, condition);
      if (isWritten) reading.remember(model, id, payload, mark);
      return isWritten;
    },

    /** Writes a record that must be there already: false when it was claimed or purged meanwhile. */
    replace(model: Model, id: string, payload: Payload, expiresInSeconds: number): Promise<boolean> {
      const row = codec.encode(model, id, payload, expiry(expiresInSeconds));
      return thenForget(model, id, store.replaceRecord(db, row));
    },

    /** Marks it as spent; true for exactly one caller, whatever runs at the same time (B02, C02). */
    consume: (model: Model, id: string): Promise<boolean> =>
      thenForget(model, id, store.consumeRecord(db, codec.keyOf(model, id), clock.now())),

    /** Writes it unless it is there: true for exactly one caller (replay detection). */
    claim: (model: Model, id: string, payload: Payload, expiresInSeconds: number): Promise<boolean> =>
      store.claimRecord(db, codec.encode(model, id, payload, expiry(expiresInSeconds))),

    /** True when this call removed it: what may happen once is claimed this way. */
    remove: (model: Model, id: string): Promise<boolean> =>
      thenForget(model, id, store.removeRecord(db, codec.keyOf(model, id))),
  };
}
