/**
 * The tables `key_set_fetches`, `client_addresses`, `client_life` and `client_key_uses`: rows in and out. Writes may come
 * from several nodes in any order: what is older never replaces what is newer. All times are epoch ms.
 */
import type { Db } from '../../db/db.ts';

/** The last fetch from an address, or by the pages of an origin; `kids` are those of the set, separated by spaces. */
export type FetchRow = { source: string; kids: string; at: number };
export type AddressRow = { clientId: string; address: string; at: number };
/** `usedTokenAt`: when the youngest of its tokens that was used was issued. */
export type LifeRow = { clientId: string; at: number; usedTokenAt?: number | undefined; usedAt?: number | undefined };
/** `issuedAt`: when it got the first token that the key has signed. */
export type IssueRow = { clientId: string; kid: string; issuedAt: number; at: number };

export const upsertFetch = (db: Db, { source, kids, at }: FetchRow): Promise<number> =>
  db.run(
    `INSERT INTO key_set_fetches (source, kids, fetched_at) VALUES (?, ?, ?)
      ON CONFLICT (source) DO UPDATE SET kids = excluded.kids, fetched_at = excluded.fetched_at
      WHERE key_set_fetches.fetched_at < excluded.fetched_at`,
    [source, kids, at],
  );

export const upsertAddress = (db: Db, { clientId, address, at }: AddressRow): Promise<number> =>
  db.run(
    `INSERT INTO client_addresses (client_id, address, seen_at) VALUES (?, ?, ?)
      ON CONFLICT (client_id, address) DO UPDATE SET seen_at = excluded.seen_at
      WHERE client_addresses.seen_at < excluded.seen_at`,
    [clientId, address, at],
  );

const isYounger = 'COALESCE(excluded.used_token_at, 0) > COALESCE(client_life.used_token_at, 0)';

export const upsertLife = (db: Db, { clientId, at, usedTokenAt, usedAt }: LifeRow): Promise<number> =>
  db.run(
    `INSERT INTO client_life (client_id, alive_at, used_token_at, used_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (client_id) DO UPDATE SET
        alive_at = CASE WHEN excluded.alive_at > client_life.alive_at THEN excluded.alive_at ELSE client_life.alive_at END,
        used_token_at = CASE WHEN ${isYounger} THEN excluded.used_token_at ELSE client_life.used_token_at END,
        used_at = CASE WHEN ${isYounger} THEN excluded.used_at ELSE client_life.used_at END
      WHERE client_life.alive_at < excluded.alive_at OR ${isYounger}`,
    [clientId, at, usedTokenAt ?? null, usedAt ?? null],
  );

export const upsertIssue = (db: Db, { clientId, kid, issuedAt, at }: IssueRow): Promise<number> =>
  db.run(
    `INSERT INTO client_key_uses (client_id, kid, issued_at, seen_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (client_id, kid) DO UPDATE SET
        issued_at = CASE WHEN excluded.issued_at < client_key_uses.issued_at
          THEN excluded.issued_at ELSE client_key_uses.issued_at END,
        seen_at = CASE WHEN excluded.seen_at > client_key_uses.seen_at
          THEN excluded.seen_at ELSE client_key_uses.seen_at END
      WHERE excluded.issued_at < client_key_uses.issued_at OR excluded.seen_at > client_key_uses.seen_at`,
    [clientId, kid, issuedAt, at],
  );

export const selectFetches = (db: Db): Promise<FetchRow[]> =>
  db.all<FetchRow>('SELECT source, kids, fetched_at AS at FROM key_set_fetches');

export const selectAddresses = (db: Db, since: number): Promise<AddressRow[]> =>
  db.all('SELECT client_id AS "clientId", address, seen_at AS at FROM client_addresses WHERE seen_at >= ?', [since]);

export async function selectLives(db: Db): Promise<LifeRow[]> {
  type Row = { clientId: string; at: number; usedTokenAt: number | null; usedAt: number | null };
  const rows = await db.all<Row>(
    `SELECT client_id AS "clientId", alive_at AS at, used_token_at AS "usedTokenAt", used_at AS "usedAt" FROM client_life`,
  );
  return rows.map(({ clientId, at, usedTokenAt, usedAt }) => ({
    ...{ clientId, at },
    usedTokenAt: usedTokenAt ?? undefined,
    usedAt: usedAt ?? undefined,
  }));
}

export const selectIssues = (db: Db, kid: string): Promise<IssueRow[]> =>
  db.all(
    `SELECT client_id AS "clientId", kid, issued_at AS "issuedAt", seen_at AS at FROM client_key_uses WHERE kid = ?`,
    [kid],
  );

type Purge = (db: Db, before: number, batch: number) => Promise<number>;

/** An address that is no client's own: none has called from there, and it is no origin. */
const isNobodys = `source NOT LIKE '%://%' AND source NOT IN (SELECT address FROM client_addresses)`;
/** Anybody may fetch the key set, from as many addresses as they have. */
const mostOfNobody = 1000;
/** A native app calls from wherever people take it. */
const mostPerClient = 100;

/** Rows of a table, by its key, that are from before. */
const olderThan =
  (table: string, key: string, at: string): Purge =>
  (db, before, batch) =>
    db.run(`DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${at} < ? LIMIT ?)`, [
      before,
      batch,
    ]);

/** Each deletes at most `batch` rows and says how many. */
export const purges: readonly Purge[] = [
  olderThan('key_set_fetches', 'source', 'fetched_at'),
  olderThan('client_addresses', 'client_id, address', 'seen_at'),
  olderThan('client_life', 'client_id', 'alive_at'),
  olderThan('client_key_uses', 'client_id, kid', 'seen_at'),
  (db, _before, batch) =>
    db.run(
      `DELETE FROM key_set_fetches WHERE source IN
        (SELECT source FROM key_set_fetches WHERE ${isNobodys} ORDER BY fetched_at DESC, source LIMIT ? OFFSET ?)`,
      [batch, mostOfNobody],
    ),
  (db, _before, batch) =>
    db.run(
      `DELETE FROM client_addresses WHERE (client_id, address) IN
        (SELECT client_id, address FROM
          (SELECT client_id, address, ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY seen_at DESC, address) AS place
            FROM client_addresses) AS placed
          WHERE place > ? LIMIT ?)`,
      [mostPerClient, batch],
    ),
];
