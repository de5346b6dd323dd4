/** Lets time pass for keys alone, where the clock of the whole house can't be wound. */
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Postern } from '../../src/testing/testing.ts';

type WithDb = Pick<Postern, 'db'>;

/** A cookie key of the last seconds would be taken for what somebody else has just asked for. */
export async function ageCookieKeys({ db }: WithDb): Promise<void> {
  await db.run("UPDATE data_keys SET created_at = created_at - 60000 WHERE purpose = 'cookies'");
}

const times = ['created_at', 'activated_at', 'retired_at', 'removed_at'];

/** Whatever has happened to keys happened so much earlier. Pending ones stay as they are. */
const shifting = (days: number): string =>
  `UPDATE keys SET ${times.map((column) => `${column} = ${column} - ${days * 86_400_000}`).join(', ')}
    WHERE state <> 'pending'`;

export async function shiftKeys({ db }: WithDb, days: number): Promise<void> {
  await db.run(shifting(days));
}

/** The same in the database of a `serve` that is not running. */
export function shiftKeysIn(folder: string, days: number): void {
  const db = new BetterSqlite3(join(folder, 'postern.db'));
  db.exec(shifting(days));
  db.close();
}
