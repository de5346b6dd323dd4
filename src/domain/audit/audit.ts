/**
 * audit: what happened, to whom, by whom, from where. Owns table `audit_events`. It does not know what its callers do;
 * it only knows the closed list of events (events.ts). Rows are added, never changed.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { fromJson, toJson } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { AuditDetails, AuditEventName } from './events.ts';

export type { AuditEventName, SigninFailure } from './events.ts';

/** Who did it. `anonymous`: a browser nobody is signed in to; `operator`: the command line; `system`: Postern itself. */
export type Actor = { type: 'account' | 'client' | 'operator' | 'system' | 'anonymous'; id?: string | undefined };

type Circumstances = {
  actor: Actor;
  accountId?: string | undefined;
  clientId?: string | undefined;
  ip?: string | undefined;
  requestId?: string | undefined;
};
type Told = { [Name in AuditEventName]: { event: Name; detail: AuditDetails[Name] } }[AuditEventName];

/** An event to record: its name, its payload and the circumstances. */
export type AuditEntry = Circumstances & Told;
/** A recorded event. `at` is epoch ms; ids sort by time. */
type AuditEvent = AuditEntry & { id: string; at: number };

type Row = {
  id: string;
  at: number;
  event: AuditEventName;
  actor_type: Actor['type'];
  actor_id: string | null;
  account_id: string | null;
  client_id: string | null;
  ip: string | null;
  request_id: string | null;
  detail: string;
};

const columns = 'id, at, event, actor_type, actor_id, account_id, client_id, ip, request_id, detail';
const insert = `INSERT INTO audit_events (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

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

    /** The newest events first; `before` is the id of the last event of the page before, `event` keeps one kind. */
    async list(
      db: Db,
      page: { limit: number; before?: string | undefined; event?: AuditEventName | undefined },
    ): Promise<AuditEvent[]> {
      const conditions: string[] = [];
      const values: (string | number)[] = [];
      if (page.before !== undefined) {
        conditions.push('id < ?');
        values.push(page.before);
      }
      if (page.event !== undefined) {
        conditions.push('event = ?');
        values.push(page.event);
      }
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      const sql = `SELECT ${columns} FROM audit_events ${where} ORDER BY id DESC LIMIT ?`;
      return (await db.all<Row>(sql, [...values, page.limit])).map(toEvent);
    },
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

function toEvent(row: Row): AuditEvent {
  return {
    id: row.id,
    at: row.at,
    event: row.event,
    actor: row.actor_id === null ? { type: row.actor_type } : { type: row.actor_type, id: row.actor_id },
    accountId: row.account_id ?? undefined,
    clientId: row.client_id ?? undefined,
    ip: row.ip ?? undefined,
    requestId: row.request_id ?? undefined,
    detail: fromJson(row.detail),
  } as AuditEvent;
}
