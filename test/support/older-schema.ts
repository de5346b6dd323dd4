import type { Database } from '../../src/db/db.ts';
import { listMigrations, migrateToLatest } from '../../src/db/migrate.ts';

/** Brings an empty database to the schema that was there before the migration whose name begins with `first`. */
export async function migrateBelow(db: Database, first: string): Promise<void> {
  const later = (await listMigrations()).filter((name) => name >= first);
  await db.run('CREATE TABLE migrations (name TEXT PRIMARY KEY)');
  // Those that are noted are not made.
  for (const name of later) await db.run('INSERT INTO migrations (name) VALUES (?)', [name]);
  await migrateToLatest(db);
  for (const name of later) await db.run('DELETE FROM migrations WHERE name = ?', [name]);
  await db.flush();
}

type OlderAccount = {
  id: string;
  username: string;
  name?: string;
  email?: string;
  groups: string[];
  createdAt: number;
};

/** A row of `accounts` as it was before groups were things of their own (migration 0010). */
export async function insertOlderAccount(db: Database, account: OlderAccount): Promise<void> {
  const { id, username, name = null, email = null, groups, createdAt } = account;
  await db.run(
    `INSERT INTO accounts (id, username, name, email, email_verified, claims, group_names, disabled, created_at, updated_at)
     VALUES (?, ?, ?, ?, 0, '{}', ?, 0, ?, ?)`,
    [id, username, name, email, JSON.stringify(groups), createdAt, createdAt],
  );
  await db.run('INSERT INTO account_names (name, account_id) VALUES (?, ?)', [username.toLowerCase(), id]);
}
