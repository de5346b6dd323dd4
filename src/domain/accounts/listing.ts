/** Pages of accounts by user name, and how many there are: fast with 100,000 of them (index `accounts_listing`). */
import { canonicalName } from '../../base/names.ts';
import { decodeCursor, type PageOf, type PageRequest, pageOf } from '../../base/paging.ts';
import { isStorable } from '../../db/columns.ts';
import type { Db, Value } from '../../db/db.ts';
import type { Account } from './account.ts';
import { columns, type Row, toAccount } from './store.ts';

export type AccountFilters = {
  /** Part of a user name, name or e-mail address, however it is written. */
  search?: string | undefined;
  group?: string | undefined;
  disabled?: boolean | undefined;
};

/** Up to so many members are sorted; a larger group is looked up along the list of all accounts. */
const smallGroup = 1000;
const longestSearch = 256;

/** A page of accounts, by canonical user name. Throws `invalid` (HTTP status 400) for a cursor that was not made here. */
export async function listAccounts(
  db: Db,
  { limit, after, search = '', group, disabled }: PageRequest & AccountFilters,
): Promise<PageOf<Account>> {
  const start = after === undefined ? [''] : decodeCursor(after, ['string']);
  const pattern = patternOf(search);
  if (pattern === undefined || (group !== undefined && !isStorable(group))) return { items: [], next: undefined };
  const isSmall = group !== undefined && (await countMembers(db, group, smallGroup + 1)) <= smallGroup;
  const { sql, values } = selectPage({ group, isSmall, start: start[0] as string, pattern, disabled });
  const rows = await db.all<Row & { username_key: string }>(sql, [...values, limit + 1]);
  const page = pageOf(rows, limit, (row) => [row.username_key]);
  return { ...page, items: page.items.map(toAccount) };
}

type Conditions = { group: string | undefined; isSmall: boolean; start: string; pattern: string } & {
  disabled: boolean | undefined;
};

/**
 * The page is chosen in the index alone and its rows are fetched afterwards. The members of a small group are the start of
 * the search; with a large one each account in turn is asked whether it is a member. A few fixed texts, whatever is asked.
 */
function selectPage({ group, isSmall, start, pattern, disabled }: Conditions): { sql: string; values: Value[] } {
  const parts: [string, Value[]][] = [['listed.username_key > ?', [start]]];
  if (pattern !== '') parts.push([`listed.search_text LIKE ? ESCAPE '!'`, [pattern]]);
  if (disabled !== undefined) parts.push(['listed.disabled = ?', [disabled ? 1 : 0]]);
  if (group !== undefined && isSmall)
    parts.push(['listed.id IN (SELECT account_id FROM account_groups WHERE group_name = ?)', [group]]);
  if (group !== undefined && !isSmall) {
    const isMember = 'SELECT 1 FROM account_groups WHERE group_name = ? AND account_id = listed.id';
    parts.push([`EXISTS (${isMember})`, [group]]);
  }
  const where = parts.map(([condition]) => condition).join(' AND ');
  const sql = `SELECT ${columns}, page.username_key AS username_key
    FROM (SELECT listed.username_key AS username_key, listed.id AS id FROM accounts AS listed
      WHERE ${where} ORDER BY listed.username_key LIMIT ?) AS page
    JOIN accounts ON accounts.id = page.id ORDER BY page.username_key`;
  return { sql, values: parts.flatMap(([, given]) => given) };
}

/** A pattern for LIKE, '' for everything, undefined for what no text contains. */
function patternOf(search: string): string | undefined {
  if (search.length > longestSearch || !isStorable(search)) return undefined;
  const wanted = canonicalName(search);
  return wanted === '' ? '' : `%${wanted.replace(/[!%_]/g, '!$&')}%`;
}

/** How many accounts there are, or how many are in the group. */
export async function countAccounts(db: Db, { group }: { group?: string | undefined } = {}): Promise<number> {
  if (group !== undefined) return isStorable(group) ? countMembers(db, group) : 0;
  return countOf(await db.get<{ count: number }>('SELECT COUNT(*) AS count FROM accounts'));
}

/** The members of a group, counted no further than `most`. */
async function countMembers(db: Db, group: string, most = Number.MAX_SAFE_INTEGER): Promise<number> {
  const sql = `SELECT COUNT(*) AS count FROM
    (SELECT 1 FROM account_groups WHERE group_name = ? LIMIT ?) AS members`;
  return countOf(await db.get<{ count: number }>(sql, [group, most]));
}

const countOf = (row: { count: number } | undefined): number => Number(row?.count ?? 0);
