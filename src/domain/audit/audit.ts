/**
 * audit: what happened, to whom, by whom, from where. Owns table `audit_events`. It does not know what its callers do;
 * it only knows the closed list of events (events.ts). Rows are added, never changed, and deleted only when they are
 * older than they are to be kept (`purge`).
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { PageOf, PageRequest } from '../../base/paging.ts';
import { toJson } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { AuditEntry, AuditEvent } from './entry.ts';
import type { AuditEventName } from './events.ts';
import { type AuditFilters, fingerprintOf, firstIdAt, listEvents, listEventsSince } from './reading.ts';
import { createTail, type Tail } from './tail.ts';

export { type Changed, changedFields } from './changes.ts';
export { type Actor, type AuditEntry, type AuditEvent, type Circumstances, causedBy } from './entry.ts';
export { auditEventNames } from './event-names.ts';
export { type AuditEventName, type SessionEnd, type SigninFailure, sessionEnds } from './events.ts';
export { type AuditLine, auditLine } from './line.ts';
export type { AuditFilters } from './reading.ts';
export { wideFilter, widestDays } from './width.ts';

const insert = `INSERT INTO audit_events
  (id, at, event, actor_type, actor_id, account_id, client_id, ip, request_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const purge = 'DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE id < ? ORDER BY id LIMIT ?)';

export type Audit = ReturnType<typeof createAudit>;

/** The room. `record` joins the transaction it is handed, so that an event and its cause stand or fall together. */
export function createAudit({ clock }: { clock: Clock }) {
  const nextId = createIdSequence();

  return {
    /** Adds one event through `db`: the caller's transaction, or the database itself when nothing else is written. */
    async record(db: Db, entry: AuditEntry): Promise<void> {
      const at = clock.now();
      await db.run(insert, [
        nextId(at),
        at,
        entry.event,
        entry.actor.type,
        entry.actor.id ?? null,
        entry.accountId ?? null,
        entry.clientId ?? null,
        entry.ip ?? null,
        entry.requestId ?? null,
        toJson(entry.detail),
      ]);
    },

    /**
     * A page of events, newest first. Throws `invalid` for a cursor that was not made here and for an `event` that names
     * neither an event nor, with a dot at its end, a kind of events.
     */
    list: (db: Db, page: PageRequest & AuditFilters): Promise<PageOf<AuditEvent>> => listEvents(db, page),

    /** The events after the one with the id `since`, oldest first. Throws like `list`. */
    listSince: (db: Db, page: { limit: number; since: string } & AuditFilters): Promise<AuditEvent[]> =>
      listEventsSince(db, page),

    /** Follows the log from now on: each call answers what has come since the last, oldest first. Throws like `list`. */
    tail: (db: Db, filters: AuditFilters = {}): Tail => createTail({ db, clock, filters }),

    /**
     * A text that is another one once any of these events has been recorded since, also when it was committed after later
     * ones. It may change without, so whoever looks does so once more than needed.
     */
    fingerprint: (db: Db, events: readonly AuditEventName[]): Promise<string> => fingerprintOf(db, events, clock.now()),

    /** Deletes up to `batch` of the events that were recorded before `before` (epoch ms), oldest first; says how many. */
    purge: (db: Db, before: number, batch: number): Promise<number> => db.run(purge, [firstIdAt(before), batch]),
  };
}

/** Ids that sort by time and, within one process and millisecond, by order: 12 hex digits of time, 4 of count, 16 random. */
function createIdSequence(): (at: number) => string {
  let last = 0;
  let count = 0;
  return (at) => {
    // A clock that is set back must not put new events before older ones.
    if (at > last) {
      last = at;
      count = 0;
    } else if (++count > 0xffff) {
      last++;
      count = 0;
    }
    return hex(last, 12) + hex(count, 4) + randomBytes(8).toString('hex');
  };
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
