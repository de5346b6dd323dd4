import type { Origin } from '../../base/administered.ts';
import { canonicalName } from '../../base/names.ts';
import { fromBoolean, fromJson, isStorable, toBoolean, toJson } from '../../db/columns.ts';
import type { Db, Value } from '../../db/db.ts';
import { type Account, searchText, signinNames } from './account.ts';

export type Row = {
  id: string;
  username: string;
  name: string | null;
  email: string | null;
  email_verified: number;
  claims: string;
  attributes: string;
  group_names: string;
  disabled: number;
  origin: Origin;
  tokens_from: number | null;
  created_at: number;
  updated_at: number;
  version: number;
  has_password: number;
};

/** An account with what only this room may see. */
export type AccountWithPassword = { account: Account; passwordHash: string | undefined };

const names = [
  ...['id', 'username', 'name', 'email', 'email_verified', 'claims', 'attributes', 'group_names', 'disabled'],
  ...['origin', 'tokens_from', 'created_at', 'updated_at', 'version'],
];
/** Every column that `toAccount` reads, to be selected from `accounts`. */
export const columns = `${names.map((name) => `accounts.${name}`).join(', ')},
  CASE WHEN accounts.password_hash IS NULL THEN 0 ELSE 1 END AS has_password`;

const selectById = `SELECT ${columns} FROM accounts WHERE id = ?`;
const selectWithPassword = `SELECT ${columns}, accounts.password_hash FROM accounts WHERE id = ?`;
const selectByName = `SELECT ${columns}, accounts.password_hash FROM account_names
  JOIN accounts ON accounts.id = account_names.account_id WHERE account_names.name = ?`;

/** The account with that id, without its password. One row by primary key: the hot path of /userinfo. */
export async function findAccount(db: Db, id: string): Promise<Account | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db.get<Row>(selectById, [id]);
  return row && toAccount(row);
}

const selectLocked = { sqlite: selectById, postgresql: `${selectById} FOR UPDATE` };
const selectVersion = 'SELECT version FROM accounts WHERE id = ? AND disabled = 0';
const selectHeld = { sqlite: selectVersion, postgresql: `${selectVersion} FOR SHARE` };

/**
 * The account, which nobody else changes until the transaction ends (SQLite has one writer anyway). Whatever ends what an
 * account has locks its row first, and whatever begins something for it does so too: `holdIn`, links.
 */
export async function lockAccount(tx: Db, id: string): Promise<Account | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await tx.get<Row>(selectLocked[tx.dialect], [id]);
  return row && toAccount(row);
}

/**
 * Whether the account is there, enabled, and in that version where one is named. It stays so until the transaction ends;
 * others may ask the same meanwhile.
 */
export async function holdAccount(tx: Db, id: string, version?: number): Promise<boolean> {
  const row = await tx.get<{ version: number }>(selectHeld[tx.dialect], [id]);
  return row !== undefined && (version === undefined || row.version === version);
}

type RowWithPassword = Row & { password_hash: string | null };
const withPassword = (row: RowWithPassword | undefined): AccountWithPassword | undefined =>
  row && { account: toAccount(row), passwordHash: row.password_hash ?? undefined };

/** The account with that id and its password. */
export async function findAccountWithPassword(db: Db, id: string): Promise<AccountWithPassword | undefined> {
  return isStorable(id) ? withPassword(await db.get<RowWithPassword>(selectWithPassword, [id])) : undefined;
}

/** The account that signs in by that canonical name. */
export async function findAccountByName(db: Db, name: string): Promise<AccountWithPassword | undefined> {
  return isStorable(name) ? withPassword(await db.get<RowWithPassword>(selectByName, [name])) : undefined;
}

const written: [string, (account: Account) => Value][] = [
  ['username', ({ username }) => username],
  ['name', ({ name }) => name ?? null],
  ['email', ({ email }) => email ?? null],
  ['email_verified', ({ emailVerified }) => fromBoolean(emailVerified)],
  ['claims', ({ claims }) => toJson(claims)],
  ['attributes', ({ attributes }) => toJson(attributes)],
  ['group_names', ({ groups }) => toJson(groups)],
  ['disabled', ({ disabled }) => fromBoolean(disabled)],
  ['origin', ({ origin }) => origin],
  ['tokens_from', ({ tokensFrom }) => tokensFrom ?? null],
  ['updated_at', ({ updatedAt }) => updatedAt],
  ['username_key', ({ username }) => canonicalName(username)],
  ['search_text', searchText],
];
const valuesOf = (account: Account): Value[] => written.map(([, value]) => value(account));

const insertSql = `INSERT INTO accounts (${written.map(([name]) => name).join(', ')},
    id, created_at, version, password_hash, declared_password)
  VALUES (${written.map(() => '?').join(', ')}, ?, ?, 1, ?, ?) ON CONFLICT (id) DO NOTHING`;
