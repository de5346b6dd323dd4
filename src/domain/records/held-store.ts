/** The SQL of what one account or one client holds: its sessions and its grants, with all that was issued under them. */
import type { Db } from '../../db/db.ts';
import { models } from './model.ts';
import type { RecordRow } from './store.ts';

export type HeldRow = RecordRow & { model: number; uid_key: Buffer | null; expires_at: number | null };

/** Whose grants: all of an account, or all of a client. The conditions are those of the partial indexes, word for word. */
export type Holder = 'account' | 'client';

const columns = 'key, model, payload, uid_key, consumed_at, expires_at';
const ofAccount = 'account_id = ? AND model IN (1, 2)';
const ofClient = 'client_id = ? AND model IN (2, 6, 7)';
const isLive = '(expires_at IS NULL OR expires_at > ?)';

/** Sessions and grants that are not over at `now`; with 0 also those that nobody has removed yet. */
export function findOfAccount(db: Db, accountId: string, now: number): Promise<HeldRow[]> {
  return db.all<HeldRow>(`SELECT ${columns} FROM records WHERE ${ofAccount} AND ${isLive}`, [accountId, now]);
}

/**
 * Keeps the sessions of an account as they are until the end of the transaction. Not its grants: who writes one holds the
 * lock of `revokeGrantsOf` before the row.
 */
export async function lockSessionsOf(tx: Db, accountId: string): Promise<void> {
  if (tx.dialect === 'sqlite') return;
  await tx.all(`SELECT key FROM records WHERE ${ofAccount} AND model = ? FOR UPDATE`, [accountId, models.Session]);
}

/** A request that is writing the row is waited for, and none writes it until the end; SQLite has one writer anyway. */
const lockOf = ({ dialect }: Db): string => (dialect === 'postgresql' ? ' FOR UPDATE' : '');

/** Sessions of whomever, in the order of their handles. */
export function findSessionsAfter(db: Db, after: Buffer, now: number, limit: number): Promise<HeldRow[]> {
  const sql = `SELECT ${columns} FROM records
    WHERE uid_key > ? AND account_id IS NOT NULL AND ${isLive} ORDER BY uid_key LIMIT ?`;
  return db.all<HeldRow>(sql, [after, now, limit]);
}

/** Grants of whomever, in the order of their accounts, after one of them. */
export function findGrantsAfter(
  db: Db,
  accountId: string,
  key: Buffer,
  now: number,
  limit: number,
): Promise<{ key: Buffer; account_id: string; client_id: string }[]> {
  const sql = `SELECT key, account_id, client_id FROM records
    WHERE account_id IS NOT NULL AND client_id IS NOT NULL AND model IN (1, 2) AND model = 2
      AND account_id >= ? AND (account_id > ? OR key > ?) AND ${isLive}
    ORDER BY account_id, key LIMIT ?`;
  return db.all(sql, [accountId, accountId, key, now, limit]);
}

export function findSession(db: Db, uidKey: Buffer, isLocked = false): Promise<HeldRow | undefined> {
  return db.get<HeldRow>(`SELECT ${columns} FROM records WHERE uid_key = ?${isLocked ? lockOf(db) : ''}`, [uidKey]);
}

export function findGrant(db: Db, key: Buffer): Promise<HeldRow | undefined> {
  return db.get<HeldRow>(`SELECT ${columns} FROM records WHERE key = ? AND model = ?`, [key, models.Grant]);
}

/** Sessions whose time was over at `now`, at most `limit`, locked until the end of the transaction. */
export function findExpiredSessions(tx: Db, now: number, limit: number): Promise<HeldRow[]> {
  const lock = tx.dialect === 'postgresql' ? ' FOR UPDATE SKIP LOCKED' : '';
  const sql = `SELECT ${columns} FROM records
    WHERE expires_at <= ? AND model = 1 AND account_id IS NOT NULL ORDER BY expires_at LIMIT ?${lock}`;
  return tx.all<HeldRow>(sql, [now, limit]);
}

/** All sessions of an account but one; an empty key keeps none. */
export function removeSessions(tx: Db, accountId: string, keep: Buffer): Promise<number> {
  const sql = `DELETE FROM records WHERE ${ofAccount} AND model = ? AND uid_key <> ?`;
  return tx.run(sql, [accountId, models.Session, keep]);
}

/** What a client got or began without a grant. */
export function removeUngranted(tx: Db, clientId: string): Promise<number> {
  return tx.run(`DELETE FROM records WHERE ${ofClient} AND model <> 2`, [clientId]);
}

/** The grants of a holder without those whose keys are in a JSON list of hex. */
const grantsOf = (holder: Holder, dialect: Db['dialect']): string => {
  const held =
    holder === 'account' ? `${ofAccount} AND model = 2` : 'client_id = ? AND model IN (2, 6, 7) AND model = 2';
  const isKept = {
    sqlite: 'lower(hex(key)) IN (SELECT value FROM json_each(?))',
    postgresql: `encode(key, 'hex') IN (SELECT jsonb_array_elements_text(?::jsonb))`,
  };
  return `${held} AND NOT ${isKept[dialect]}`;
};

const statementsOf = (holder: Holder, dialect: Db['dialect']) => {
  const grants = grantsOf(holder, dialect);
  return {
    lock: `SELECT key FROM records WHERE ${grants} FOR UPDATE`,
    bury: `INSERT INTO revoked_grants (grant_key, revoked_at, expires_at)
      SELECT key, CAST(? AS BIGINT), CAST(? AS BIGINT) FROM records WHERE ${grants}
      ON CONFLICT (grant_key) DO NOTHING`,
    removeIssued: `DELETE FROM records WHERE grant_key IN (SELECT key FROM records WHERE ${grants})`,
    removeGrants: `DELETE FROM records WHERE ${grants}`,
  };
};
const statements = {
  sqlite: { account: statementsOf('account', 'sqlite'), client: statementsOf('client', 'sqlite') },
  postgresql: { account: statementsOf('account', 'postgresql'), client: statementsOf('client', 'postgresql') },
};

/**
 * Tombstones, then what was issued, then the grants themselves, however many; returns how many grants. On PostgreSQL it
 * excludes whoever writes or revokes a grant (`lockGrant` holds the same lock, shared), and the rows are locked first: a
 * token that is being issued under one is waited for and goes with it.
 */
export async function revokeGrantsOf(
  tx: Db,
  holder: Holder,
  id: string,
  { keep, now, expiresAt }: { keep: string[]; now: number; expiresAt: number },
): Promise<number> {
  const sql = statements[tx.dialect][holder];
  const grants = [id, JSON.stringify(keep)];
  if (tx.dialect === 'postgresql') {
    await tx.get(`SELECT pg_advisory_xact_lock(hashtextextended('grants', 0))`);
    await tx.all(sql.lock, grants);
  }
  await tx.run(sql.bury, [now, expiresAt, ...grants]);
  await tx.run(sql.removeIssued, grants);
  return tx.run(sql.removeGrants, grants);
}
