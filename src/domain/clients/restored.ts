import { fromJson, toBoolean } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { ClientSecret } from './client.ts';

type Row = { id: string; disabled: number; secrets: string };
const select = 'SELECT id, disabled, secrets FROM clients ORDER BY id';

/**
 * After a restore, in the caller's transaction: ids of the clients that the backup lets in again although by now they were
 * disabled or removed, or a secret retired, in `present`, the database that is being replaced.
 */
export async function compareRestoredClients(tx: Db, present: Db): Promise<string[]> {
  const now = new Map((await present.all<Row>(select)).map((row) => [row.id, row]));
  return (await tx.all<Row>(select))
    .filter((row) => !toBoolean(row.disabled) && isLetInAgain(row, now.get(row.id)))
    .map(({ id }) => id);
}

function isLetInAgain(row: Row, later: Row | undefined): boolean {
  if (later === undefined || toBoolean(later.disabled)) return true;
  const live = new Set(fromJson<ClientSecret[]>(later.secrets).map(({ hash }) => hash));
  return fromJson<ClientSecret[]>(row.secrets).some(({ hash }) => !live.has(hash));
}
