import type { Database, Db } from '../../db/db.ts';
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
const unnamed = 'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
/** The same values as a row that conditions can follow; PostgreSQL has to be told their types. */
const selected = {
  sqlite: 'SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?',
  postgresql: 'SELECT ?::bytea, ?::smallint, ?::bytea, ?::bytea, ?::bytea, ?::bytea, ?::text, ?::text, ?::bigint',
};
/** What was spent is never written again: it would be there anew. */
const overwrite = `ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, grant_key = excluded.grant_key,
  uid_key = excluded.uid_key, user_code_key = excluded.user_code_key, account_id = excluded.account_id,
  client_id = excluded.client_id, expires_at = excluded.expires_at WHERE records.consumed_at IS NULL`;
const notRevoked = 'WHERE NOT EXISTS (SELECT 1 FROM revoked_grants WHERE grant_key = ?)';

const putAlone = `INSERT INTO records (${columns}) ${unnamed} ${overwrite}`;
const claim = `INSERT INTO records (${columns}) ${unnamed} ON CONFLICT (key) DO NOTHING`;
/** A grant has no grant that could be locked: the tombstone alone refuses it (see `putRecord`). */
const putGrant = {
  sqlite: `INSERT INTO records (${columns}) ${selected.sqlite} ${notRevoked} ${overwrite}`,
  postgresql: `INSERT INTO records (${columns}) ${selected.postgresql} ${notRevoked} ${overwrite}`,
};
/**
 * No token outlives a revocation that it raced with. On PostgreSQL the lock on the grant's row makes a revocation wait for
 * this statement, or this statement wait for it and then find no grant; SQLite has one writer anyway.
 */
const putUnderGrant = {
  sqlite: putGrant.sqlite,
  postgresql: `INSERT INTO records (${columns}) ${selected.postgresql}
    FROM records AS held WHERE held.key = ? FOR KEY SHARE OF held ${overwrite}`,
};

const valuesOf = (row: NewRecord) => [
  ...[row.key, row.model, row.payload, row.grantKey, row.uidKey, row.userCodeKey],
  ...[row.accountId, row.clientId, row.expiresAt],
];

/** What must hold for a write to happen: asked in its transaction, in which it may lock what it depends on. */
export type Condition = (tx: Db) => Promise<boolean>;

/**
 * Inserts or overwrites; false when the condition does not hold, when it is spent or when the grant it belongs to is
 * revoked: then nothing is written.
 */
export function putRecord(db: Database, row: NewRecord, condition?: Condition): Promise<boolean> {
  const isLocked = row.model === models.Grant && db.dialect === 'postgresql';
  if (!condition && !isLocked) return put(db, row);
  return db.transaction(async (tx) => {
    if (condition && !(await condition(tx))) return false;
    // A revocation that runs at the same time could commit between the look for its tombstone and the insert, and the
    // grant would be back: the two wait for each other. Last, for who revokes has locked what the condition locks.
    if (isLocked) await lockGrant(tx, row.key);
    return put(tx, row);
  });
}

async function put(db: Db, row: NewRecord): Promise<boolean> {
  const isGrant = row.model === models.Grant;
  const grantKey = isGrant ? row.key : row.grantKey;
  if (grantKey === null) return (await db.run(putAlone, valuesOf(row))) === 1;
  const sql = isGrant ? putGrant[db.dialect] : putUnderGrant[db.dialect];
  return (await db.run(sql, [...valuesOf(row), grantKey])) === 1;
}

/** Until the end of the transaction, this grant, beside whoever locks others but not all; SQLite has one writer anyway. */
async function lockGrant(tx: Db, grantKey: Buffer): Promise<void> {
  if (tx.dialect === 'sqlite') return;
  const sql = `SELECT pg_advisory_xact_lock_shared(hashtextextended('grants', 0)),
    pg_advisory_xact_lock(hashtextextended(encode(?::bytea, 'hex'), 0))`;
  await tx.get(sql, [grantKey]);
}

/** Inserts unless the key is there already; true for the one that was first. */
export async function claimRecord(db: Db, row: NewRecord): Promise<boolean> {
  return (await db.run(claim, valuesOf(row))) === 1;
}

/** Changes the payload of a record that is still there; true when it was. */
export async function replaceRecord(db: Db, row: NewRecord): Promise<boolean> {
  const sql = 'UPDATE records SET payload = ?, expires_at = ? WHERE key = ?';
  return (await db.run(sql, [row.payload, row.expiresAt, row.key])) === 1;
}

/** Writes a session that is still there, under a new key where it gets one; true when it was and the condition holds. */
export function moveRecord(db: Database, from: Buffer, row: NewRecord, condition?: Condition): Promise<boolean> {
  if (!condition) return move(db, from, row);
  return db.transaction(async (tx) => (await condition(tx)) && move(tx, from, row));
}

async function move(db: Db, from: Buffer, row: NewRecord): Promise<boolean> {
  const sql = 'UPDATE records SET key = ?, payload = ?, account_id = ?, expires_at = ? WHERE key = ?';
  return (await db.run(sql, [row.key, row.payload, row.accountId, row.expiresAt, from])) === 1;
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

export function removeByUid(db: Db, key: Buffer): Promise<number> {
  return db.run('DELETE FROM records WHERE uid_key = ?', [key]);
}

export function removeByGrant(db: Db, grantKey: Buffer, model: number): Promise<number> {
  return db.run('DELETE FROM records WHERE grant_key = ? AND model = ?', [grantKey, model]);
}

/** Tombstone first, then the grant, then what was issued under it; joins the caller's transaction. 1 when the grant was there. */
export async function revokeGrant(tx: Db, grantKey: Buffer, now: number, expiresAt: number): Promise<number> {
  await lockGrant(tx, grantKey);
  await tx.run(
    'INSERT INTO revoked_grants (grant_key, revoked_at, expires_at) VALUES (?, ?, ?) ON CONFLICT (grant_key) DO NOTHING',
    [grantKey, now, expiresAt],
  );
  const removed = await tx.run('DELETE FROM records WHERE key = ? AND model = ?', [grantKey, models.Grant]);
  await tx.run('DELETE FROM records WHERE grant_key = ?', [grantKey]);
  return removed;
}

/**
 * By the row's own address, which spares looking up each key a second time. Sessions of people are not among them: apps
 * have to be told of their end first (sessions.reap).
 */
const purge = (address: 'rowid' | 'ctid') =>
  `DELETE FROM records WHERE ${address} IN (SELECT ${address} FROM records
    WHERE expires_at < ? AND (model <> 1 OR account_id IS NULL) ORDER BY expires_at LIMIT ?)`;
const purgeSql = { sqlite: purge('rowid'), postgresql: purge('ctid') };

export function purgeRecords(db: Db, before: number, limit: number): Promise<number> {
  return db.run(purgeSql[db.dialect], [before, limit]);
}

export function purgeRevokedGrants(db: Db, before: number, limit: number): Promise<number> {
  return db.run(
    'DELETE FROM revoked_grants WHERE grant_key IN (SELECT grant_key FROM revoked_grants WHERE expires_at < ? LIMIT ?)',
    [before, limit],
  );
}
