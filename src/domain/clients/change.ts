/** One way to change a stored client: compare-and-set on its version, together with its audit event. */
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import type { Database } from '../../db/db.ts';
import type { Audit, AuditEntry } from '../audit/audit.ts';
import type { ClientRecord } from './client.ts';
import { findClient, updateClient } from './store.ts';

export type Room = {
  db: Database;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
};
/** What shall be different, and the event that tells of it, if it is worth one. */
export type Change = { client: Partial<ClientRecord>; entry?: AuditEntry };

/** Each round of a race has a winner, so this many at once on one client is what it takes to fail. */
const maximumRounds = 64;

/**
 * Reads the client, asks `decide` what to change and writes it if nobody else was faster; otherwise reads and asks again.
 * Answers the changed client, or undefined when there is none or `decide` wants nothing. Opens its own transaction.
 */
export async function changeClient(
  { db, clock, audit }: Room,
  id: string,
  decide: (client: ClientRecord) => Change | undefined,
): Promise<ClientRecord | undefined> {
  for (let round = 0; round < maximumRounds; round++) {
    const client = await findClient(db, id);
    const change = client && decide(client);
    if (!client || !change) return undefined;
    const { entry } = change;
    const changed = { ...client, ...change.client, updatedAt: clock.now() };
    const isDone = await db.transaction(async (tx) => {
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
