/**
 * Leases: work that one process at a time does, however many share a database. Owns the table `leases`. Who holds a lease
 * keeps it by asking again before it ends; who dies loses it when it does.
 */
import type { Db } from './db.ts';

const takeSql = (now: string): string =>
  `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ${now} + CAST(? AS BIGINT))
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
    WHERE leases.holder = excluded.holder OR leases.expires_at <= ${now}`;
const sqliteSql = takeSql('CAST(? AS BIGINT)');
/** Its own clock decides, since those of the nodes differ. */
const postgresqlNow = 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)';
const postgresqlSql = takeSql(postgresqlNow);

export type Lease = { name: string; holder: string; seconds: number };

/** Takes or keeps a lease for so many seconds; false while somebody else has it. `now` (epoch ms) counts on SQLite. */
export async function takeLease(db: Db, { name, holder, seconds }: Lease, now: number): Promise<boolean> {
  const milliseconds = seconds * 1000;
  const changed =
    db.dialect === 'postgresql'
      ? db.run(postgresqlSql, [name, holder, milliseconds])
      : db.run(sqliteSql, [name, holder, now, milliseconds, now]);
  return (await changed) === 1;
}

/** Whether somebody has that lease. `now` (epoch ms) counts on SQLite. */
export async function isLeased(db: Db, name: string, now: number): Promise<boolean> {
  const sql = (at: string) => `SELECT name FROM leases WHERE name = ? AND expires_at > ${at}`;
  const found =
    db.dialect === 'postgresql' ? db.get(sql(postgresqlNow), [name]) : db.get(sql('CAST(? AS BIGINT)'), [name, now]);
  return (await found) !== undefined;
}

/** Gives back all that a process has, so that others need not wait for their end. */
export async function endLeases(db: Db, holder: string): Promise<void> {
  await db.run('DELETE FROM leases WHERE holder = ?', [holder]);
}
