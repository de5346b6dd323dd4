/**
 * records: what the protocol issued (sessions, grants, codes, tokens, interactions). Ids are stored as HMACs, payloads
 * sealed; a code or refresh token is spent by one statement, and what was revoked stays revoked. Owns the tables `records`
 * and `revoked_grants`. Knows no protocol rule, no client and no account: who lost a race is told by the answer.
 */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Database } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import { createCodec } from './codec.ts';
import { type Model, models, type Payload } from './model.ts';
import { createPurge } from './purge.ts';
import { createReading } from './reading.ts';
import { createSessionWriting } from './sessions.ts';
import * as store from './store.ts';

export type { Model, Payload } from './model.ts';
export { isModel } from './model.ts';

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

  /** Only when it is done: a read in between would put the old state back. Also when it failed and may yet be done. */
  const thenForget = (model: Model, id: string, work: Promise<boolean>): Promise<boolean> =>
    work.finally(() => reading.forget(model, id));

  return {
    find: reading.find,
    findByUid: reading.findByUid,
    findByUserCode: reading.findByUserCode,
    purge: createPurge(db, clock),
    ...createSessionWriting({ db, codec, reading, expiry }),

    /** Writes a record. False when it is spent, or its grant revoked: then nothing was written. */
    async upsert(model: Model, id: string, payload: Payload, expiresInSeconds?: number): Promise<boolean> {
      const mark = reading.mark();
      const put = model === 'Grant' ? store.putGrantAlone : store.putRecord;
      const isWritten = await put(db, codec.encode(model, id, payload, expiry(expiresInSeconds)));
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

    /** Removes the records of one model under a grant; the grant stays. */
    async removeByGrant(model: Model, grantId: string): Promise<void> {
      await store.removeByGrant(db, grantKey(grantId), models[model]).finally(reading.forgetAll);
    },

    /** Ends a grant for good, in one transaction: nothing issued under it stays, nothing can be added (finding 2). */
    async revokeGrant(grantId: string): Promise<void> {
      const now = clock.now();
      const revoked = db.transaction((tx) =>
        store.revokeGrant(tx, grantKey(grantId), now, now + dependencies.tombstoneSeconds * 1000),
      );
      await revoked.finally(reading.forgetAll);
    },
  };
}
