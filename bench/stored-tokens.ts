/** A database file filled through the real records room with tokens as the engine stores them. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Clock } from '../src/base/clock.ts';
import { systemClock } from '../src/base/clock.ts';
import type { Database } from '../src/db/db.ts';
import { migrateToLatest } from '../src/db/migrate.ts';
import { openDatabase } from '../src/db/open.ts';
import { createAudit } from '../src/domain/audit/audit.ts';
import { createRecords, type Model, type Payload, type Records } from '../src/domain/records/records.ts';

const day = 86_400;
const tokensPerGrant = 4;
const rowsPerCommit = 2000;

export type Store = { db: Database; records: Records; close(): Promise<void> };

const keys = { idKey: createSecretKey(randomBytes(32)), payloadKey: createSecretKey(randomBytes(32)) };

/** Opens the file as a server does, with an empty cache. Creates the tables when they are absent. */
export async function openStore(file: string, clock: Clock = systemClock): Promise<Store> {
  const db = await openDatabase({ kind: 'file', path: file });
  await migrateToLatest(db);
  const records = createRecords({ db, clock, audit: createAudit({ clock }), ...keys, tombstoneSeconds: 3600 });
  return { db, records, close: () => db.close() };
}

/** The id of the token with that number, 43 characters as the engine makes them. */
export const tokenId = (number: number): string => `${'x'.repeat(33)}${String(number).padStart(10, '0')}`;

/** Every other token is a refresh token. */
export const tokenModel = (number: number): Model => (number % 2 === 0 ? 'AccessToken' : 'RefreshToken');

/** Member by member what the engine stores for a token of a code flow that was refreshed. */
export function tokenPayload(number: number, lifeSeconds: number): Payload {
  const issuedAt = 1_800_000_000;
  const refresh = number % 2 === 1 && { authTime: issuedAt, iiat: issuedAt, rotations: 3 };
  return {
    iat: issuedAt,
    exp: issuedAt + lifeSeconds,
    accountId: `acc_${String(number % 100_000).padStart(26, '0')}`,
    ...refresh,
    expiresWithSession: true,
    grantId: tokenId(Math.floor(number / tokensPerGrant)),
    gty: 'authorization_code refresh_token',
    sessionUid: tokenId(Math.floor(number / 8)),
    kind: tokenModel(number),
    jti: tokenId(number),
    clientId: 'bench-web',
    scope: 'openid email',
  };
}

/** Adds the tokens `from` to `to` (not included); `lifeSeconds` may be in the past. */
export async function fill(
  store: Store,
  { from, to, lifeSeconds }: { from: number; to: number; lifeSeconds(number: number): number },
): Promise<void> {
  for (let number = from; number < to; number += 1) {
    const life = lifeSeconds(number);
    await store.records.upsert(tokenModel(number), tokenId(number), tokenPayload(number, life), life);
    if (number % rowsPerCommit === 0) await store.db.flush();
  }
  await store.db.flush();
}

/** One in twenty ends within a minute, the others live 30 days. */
export const mixedLife = (number: number): number => (number % 20 === 0 ? 1 + (number % 50) : 30 * day);

/** Size of a closed database file. */
export const fileBytes = (file: string): number => statSync(file).size;
