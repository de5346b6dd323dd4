/** The table `attributes`: rows in and out. Every function takes the connection or transaction to work in. */
import type { Origin } from '../../base/administered.ts';
import { isStorable } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { AttributeType } from './values.ts';

/** An attribute's definition. Times are epoch ms. */
export type Attribute = {
  name: string;
  type: AttributeType;
  description?: string | undefined;
  origin: Origin;
  createdAt: number;
  updatedAt: number;
  version: number;
};

type Row = {
  name: string;
  type: AttributeType;
  description: string | null;
  origin: Origin;
  created_at: number;
  updated_at: number;
  version: number;
};

const columns = 'name, type, description, origin, created_at, updated_at, version';

const selectAll = `SELECT ${columns} FROM attributes`;
/** On SQLite a transaction is alone. */
const selectLocked = { sqlite: selectAll, postgresql: `${selectAll} FOR KEY SHARE` };

/** By name, in the order of code points on either database. */
export async function listAttributes(db: Db): Promise<Attribute[]> {
  return sorted(await db.all<Row>(selectAll));
}

/** The same; in a transaction none of them can be removed until it ends. */
export async function listAttributesToUse(tx: Db): Promise<Attribute[]> {
  return sorted(await tx.all<Row>(selectLocked[tx.dialect]));
}

const sorted = (rows: readonly Row[]): Attribute[] =>
  rows.map(toAttribute).sort((one, other) => (one.name < other.name ? -1 : 1));

/** Waits for whoever is about to use the attribute, and keeps others from it until the transaction ends. */
export async function lockAttribute(tx: Db, name: string): Promise<void> {
  if (tx.dialect === 'postgresql' && isStorable(name)) {
    await tx.get('SELECT name FROM attributes WHERE name = ? FOR UPDATE', [name]);
  }
}

export async function findAttribute(db: Db, name: string): Promise<Attribute | undefined> {
  if (!isStorable(name)) return undefined;
  const row = await db.get<Row>(`SELECT ${columns} FROM attributes WHERE name = ?`, [name]);
  return row && toAttribute(row);
}

/** False when the name is taken; then nothing changed. */
export async function insertAttribute(tx: Db, attribute: Attribute): Promise<boolean> {
  const sql = `INSERT INTO attributes (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING`;
  const { name, type, description = null, origin, createdAt, updatedAt, version } = attribute;
  return (await tx.run(sql, [name, type, description, origin, createdAt, updatedAt, version])) === 1;
}

/** Compare-and-set on the version that was read. */
export async function updateAttribute(tx: Db, attribute: Attribute, readVersion: number): Promise<boolean> {
  const sql = `UPDATE attributes SET description = ?, origin = ?, updated_at = ?, version = ? WHERE name = ? AND version = ?`;
  const { name, description = null, origin, updatedAt, version } = attribute;
  return (await tx.run(sql, [description, origin, updatedAt, version, name, readVersion])) === 1;
}

export async function deleteAttribute(tx: Db, name: string, readVersion: number): Promise<boolean> {
  return (await tx.run('DELETE FROM attributes WHERE name = ? AND version = ?', [name, readVersion])) === 1;
}

function toAttribute({ name, type, description, origin, ...row }: Row): Attribute {
  return {
    ...{ name, type },
    ...(description !== null && { description }),
    origin,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