const updateSql = `UPDATE accounts SET ${written.map(([name]) => `${name} = ?`).join(', ')}, version = version + 1
  WHERE id = ? AND version = ?`;

/** The password of a new account: its hash, and the digest of what the file declared. */
export type StoredPassword = { passwordHash: string | undefined; declaredPassword: string | undefined };

/**
 * Adds the account with its names and groups. What another account has already is returned (`id`, or the canonical name);
 * then the transaction must not be committed.
 */
export async function insertAccount(
  tx: Db,
  account: Account,
  { passwordHash, declaredPassword }: StoredPassword,
): Promise<string | undefined> {
  const rest = [account.id, account.createdAt, passwordHash ?? null, declaredPassword ?? null];
  if ((await tx.run(insertSql, [...valuesOf(account), ...rest])) === 0) return account.id;
  await insertGroups(tx, account);
  return insertNames(tx, account);
}

/**
 * Writes what an account is, if its row is still in the version that was read; false when it is not. `taken` is a name
 * that another account has; then the transaction must not be committed.
 */
export async function updateAccount(
  tx: Db,
  account: Account,
  before: Account,
): Promise<{ isWritten: boolean; taken?: string | undefined }> {
  const changed = await tx.run(updateSql, [...valuesOf(account), account.id, before.version]);
  if (changed === 0) return { isWritten: false };
  if (toJson(account.groups) !== toJson(before.groups)) {
    await tx.run('DELETE FROM account_groups WHERE account_id = ?', [account.id]);
    await insertGroups(tx, account);
  }
  if (toJson(signinNames(account)) === toJson(signinNames(before))) return { isWritten: true };
  await tx.run('DELETE FROM account_names WHERE account_id = ?', [account.id]);
  return { isWritten: true, taken: await insertNames(tx, account) };
}

async function insertGroups(tx: Db, { id, groups }: Account): Promise<void> {
  for (const group of groups) {
    await tx.run('INSERT INTO account_groups (group_name, account_id) VALUES (?, ?)', [group, id]);
  }
}

/** The first name that another account has, if any. */
async function insertNames(tx: Db, account: Account): Promise<string | undefined> {
  const sql = 'INSERT INTO account_names (name, account_id) VALUES (?, ?) ON CONFLICT (name) DO NOTHING';
  for (const name of signinNames(account)) {
    if ((await tx.run(sql, [name, account.id])) === 0) return name;
  }
  return undefined;
}

/** Deletes the account; its names, groups and links go with it. */
export async function deleteAccount(tx: Db, id: string): Promise<void> {
  await tx.run('DELETE FROM accounts WHERE id = ?', [id]);
}

/** Replaces the hash only if it is still the one that was read: a password changed meanwhile stays changed. */
export async function replacePasswordHash(tx: Db, id: string, from: string, to: string): Promise<boolean> {
  return (
    (await tx.run('UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = ?', [to, id, from])) === 1
  );
}

/** A new password: what was issued before `tokensFrom` ends with it. Without `tokensFrom` that stays as it is. */
export async function writePassword(
  tx: Db,
  id: string,
  { passwordHash, tokensFrom }: { passwordHash: string; tokensFrom?: number | undefined },
): Promise<void> {
  const sql = `UPDATE accounts SET password_hash = ?, tokens_from = COALESCE(?, tokens_from), version = version + 1
    WHERE id = ?`;
  await tx.run(sql, [passwordHash, tokensFrom ?? null, id]);
}

/** The keyed digest of the password that the file declared last, and the hash of the present one. */
export async function findDeclaredPassword(db: Db, id: string): Promise<Partial<StoredPassword>> {
  const row = await db.get<{ declared: string | null; hash: string | null }>(
    'SELECT declared_password AS declared, password_hash AS hash FROM accounts WHERE id = ?',
    [id],
  );
  return { declaredPassword: row?.declared ?? undefined, passwordHash: row?.hash ?? undefined };
}

export async function writeDeclaredPassword(tx: Db, id: string, declared: string): Promise<void> {
  await tx.run('UPDATE accounts SET declared_password = ? WHERE id = ?', [declared, id]);
}

/** Every password hash, by account id. */
export async function exportCredentials(db: Db): Promise<Map<string, string>> {
  const sql = 'SELECT id, password_hash AS hash FROM accounts WHERE password_hash IS NOT NULL';
  return new Map((await db.all<{ id: string; hash: string }>(sql)).map(({ id, hash }) => [id, hash]));
}

export function toAccount(row: Row): Account {
  return {
    id: row.id,
    username: row.username,
    name: row.name ?? undefined,
    email: row.email ?? undefined,
    emailVerified: toBoolean(row.email_verified),
    claims: fromJson(row.claims),
    attributes: fromJson(row.attributes),
    groups: fromJson(row.group_names),
    disabled: toBoolean(row.disabled),
    origin: row.origin,
    hasPassword: toBoolean(row.has_password),
    tokensFrom: row.tokens_from ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
