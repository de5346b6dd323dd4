/** The table `clients`: rows in and out. Every function takes the connection or transaction to work in. */
import { canonicalName } from '../../base/names.ts';
import { fromBoolean, fromJson, isStorable, toBoolean, toJson } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { ClientOrigin, ClientRecord } from './client.ts';

type Row = {
  id: string;
  name: string;
  metadata: string;
  secrets: string;
  origin: ClientOrigin;
  disabled: number;
  created_at: number;
  updated_at: number;
  version: number;
};

const columns = 'id, name, metadata, secrets, origin, disabled, created_at, updated_at, version';

export async function findClient(db: Db, id: string): Promise<ClientRecord | undefined> {
  if (!isStorable(id)) return undefined;
  const row = await db.get<Row>(`SELECT ${columns} FROM clients WHERE id = ?`, [id]);
  return row && fromRow(row);
}

/** All of them, or those of one origin. */
export async function countClients(db: Db, origin?: ClientOrigin): Promise<number> {
  const row = await (origin === undefined
    ? db.get<{ count: number }>('SELECT COUNT(*) AS count FROM clients')
    : db.get<{ count: number }>('SELECT COUNT(*) AS count FROM clients WHERE origin = ?', [origin]));
  return Number(row?.count ?? 0);
}

/** By id, beginning after `after`, at most `limit`. */
export async function listClients(db: Db, after: string, limit: number): Promise<ClientRecord[]> {
  const rows = await db.all<Row>(`SELECT ${columns} FROM clients WHERE id > ? ORDER BY id LIMIT ?`, [after, limit]);
  return rows.map(fromRow);
}

/**
 * Those after `after` whose id or name has `words` in it, whatever their case, by id, at most `limit`. Compared here: the
 * databases fold the case of ASCII and of the rest differently, and there are hundreds of clients, not more.
 */
export async function searchClients(db: Db, words: string, after: string, limit: number): Promise<ClientRecord[]> {
  const sought = canonicalName(words);
  const rows = await db.all<Row>(`SELECT ${columns} FROM clients WHERE id > ? ORDER BY id`, [after]);
  const found = rows.filter(
    ({ id, name }) => canonicalName(id).includes(sought) || canonicalName(name).includes(sought),
  );
  return found.slice(0, limit).map(fromRow);
}

export async function allClients(db: Db): Promise<ClientRecord[]> {
  return (await db.all<Row>(`SELECT ${columns} FROM clients ORDER BY id`)).map(fromRow);
}

/** False when it is gone or no longer in that version. */
export async function deleteClient(db: Db, id: string, readVersion: number): Promise<boolean> {
  return (await db.run('DELETE FROM clients WHERE id = ? AND version = ?', [id, readVersion])) === 1;
}

/** False when the id is taken; then nothing changed. */
export async function insertClient(db: Db, client: ClientRecord): Promise<boolean> {
  const changed = await db.run(
    `INSERT INTO clients (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    [
      client.id,
      client.name,
      toJson(client.metadata),
      toJson(client.secrets),
      client.origin,
      fromBoolean(client.disabled),
      client.createdAt,
      client.updatedAt,
      client.version,
    ],
  );
  return changed === 1;
}

/** Compare-and-set: writes what may change if the row still has the version that was read; false when it does not. */
export async function updateClient(db: Db, client: ClientRecord, readVersion: number): Promise<boolean> {
  const changed = await db.run(
    `UPDATE clients SET name = ?, metadata = ?, secrets = ?, origin = ?, disabled = ?, updated_at = ?, version = version + 1
     WHERE id = ? AND version = ?`,
    [
      client.name,
      toJson(client.metadata),
      toJson(client.secrets),
      client.origin,
      fromBoolean(client.disabled),
      client.updatedAt,
      client.id,
      readVersion,
    ],
  );
  return changed === 1;
}

function fromRow(row: Row): ClientRecord {
  return {
    id: row.id,
    name: row.name,
    metadata: fromJson(row.metadata),
    secrets: fromJson(row.secrets),
    origin: row.origin,
    disabled: toBoolean(row.disabled),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
