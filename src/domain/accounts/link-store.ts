/** The table `account_links`: rows in and out. An id is the digest of what the link carries. */
import type { Db } from '../../db/db.ts';

export type LinkPurpose = 'invite' | 'reset' | 'setup';
export type LinkRow = { id: string; purpose: LinkPurpose; accountId: string | undefined; expiresAt: number };

type Row = { id: string; purpose: LinkPurpose; account_id: string | null; expires_at: number };

/** The link, if it has not ended. */
export async function findLinkRow(db: Db, id: string, now: number): Promise<LinkRow | undefined> {
  const sql = 'SELECT id, purpose, account_id, expires_at FROM account_links WHERE id = ? AND expires_at > ?';
  const row = await db.get<Row>(sql, [id, now]);
  return row && { id, purpose: row.purpose, accountId: row.account_id ?? undefined, expiresAt: row.expires_at };
}

export async function insertLink(tx: Db, { id, purpose, accountId, expiresAt }: LinkRow, now: number): Promise<void> {
  const sql = 'INSERT INTO account_links (id, purpose, account_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?)';
  await tx.run(sql, [id, purpose, accountId ?? null, now, expiresAt]);
}

/** Takes the link out of the table; false when it was not there any more, or has ended: of many at once one gets true. */
export async function spendLink(tx: Db, id: string, now: number): Promise<boolean> {
  return (await tx.run('DELETE FROM account_links WHERE id = ? AND expires_at > ?', [id, now])) === 1;
}

export async function deleteLinksOf(tx: Db, accountId: string): Promise<void> {
  await tx.run('DELETE FROM account_links WHERE account_id = ?', [accountId]);
}

export async function deleteSetupLinks(tx: Db): Promise<void> {
  await tx.run("DELETE FROM account_links WHERE purpose = 'setup'");
}

export async function deleteAllLinks(tx: Db): Promise<void> {
  await tx.run('DELETE FROM account_links');
}

/** Deletes up to `batch` links that have ended; says how many. */
export const purgeLinks = (db: Db, now: number, batch: number): Promise<number> =>
  db.run(
    `DELETE FROM account_links WHERE id IN
      (SELECT id FROM account_links WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
    [now, batch],
  );
