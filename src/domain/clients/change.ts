/** One way to change a stored client: compare-and-set on its version, together with its audit event. */
import { refuseStale } from '../../base/administered.ts';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import type { Database, Db } from '../../db/db.ts';
import type { Audit, AuditEntry } from '../audit/audit.ts';
import type { ClientRecord } from './client.ts';
import { findClient, updateClient } from './store.ts';

export type Room = {
  db: Database;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
};
/**
 * What shall be different, and the event that tells of it, if it is worth one. `check` throws in the transaction what may
 * have come to stand against it since it was decided.
 */
export type Change = { client: Partial<ClientRecord>; entry?: AuditEntry; check?: (tx: Db) => Promise<void> };

/** Each round of a race has a winner, so this many at once on one client is what it takes to fail. */
const maximumRounds = 64;

export const noSuchClient = (id: string): PosternError => new PosternError('not_found', `There is no client ${id}.`);

/**
 * Reads the client, asks `decide` what to change and writes it if nobody else was faster; otherwise reads and asks again,
 * unless the caller has seen `ifVersion` (`conflict`, HTTP status 412). Answers the changed client, or undefined when
 * there is none or `decide` wants nothing. Opens its own transaction; `decide` runs outside of it and may throw.
 */
export async function changeClient(
  { db, clock, audit }: Room,
  id: string,
  decide: (client: ClientRecord) => Change | undefined | Promise<Change | undefined>,
  ifVersion?: number | undefined,
): Promise<ClientRecord | undefined> {
  for (let round = 0; round < maximumRounds; round++) {
    const client = await findClient(db, id);
    if (client) refuseStale(client.version, ifVersion);
    const change = client && (await decide(client));
    if (!client || !change) return undefined;
    const { entry, check } = change;
    const changed = { ...client, ...change.client, updatedAt: clock.now() };
    const isDone = await db.transaction(async (tx) => {
      await check?.(tx);
      const isFirst = await updateClient(tx, changed, client.version);
      if (isFirst && entry) await audit.record(tx, entry);
      return isFirst;
    });
    if (isDone) return { ...changed, version: client.version + 1 };
  }
  throw new PosternError('unavailable', 'This client is being changed by many at once. Try again in a moment.', {
    retryAfterSeconds: 1,
  });
}
