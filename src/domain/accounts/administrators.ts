/** Who can administer: an enabled member of an admin group with a password. There always is one, once there was (M08). */
import { PosternError } from '../../base/errors.ts';
import type { Db } from '../../db/db.ts';

export type Administrator = { id: string; username: string };

/** The `conflict` of a change after which none of those who could administer is left. */
export function lastAdministratorGone(
  before: readonly { username: string }[],
  adminGroups: readonly string[],
): PosternError {
  const names = before.map(({ username }) => username).join(', ');
  const subject = before.length === 1 ? `${names} is the last administrator` : `${names} are the last administrators`;
  return new PosternError(
    'conflict',
    `${subject} who can sign in. Make somebody else an administrator first: a member of ${adminGroups.join(' or ')}.`,
  );
}

/** The room's part about administrators. All functions join the transaction that they are handed. */
export function createAdministrators(adminGroups: readonly string[]) {
  const select = `SELECT DISTINCT accounts.id AS id, accounts.username AS username FROM account_groups
    JOIN accounts ON accounts.id = account_groups.account_id
    WHERE account_groups.group_name IN (${adminGroups.map(() => '?').join(', ') || 'NULL'})
    AND accounts.disabled = 0 AND accounts.password_hash IS NOT NULL ORDER BY accounts.username`;

  const administratorsIn = (tx: Db): Promise<Administrator[]> => tx.all<Administrator>(select, adminGroups);

  /** On SQLite a transaction is alone anyway; on PostgreSQL it is from here to its end, among those that ask for this. */
  async function lockIn(tx: Db): Promise<void> {
    if (tx.dialect !== 'postgresql') return;
    await tx.get(`SELECT pg_advisory_xact_lock(hashtextextended('administrators', 0))`);
  }

  /**
   * Does the work and throws `conflict` when it leaves nobody who can administer, where there was somebody. Whatever
   * changes or removes accounts runs inside it, so that two who demote each other at once don't both succeed.
   */
  async function keepAdministratorIn<Result>(tx: Db, work: () => Promise<Result>): Promise<Result> {
    await lockIn(tx);
    const before = await administratorsIn(tx);
    const result = await work();
    if (before.length === 0 || (await administratorsIn(tx)).length > 0) return result;
    throw lastAdministratorGone(before, adminGroups);
  }

  return { administratorsIn, keepAdministratorIn, lockIn };
}

export type Administrators = ReturnType<typeof createAdministrators>;
