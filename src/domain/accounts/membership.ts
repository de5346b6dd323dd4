/** What other rooms' removals ask of accounts: to leave a group, and who uses an attribute. */
import { refuseDeclared } from '../../base/administered.ts';
import type { Clock } from '../../base/clock.ts';
import { fromJson, isStorable } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { Circumstances } from '../audit/audit.ts';

/** The list without one name, in its order: a group may have everybody in it, so one statement takes them all out. */
const without = {
  sqlite: '(SELECT json_group_array(value ORDER BY key) FROM json_each(accounts.group_names) WHERE value <> ?)',
  postgresql: '(group_names::jsonb - ?::text)::text',
};
const leaveSql = (dialect: Db['dialect']) => `UPDATE accounts SET group_names = ${without[dialect]}, updated_at = ?,
  version = version + 1 WHERE id IN (SELECT account_id FROM account_groups WHERE group_name = ?)`;
const leave = { sqlite: leaveSql('sqlite'), postgresql: leaveSql('postgresql') };

/**
 * Takes all members out of the group and says how many; joins the transaction and records nothing (the removal of the
 * group does). Throws `conflict` when the file declares one of them.
 */
export async function removeFromGroupIn(
  tx: Db,
  clock: Clock,
  group: string,
  { source }: Circumstances,
): Promise<number> {
  if (!isStorable(group)) return 0;
  if (source !== 'file') await refuseDeclaredMember(tx, group);
  const left = await tx.run(leave[tx.dialect], [group, clock.now(), group]);
  await tx.run('DELETE FROM account_groups WHERE group_name = ?', [group]);
  return left;
}

async function refuseDeclaredMember(tx: Db, group: string): Promise<void> {
  const declared = await tx.get<{ username: string }>(
    `SELECT accounts.username AS username FROM account_groups JOIN accounts ON accounts.id = account_groups.account_id
      WHERE account_groups.group_name = ? AND accounts.origin = 'file' LIMIT 1`,
    [group],
  );
  if (declared) refuseDeclared(declared.username, 'file', undefined);
}

/** How many accounts have a value for the attribute. */
export async function countWithAttribute(db: Db, name: string): Promise<number> {
  if (!isStorable(name)) return 0;
  const pattern = `%"${name.replace(/[!%_]/g, '!$&')}":%`;
  // The text may stand deeper in a value as well: the parsed object decides.
  const rows = await db.all<{ attributes: string }>(
    "SELECT attributes FROM accounts WHERE attributes LIKE ? ESCAPE '!'",
    [pattern],
  );
  return rows.filter(({ attributes }) => Object.hasOwn(fromJson<object>(attributes), name)).length;
}
