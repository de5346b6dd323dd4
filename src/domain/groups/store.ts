/** The table `groups`: rows in and out. Every function takes the connection or transaction to work in. */
import type { Origin } from '../../base/administered.ts';
import { isStorable } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';

/** A group. Times are epoch ms. */
export type Group = {
  name: string;
  description?: string | undefined;
  origin: Origin;
  createdAt: number;
  updatedAt: number;
  version: number;
};

type Row = {
  name: string;
  description: string | null;
  origin: Origin;
  created_at: number;
  updated_at: number;
  version: number;
};

const columns = 'name, description, origin, created_at, updated_at, version';

/** By name, in the order of code points on either database. */
export async function listGroups(db: Db): Promise<Group[]> {
  const groups = (await db.all<Row>(`SELECT ${columns} FROM groups`)).map(toGroup);
  return groups.sort((one, other) => (one.name < other.name ? -1 : 1));
}

export async function findGroup(db: Db, name: string): Promise<Group | undefined> {
  if (!isStorable(name)) return undefined;
  const row = await db.get<Row>(`SELECT ${columns} FROM groups WHERE name = ?`, [name]);
  return row && toGroup(row);
}

const together = 20;
const selectNames = `SELECT name FROM groups WHERE name IN (${Array(together).fill('?').join(', ')})`;
/** On SQLite a transaction is alone. */
const selects = { sqlite: selectNames, postgresql: `${selectNames} FOR KEY SHARE` };

/**
 * Those of the names that there is a group of; in a transaction none of these can be removed until it ends. One text
 * whatever the number, so that it is prepared once.
 */
export async function namesThere(db: Db, names: readonly string[]): Promise<Set<string>> {
  const wanted = [...new Set(names)].filter(isStorable);
  const there = new Set<string>();
  for (let start = 0; start < wanted.length; start += together) {
    const part = wanted.slice(start, start + together);
    const padding = Array<string>(together - part.length).fill(part[0] as string);
    for (const row of await db.all<{ name: string }>(selects[db.dialect], [...part, ...padding])) there.add(row.name);
  }
  return there;
}

/** Waits for whoever is about to name the group, and keeps others from it until the transaction ends. */
export async function lockGroup(tx: Db, name: string): Promise<void> {
  if (tx.dialect === 'postgresql' && isStorable(name)) {
    await tx.get('SELECT name FROM groups WHERE name = ? FOR UPDATE', [name]);
  }
}

/** False when the name is taken; then nothing changed. */
export async function insertGroup(tx: Db, group: Group): Promise<boolean> {
  const sql = `INSERT INTO groups (${columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`;
  const { name, description = null, origin, createdAt, updatedAt, version } = group;
  return (await tx.run(sql, [name, description, origin, createdAt, updatedAt, version])) === 1;
}

/** Compare-and-set on the version that was read. */
export async function updateGroup(tx: Db, group: Group, readVersion: number): Promise<boolean> {
  const sql = `UPDATE groups SET description = ?, origin = ?, updated_at = ?, version = ? WHERE name = ? AND version = ?`;
  const { name, description = null, origin, updatedAt, version } = group;
  return (await tx.run(sql, [description, origin, updatedAt, version, name, readVersion])) === 1;
}

export async function deleteGroup(tx: Db, name: string, readVersion: number): Promise<boolean> {
  return (await tx.run('DELETE FROM groups WHERE name = ? AND version = ?', [name, readVersion])) === 1;
}

function toGroup({ name, description, origin, ...row }: Row): Group {
  return {
    name,
    ...(description !== null && { description }),
    origin,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
