import { fromBoolean, fromJson, isStorable, toBoolean, toJson } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { Account } from './account.ts';

type Row = {
  id: string;
  username: string;
  name: string | null;
  email: string | null;
  email_verified: number;
  claims: string;
  group_names: string;
  disabled: number;
  created_at: number;
  updated_at: number;
};

/** An account with what only this room may see. */
export type AccountWithPassword = { account: Account; passwordHash: string | undefined };

const columns = 'id, username, name, email, email_verified, claims, group_names, disabled, created_at, updated_at';
const qualified = columns.replaceAll(/\w+/g, 'accounts.$&');

const selectById = `SELECT ${columns} FROM accounts WHERE id = ?`;
const selectByName = `SELECT ${qualified}, accounts.password_hash FROM account_names
  JOIN accounts ON accounts.id = account_names.account_id WHERE account_names.name = ?`;

/** The account with that id, without its password. One row by primary key: the hot path of /userinfo. */
export async function findAccount(db: Db, id: string): Promise<Account | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db.get<Row>(selectById, [id]);
  return row && toAccount(row);
}

/** The account that signs in by that canonical name. */
export async function findAccountByName(db: Db, name: string): Promise<AccountWithPassword | undefined> {
  if (!isStorable(name)) return undefined;
  const row = await db.get<Row & { password_hash: string | null }>(selectByName, [name]);
  return row && { account: toAccount(row), passwordHash: row.password_hash ?? undefined };
}

/** Adds the account and the names it signs in by; the first of those that another account has is returned, then the
 * transaction must not be committed. */
export async function insertAccount(
  tx: Db,
  account: Account,
  { passwordHash, names }: { passwordHash: string | undefined; names: readonly string[] },
): Promise<string | undefined> {
  await tx.run(`INSERT INTO accounts (${columns}, password_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    account.id,
    account.username,
    account.name ?? null,
    account.email ?? null,
    fromBoolean(account.emailVerified),
    toJson(account.claims),
    toJson(account.groups),
    fromBoolean(account.disabled),
    account.createdAt,
    account.updatedAt,
    passwordHash ?? null,
  ]);
  for (const name of names) {
    const added = await tx.run(
      'INSERT INTO account_names (name, account_id) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
      [name, account.id],
    );
    if (added === 0) return name;
  }
  return undefined;
}

/** Replaces the hash only if it is still the one that was read: a password changed meanwhile stays changed. */
export async function replacePasswordHash(tx: Db, id: string, from: string, to: string): Promise<boolean> {
  return (
    (await tx.run('UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?', [to, id, from])) === 1
  );
}

/** Whether anything changed: false when it was so already, or there is no such account. */
export async function updateDisabled(tx: Db, id: string, disabled: boolean, now: number): Promise<boolean> {
  const value = fromBoolean(disabled);
  const sql = 'UPDATE accounts SET disabled = ?, updated_at = ? WHERE id = ? AND disabled <> ?';
  return (await tx.run(sql, [value, now, id, value])) === 1;
}

function toAccount(row: Row): Account {
  return {
    id: row.id,
    username: row.username,
    name: row.name ?? undefined,
    email: row.email ?? undefined,
    emailVerified: toBoolean(row.email_verified),
    claims: fromJson(row.claims),
    groups: fromJson(row.group_names),
    disabled: toBoolean(row.disabled),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
