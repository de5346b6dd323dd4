import { toBoolean } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';

type Row = { id: string; username: string; disabled: number; tokens_from: number | null; password_hash: string | null };
const select = 'SELECT id, username, disabled, tokens_from, password_hash FROM accounts ORDER BY username_key, id';

/**
 * After a restore, in the caller's transaction: whose sign-in the backup brings back as it was. User names of those who by
 * now were disabled, removed or had another password in `present`, the database that is being replaced. What had ended for
 * them there stays ended.
 */
export async function compareRestoredAccounts(tx: Db, present: Db): Promise<string[]> {
  const now = new Map((await present.all<Row>(select)).map((row) => [row.id, row]));
  const names: string[] = [];
  for (const row of await tx.all<Row>(select)) {
    const later = now.get(row.id);
    const tokensFrom = later?.tokens_from ?? 0;
    if (tokensFrom > (row.tokens_from ?? 0)) {
      await tx.run('UPDATE accounts SET tokens_from = ? WHERE id = ?', [tokensFrom, row.id]);
    }
    const isSame = later !== undefined && !toBoolean(later.disabled) && later.password_hash === row.password_hash;
    if (!toBoolean(row.disabled) && !isSame) names.push(row.username);
  }
  return names;
}
