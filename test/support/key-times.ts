/** Lets time pass for keys alone, where the clock of the whole house can't be wound. */
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import type { Postern } from '../../src/testing/testing.ts';

/** A cookie key of the last seconds would be taken for what somebody else has just asked for. */
export async function ageCookieKeys({ db }: Pick<Postern, 'db'>): Promise<void> {
  await db.run("UPDATE data_keys SET created_at = created_at - 60000 WHERE purpose = 'cookies'");
}

const times = ['created_at', 'activated_at', 'retired_at'];

/** The database of a `serve` that is not running. */
export function databaseFile(folder: string) {
  const db = new BetterSqlite3(join(folder, 'postern.db'));
  return {
    /** Whatever has happened to keys happened so much earlier. What is planned for a pending one stays. */
    shift({ days }: { days: number }): void {
      const earlier = times.map((column) => `${column} = ${column} - ${days * 86_400_000}`);
      db.exec(`UPDATE keys SET ${earlier.join(', ')} WHERE state <> 'pending'`);
    },
    close: () => db.close(),
  };
}
