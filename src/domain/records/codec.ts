import { createHmac, type KeyObject } from 'node:crypto';
import { open, seal } from '../../base/vault.ts';
import { grantable, type Model, models, type Payload } from './model.ts';
import type { NewRecord, RecordRow } from './store.ts';

/** Of the 32 bytes of the HMAC (RFC 2104 §5 allows half): each row holds up to three of them, and the indexes again. */
const keyBytes = 20;

export type Codec = ReturnType<typeof createCodec>;

/** Between payloads and rows: ids become HMACs, payloads are sealed and tied to their row (security.md finding 3). */
export function createCodec({ idKey, payloadKey }: { idKey: KeyObject; payloadKey: KeyObject }) {
  const keyOf = (label: string, id: string): Buffer =>
    createHmac('sha256', idKey).update(`${label}\0${id}`).digest().subarray(0, keyBytes);

  return {
    keyOf,

    /** `expiresAt` in epoch ms. */
    encode(model: Model, id: string, payload: Payload, expiresAt: number | null): NewRecord {
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
        expiresAt,
      };
    },

    /** The payload as JSON text, with `consumed` in epoch seconds once it is spent. Throws when the row was changed. */
    decode(model: Model, row: RecordRow): string {
      const json = open(payloadKey, row.payload, contextOf(models[model], row.key)).toString();
      if (row.consumed_at === null) return json;
      return `${json.slice(0, -1)},"consumed":${Math.floor(row.consumed_at / 1000)}}`;
    },
  };
}

/** Ties a payload to its table, model and key: a row that was copied elsewhere does not open. */
function contextOf(model: number, key: Buffer): Buffer {
  return Buffer.concat([contextPrefix, Buffer.of(model), key]);
}
const contextPrefix = Buffer.from('records|payload|');
