import type { Db } from '../../db/db.ts';
import { models } from './model.ts';

export type RecordRow = { key: Buffer; payload: Buffer; consumed_at: number | null };

export type NewRecord = {
  key: Buffer;
  model: number;
  payload: Buffer;
  grantKey: Buffer | null;
  uidKey: Buffer | null;
  userCodeKey: Buffer | null;
  accountId: string | null;
  clientId: string | null;
  expiresAt: number | null;
};

const columns = 'key, model, payload, grant_key, uid_key, user_code_key, account_id, client_id, expires_at';
const onConflict = `ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, grant_key = excluded.grant_key,
  uid_key = excluded.uid_key, user_code_key = excluded.user_code_key, account_id = excluded.account_id,
  client_id = excluded.client_id, expires_at = excluded.expires_at`;

const put = `INSERT INTO records (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ${onConflict}`;
const claim = `INSERT INTO records (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`;

/** Both refuse a record whose grant is gone for good: no token outlives a revocation that it raced with. */
const putUnlessRevoked = {
  sqlite: `INSERT INTO records (${columns}) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?
    WHERE NOT EXISTS (SELECT 1 FROM revoked_grants WHERE grant_key = ?) ${onConflict}`,
  // The row lock makes a concurrent revocation wait, or this statement wait for it and then find no grant.
  postgresql: `INSERT INTO records (${columns})
    SELECT ?::bytea, ?::smallint, ?::bytea, ?::bytea, ?::bytea, ?::bytea, ?::text, ?::text, ?::bigint
    FROM records AS held WHERE held.key = ? FOR KEY SHARE OF held ${onConflict}`,
};

const valuesOf = (row: NewRecord) => [
  ...[row.key, row.model, row.payload, row.grantKey, row.uidKey, row.userCodeKey],
  ...[row.accountId, row.clientId, row.expiresAt],
];

export function putRecord(db: Db, row: NewRecord): Promise<number> {
  return db.run(put, valuesOf(row));
}

/** Inserts unless the grant `grantKey` is revoked; the number of rows written. */
export function putGrantedRecord(db: Db, row: NewRecord, grantKey: Buffer): Promise<number> {
  return db.run(putUnlessRevoked[db.dialect], [...valuesOf(row), grantKey]);
}

/** A grant itself has no grant to lock: only the tombstone can refuse it. */
export function putGrant(db: Db, row: NewRecord): Promise<number> {
  const sql = putUnlessRevoked.sqlite;
  return db.dialect === 'sqlite'
    ? db.run(sql, [...valuesOf(row), row.key])
    : db.run(putGrantPostgresql, [...valuesOf(row), row.key]);
}
const putGrantPostgresql = `INSERT INTO records (${columns})
    SELECT ?::bytea, ?::smallint, ?::bytea, ?::bytea, ?::bytea, ?::bytea, ?::text, ?::text, ?::bigint
    WHERE NOT EXISTS (SELECT 1 FROM revoked_grants WHERE grant_key = ?) ${onConflict}`;

/** Inserts unless the key is there already; true for the one that was first. */
export async function claimRecord(db: Db, row: NewRecord): Promise<boolean> {
  return (await db.run(claim, valuesOf(row))) === 1;
}

/** Changes the payload of a record that is still there; true when it was. */
export async function replaceRecord(db: Db, row: NewRecord): Promise<boolean> {
  const sql = 'UPDATE records SET payload = ?, expires_at = ? WHERE key = ?';
  return (await db.run(sql, [row.payload, row.expiresAt, row.key])) === 1;
}

export function findByKey(db: Db, key: Buffer): Promise<RecordRow | undefined> {
  return db.get<RecordRow>('SELECT key, payload, consumed_at FROM records WHERE key = ?', [key]);
}

export function findByUidKey(db: Db, key: Buffer): Promise<RecordRow | undefined> {
  return db.get<RecordRow>('SELECT key, payload, consumed_at FROM records WHERE uid_key = ?', [key]);
}

export function findByUserCodeKey(db: Db, key: Buffer): Promise<RecordRow | undefined> {
  return db.get<RecordRow>('SELECT key, payload, consumed_at FROM records WHERE user_code_key = ?', [key]);
}

/** Compare-and-set: true for the one caller that consumed it. */
export async function consumeRecord(db: Db, key: Buffer, now: number): Promise<boolean> {
  return (await db.run('UPDATE records SET consumed_at = ? WHERE key = ? AND consumed_at IS NULL', [now, key])) === 1;
}

export async function removeRecord(db: Db, key: Buffer): Promise<boolean> {
  return (await db.run('DELETE FROM records WHERE key = ?', [key])) === 1;
}

export function removeByGrant(db: Db, grantKey: Buffer, model: number): Promise<number> {
  return db.run('DELETE FROM records WHERE grant_key = ? AND model = ?', [grantKey, model]);
}

/** Tombstone first, then the grant, then what was issued under it; joins the caller's transaction. */
export async function revokeGrant(tx: Db, grantKey: Buffer, now: number, expiresAt: number): Promise<void> {
  await tx.run(
    'INSERT INTO revoked_grants (grant_key, revoked_at, expires_at) VALUES (?, ?, ?) ON CONFLICT (grant_key) DO NOTHING',
    [grantKey, now, expiresAt],
  );
  await tx.run('DELETE FROM records WHERE key = ? AND model = ?', [grantKey, models.Grant]);
  await tx.run('DELETE FROM records WHERE grant_key = ?', [grantKey]);
}

export function purgeRecords(db: Db, before: number, limit: number): Promise<number> {
  return db.run(
    'DELETE FROM records WHERE key IN (SELECT key FROM records WHERE expires_at < ? ORDER BY expires_at LIMIT ?)',
    [before, limit],
  );
}

export function purgeRevokedGrants(db: Db, before: number, limit: number): Promise<number> {
  return db.run(
    'DELETE FROM revoked_grants WHERE grant_key IN (SELECT grant_key FROM revoked_grants WHERE expires_at < ? LIMIT ?)',
    [before, limit],
  );
}
