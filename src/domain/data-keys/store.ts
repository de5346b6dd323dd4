/** The table `data_keys`: rows in and out. Every function takes the connection or transaction to work in. */
import type { Db } from '../../db/db.ts';

export type Purpose = 'record-ids' | 'records' | 'keys' | 'cookies' | 'accounts' | 'forms' | 'proofs';

/** `secret_id` names the secret that the key is sealed under. Times are epoch ms. */
export type DataKeyRow = {
  id: string;
  purpose: Purpose;
  secret_id: string;
  sealed_key: Buffer;
  created_at: number;
  retired_at: number | null;
};

export function selectDataKeys(db: Db): Promise<DataKeyRow[]> {
  const columns = 'id, purpose, secret_id, sealed_key, created_at, retired_at';
  return db.all<DataKeyRow>(`SELECT ${columns} FROM data_keys ORDER BY created_at DESC, id`);
}

/** Nobody else changes a key until the end of the transaction; SQLite has one writer anyway. */
export async function lockDataKeys(tx: Db): Promise<void> {
  if (tx.dialect === 'postgresql') await tx.run('LOCK TABLE data_keys IN EXCLUSIVE MODE');
}

export async function insertDataKey(tx: Db, row: DataKeyRow): Promise<void> {
  await tx.run('INSERT INTO data_keys (id, purpose, secret_id, sealed_key, created_at) VALUES (?, ?, ?, ?, ?)', [
    ...[row.id, row.purpose, row.secret_id, row.sealed_key, row.created_at],
  ]);
}

type Sealed = Pick<DataKeyRow, 'secret_id' | 'sealed_key'>;

export const resealDataKey = (tx: Db, { id }: DataKeyRow, { secret_id, sealed_key }: Sealed): Promise<number> =>
  tx.run('UPDATE data_keys SET secret_id = ?, sealed_key = ? WHERE id = ?', [secret_id, sealed_key, id]);

export const removeDataKey = (tx: Db, id: string): Promise<number> =>
  tx.run('DELETE FROM data_keys WHERE id = ?', [id]);

export const retireCookieKeys = (tx: Db, now: number): Promise<number> =>
  tx.run(`UPDATE data_keys SET retired_at = ? WHERE purpose = 'cookies' AND retired_at IS NULL`, [now]);

/** Cookie keys that have been out of use since before that time (epoch ms). */
export const removeCookieKeys = (db: Db, retiredBefore: number): Promise<number> =>
  db.run(`DELETE FROM data_keys WHERE purpose = 'cookies' AND retired_at < ?`, [retiredBefore]);
