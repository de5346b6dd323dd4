/** The table `api_keys`: rows in and out. Every function takes the connection or transaction to work in. */
import { fromJson, isStorable, toJson } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { ApiScope } from './scopes.ts';

/**
 * A key, without what proves it. It ends with the account, the key and the client that it was made by, as far as there are
 * such (`createdBy…`: their ids). Times are epoch ms.
 */
export type ApiKey = {
  id: string;
  name: string;
  scopes: ApiScope[];
  createdBy?: string;
  createdByKey?: string;
  createdByClient?: string;
  createdAt: number;
  expiresAt: number;
  lastUsedAt?: number;
  revokedAt?: number;
};

type Row = {
  id: string;
  name: string;
  scopes: string;
  created_by: string | null;
  created_by_key: string | null;
  created_by_client: string | null;
  created_at: number;
  expires_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
};

const columns =
  'id, name, scopes, created_by, created_by_key, created_by_client, created_at, expires_at, last_used_at, revoked_at';

export async function listKeys(db: Db): Promise<ApiKey[]> {
  return (await db.all<Row>(`SELECT ${columns} FROM api_keys ORDER BY created_at DESC, id`)).map(toKey);
}

const selectOne = `SELECT ${columns} FROM api_keys WHERE id = ?`;

export async function findKey(db: Db, id: string): Promise<ApiKey | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db.get<Row>(selectOne, [id]);
  return row && toKey(row);
}

/** On SQLite a transaction is alone. */
const selectMaker = { sqlite: selectOne, postgresql: `${selectOne} FOR SHARE` };

/** The key that makes another: whoever revokes it waits for the transaction, and then finds what it made. */
export async function findMaker(tx: Db, id: string): Promise<ApiKey | undefined> {
  const row = await tx.get<Row>(selectMaker[tx.dialect], [id]);
  return row && toKey(row);
}

export async function findKeyByHash(db: Db, hash: string): Promise<ApiKey | undefined> {
  const row = await db.get<Row>(`SELECT ${columns} FROM api_keys WHERE hash = ?`, [hash]);
  return row && toKey(row);
}

/** The keys that have not been revoked, also those that have expired. */
export async function liveKeys(db: Db): Promise<ApiKey[]> {
  return (await db.all<Row>(`SELECT ${columns} FROM api_keys WHERE revoked_at IS NULL`)).map(toKey);
}

/** The keys of an account that have not been revoked, also those that have expired. */
export async function liveKeysOf(tx: Db, accountId: string): Promise<ApiKey[]> {
  const sql = `SELECT ${columns} FROM api_keys WHERE created_by = ? AND revoked_at IS NULL ORDER BY created_at, id`;
  return (await tx.all<Row>(sql, [accountId])).map(toKey);
}

/** The keys that a key made and that have not been revoked, also those that have expired. */
export async function liveKeysMadeBy(tx: Db, keyId: string): Promise<ApiKey[]> {
  const sql = `SELECT ${columns} FROM api_keys WHERE created_by_key = ? AND revoked_at IS NULL ORDER BY created_at, id`;
  return (await tx.all<Row>(sql, [keyId])).map(toKey);
}

/** Deletes up to `batch` keys that ended before `before` (epoch ms); says how many. */
export function deleteEnded(db: Db, before: number, batch: number): Promise<number> {
  const sql = `DELETE FROM api_keys WHERE id IN
    (SELECT id FROM api_keys WHERE expires_at < ? OR revoked_at < ? ORDER BY created_at LIMIT ?)`;
  return db.run(sql, [before, before, batch]);
}

export async function insertKey(tx: Db, key: ApiKey, hash: string): Promise<void> {
  const { id, name, scopes, createdBy = null, createdByKey = null, createdByClient = null, createdAt, expiresAt } = key;
  const sql = `INSERT INTO api_keys
    (id, name, hash, scopes, created_by, created_by_key, created_by_client, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  const made = [createdBy, createdByKey, createdByClient];
  await tx.run(sql, [id, name, hash, toJson(scopes), ...made, createdAt, expiresAt]);
}

/** False when it has been revoked before. */
export async function revokeKey(tx: Db, id: string, now: number): Promise<boolean> {
  return (await tx.run('UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', [now, id])) === 1;
}

/** Of many requests at once, one writes. */
export async function noteUse(db: Db, id: string, { at, ifBefore }: { at: number; ifBefore: number }): Promise<void> {
  const sql = 'UPDATE api_keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at <= ?)';
  await db.run(sql, [at, id, ifBefore]);
}

function toKey(row: Row): ApiKey {
  return {
    id: row.id,
    name: row.name,
    scopes: fromJson(row.scopes),
    ...(row.created_by !== null && { createdBy: row.created_by }),
    ...(row.created_by_key !== null && { createdByKey: row.created_by_key }),
    ...(row.created_by_client !== null && { createdByClient: row.created_by_client }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}
