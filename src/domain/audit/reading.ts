/** How the log is read. Times and pages are ranges of the primary key, which begins with the time; see createIdSequence. */

import { PosternError } from '../../base/errors.ts';
import { decodeCursor, type PageOf, type PageRequest, pageOf } from '../../base/paging.ts';
import { fromJson, isStorable } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { Actor, AuditEvent } from './entry.ts';
import { auditEventNames } from './event-names.ts';
import type { AuditEventName } from './events.ts';

/** What to show; all given ones hold. `event`: a name, or a kind like `account.`; `from` (incl.) and `to` (excl.): epoch ms. */
export type AuditFilters = {
  accountId?: string | undefined;
  clientId?: string | undefined;
  actorId?: string | undefined;
  ip?: string | undefined;
  event?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
};

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
/** The bounds of the ids that count, and where the walk begins. */
type Walk = { after?: string; before?: string; order: 'ASC' | 'DESC'; limit: number };

const columns = 'id, at, event, actor_type, actor_id, account_id, client_id, ip, request_id, detail';

/** A page, newest first. */
export async function listEvents(db: Db, page: PageRequest & AuditFilters): Promise<PageOf<AuditEvent>> {
  const before = page.after === undefined ? undefined : String(decodeCursor(page.after, ['string'])[0]);
  const walk: Walk = { order: 'DESC', limit: page.limit + 1 };
  if (before !== undefined) walk.before = before;
  return pageOf(await read(db, walk, page), page.limit, ({ id }) => [id]);
}

/** What comes after the event with that id, oldest first. */
export function listEventsSince(
  db: Db,
  { since, limit, ...filters }: { limit: number; since: string } & AuditFilters,
): Promise<AuditEvent[]> {
  return read(db, { after: since, order: 'ASC', limit }, filters);
}

/** How long a transaction may take to commit an event that it has given an id to. */
const longestTransaction = 60_000;

/** See `fingerprint` in audit.ts. */
export async function fingerprintOf(db: Db, events: readonly AuditEventName[], now: number): Promise<string> {
  const last = events.map(() => 'SELECT MAX(id) AS id FROM audit_events WHERE event = ?').join(' UNION ALL ');
  const count = `SELECT COUNT(*) AS count FROM audit_events WHERE id > ? AND event IN (${events.map(() => '?').join(', ')})`;
  const ids = await db.all<{ id: string | null }>(last, events);
  const recent = await db.get<{ count: number }>(count, [firstIdAt(now - longestTransaction), ...events]);
  const newest = ids.flatMap(({ id }) => id ?? []).sort();
  return `${newest.at(-1) ?? ''} ${Number(recent?.count ?? 0)}`;
}

/** No event of that time or later has a smaller id, and no earlier one a greater, unless the clock was set back between. */
export const firstIdAt = (at: number): string => Math.max(0, Math.floor(at)).toString(16).padStart(12, '0');

async function read(db: Db, walk: Walk, filters: AuditFilters): Promise<AuditEvent[]> {
  const texts = [walk.after, walk.before, filters.accountId, filters.clientId, filters.actorId, filters.ip];
  if (!texts.every((text) => text === undefined || isStorable(text))) return [];
  const { accountId, clientId } = filters;
  const events = filters.event === undefined ? undefined : eventsOf(filters.event);
  // One index leads, and `|| ''` keeps the planner off the others: account or client has few events, a name many.
  const hasOwner = accountId !== undefined || clientId !== undefined;
  const conditions = [
    ...(accountId === undefined ? [] : [{ sql: 'account_id = ?', values: [accountId] }]),
    ...(clientId === undefined
      ? []
      : [{ sql: accountId === undefined ? 'client_id = ?' : `client_id || '' = ?`, values: [clientId] }]),
    ...(filters.actorId === undefined ? [] : [{ sql: 'actor_id = ?', values: [filters.actorId] }]),
    ...(filters.ip === undefined ? [] : [{ sql: 'ip = ?', values: [filters.ip] }]),
    ...(walk.after === undefined ? [] : [{ sql: 'id > ?', values: [walk.after] }]),
    ...(walk.before === undefined ? [] : [{ sql: 'id < ?', values: [walk.before] }]),
    ...(filters.from === undefined ? [] : [{ sql: 'id >= ?', values: [firstIdAt(filters.from)] }]),
    ...(filters.to === undefined ? [] : [{ sql: 'id < ?', values: [firstIdAt(filters.to)] }]),
  ];
  if (events !== undefined && hasOwner) {
    conditions.push({ sql: `event || '' IN (${events.map(() => '?').join(', ')})`, values: events });
  }
  const parts =
    events === undefined || hasOwner
      ? [conditions]
      : events.map((event) => [{ sql: 'event = ?', values: [event] }, ...conditions]);
  const order = `ORDER BY id ${walk.order} LIMIT ?`;
  const selects = parts.map((part) => {
    const where = part.length === 0 ? '' : `WHERE ${part.map(({ sql }) => sql).join(' AND ')}`;
    return `SELECT * FROM (SELECT ${columns} FROM audit_events ${where} ${order}) AS part`;
  });
  const values = parts.flatMap((part) => [...part.flatMap((condition) => condition.values), walk.limit]);
  const rows = await db.all<Row>(`${selects.join(' UNION ALL ')} ${order}`, [...values, walk.limit]);
  return rows.map(toEvent);
}

/** The names that a filter means. */
function eventsOf(event: string): AuditEventName[] {
  const names = auditEventNames.filter((name) => (event.endsWith('.') ? name.startsWith(event) : name === event));
  if (names.length > 0) return names;
  const message = 'is no event: give one of the names in the log, or its first part with the dot, for example account.';
  throw new PosternError('invalid', 'The log cannot be filtered like that.', {
    fields: [{ path: 'event', message }],
    cause: { httpStatus: 400 },
  });
}

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
