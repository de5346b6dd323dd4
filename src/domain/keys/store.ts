/** The table `keys`: rows in and out. Every function takes the connection or transaction to work in. */

import { type Algorithm, algorithms } from '../../base/algorithms.ts';
import type { Db } from '../../db/db.ts';
import type { Key, KeyState } from './key.ts';

/** A key with what is sealed of it (empty once it is removed) and its public part as JSON, where it is known. */
export type StoredKey = Key & { sealedJwk: Buffer; publicJwk: string | undefined };

type Row = {
  kid: string;
  algorithm: Algorithm;
  state: KeyState;
  sealed_jwk: Buffer;
  public_jwk: string | null;
  created_at: number;
  activates_at: number | null;
  activated_at: number | null;
  retired_at: number | null;
  removed_at: number | null;
  revoked_at: number | null;
};

const columns = `kid, algorithm, state, sealed_jwk, public_jwk,
  created_at, activates_at, activated_at, retired_at, removed_at, revoked_at`;

const byAlgorithm = (one: Key, other: Key): number =>
  algorithms.indexOf(one.algorithm) - algorithms.indexOf(other.algorithm);

/** Keys that are published or were; of each algorithm the youngest first, the algorithms in their order. */
export async function selectKeys(db: Db): Promise<StoredKey[]> {
  const rows = await db.all<Row>(`SELECT ${columns} FROM keys ORDER BY created_at DESC, kid`);
  return rows.map(toKey).sort(byAlgorithm);
}

/** Nobody else changes a key until the end of the transaction; SQLite has one writer anyway. */
export async function lockKeys(tx: Db): Promise<void> {
  if (tx.dialect === 'postgresql') await tx.run('LOCK TABLE keys IN EXCLUSIVE MODE');
}

const toKey = (row: Row): StoredKey => ({
  ...{ kid: row.kid, algorithm: row.algorithm, state: row.state, isRevoked: row.revoked_at !== null },
  createdAt: row.created_at,
  activatesAt: row.activates_at ?? undefined,
  activatedAt: row.activated_at ?? undefined,
  retiredAt: row.retired_at ?? undefined,
  removedAt: row.removed_at ?? undefined,
  sealedJwk: row.sealed_jwk,
  publicJwk: row.public_jwk ?? undefined,
});

export function insertKey(tx: Db, key: Omit<StoredKey, 'isRevoked'>): Promise<number> {
  const sql = `INSERT INTO keys (kid, algorithm, state, sealed_jwk, public_jwk, created_at, activates_at, activated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
  const { kid, algorithm, state, sealedJwk, publicJwk = null, createdAt, activatesAt, activatedAt } = key;
  const times = [createdAt, activatesAt ?? null, activatedAt ?? null];
  return tx.run(sql, [kid, algorithm, state, sealedJwk, publicJwk, ...times]);
}

export const activateKey = (tx: Db, kid: string, now: number): Promise<number> =>
  tx.run(`UPDATE keys SET state = 'active', activated_at = ? WHERE kid = ? AND state = 'pending'`, [now, kid]);

export const retireKey = (tx: Db, kid: string, now: number): Promise<number> =>
  tx.run(`UPDATE keys SET state = 'retiring', retired_at = ? WHERE kid = ? AND state IN ('active', 'pending')`, [
    now,
    kid,
  ]);

/** Erases the private part and keeps the public one. */
export const removeKey = (tx: Db, kid: string, publicJwk: string | undefined, now: number): Promise<number> =>
  tx.run(
    `UPDATE keys SET state = 'removed', removed_at = COALESCE(removed_at, ?), sealed_jwk = ?,
      public_jwk = COALESCE(public_jwk, ?) WHERE kid = ?`,
    [now, Buffer.alloc(0), publicJwk ?? null, kid],
  );

export const markRevoked = (tx: Db, kid: string, now: number): Promise<number> =>
  tx.run('UPDATE keys SET revoked_at = COALESCE(revoked_at, ?) WHERE kid = ?', [now, kid]);

/**
 * Removes all keys that are published, whose private parts nobody can open any more; what they signed stays ours. Joins the
 * transaction; how many. `now` is epoch ms.
 */
export const forgetKeys = (tx: Db, now: number): Promise<number> =>
  tx.run(`UPDATE keys SET state = 'removed', removed_at = ?, sealed_jwk = ? WHERE state <> 'removed'`, [
    now,
    Buffer.alloc(0),
  ]);

/** Which published keys are in which state, as one text: it changes when any of them does. */
export const versionOf = (keys: readonly Pick<Key, 'kid' | 'state'>[]): string =>
  keys
    .filter(({ state }) => state !== 'removed')
    .map(({ kid, state }) => `${kid} ${state}`)
    .sort()
    .join('\n');
