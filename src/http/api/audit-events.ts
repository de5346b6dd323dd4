import { z } from 'zod';
import { type AuditEvent, type AuditFilters, auditLine, wideFilter, widestDays } from '../../domain/audit/audit.ts';
import { httpProblem } from '../errors.ts';
import { auditEvent, listOf } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';
import { page } from './query.ts';

const events = listOf('AuditEventList', auditEvent);
const text = z.string().min(1).max(200).optional();
const instant = z.iso.datetime({ offset: true }).optional();
const filters = page.extend({
  event: text.describe('A name, or a kind with the dot: `account.`.'),
  ...{ accountId: text, clientId: text, actorId: text, ip: text },
  from: instant.describe('From this time on, ISO 8601.'),
  to: instant.describe('Before this time, ISO 8601.'),
  since: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be the id of an event')
    .optional()
    .describe('What came after the event of this id, oldest first: to follow the log.'),
});

export function listAuditOperations({
  audit,
  db,
  clock,
}: Pick<ApiDependencies, 'audit' | 'db' | 'clock'>): Operation[] {
  return [
    operation({
      ...{ id: 'listAuditEvents', method: 'GET', path: '/audit-events', tag: 'Audit log' },
      summary: 'What happened, newest first',
      ...{ scopes: ['audit:read'], status: 200, query: filters, answer: events },
      handle: async ({ query: { limit, after, since, from, to, ...filter } }) => {
        const range = { ...filter, from: epoch(from), to: epoch(to) };
        refuseWide(
          since === undefined ? range : { ...range, from: Math.max(range.from ?? 0, timeOf(since)) },
          clock.now(),
        );
        if (since !== undefined) {
          const items = await audit.listSince(db, { limit, since, ...range });
          return { body: { items: lines(items) } };
        }
        const found = await audit.list(db, { limit, after, ...range });
        return { body: { items: lines(found.items), next: found.next }, next: found.next };
      },
    }),
  ];
}

const lines = (items: AuditEvent[]) => items.map(auditLine);
const epoch = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

/** An id begins with its time in hex. */
const timeOf = (id: string): number => Number.parseInt(id.slice(0, 12), 16);

function refuseWide(filters: AuditFilters, now: number): void {
  const path = wideFilter(filters, now);
  if (path === undefined) return;
  const message = `needs accountId beside it, or from (and to) of at most ${widestDays} days`;
  throw httpProblem(400, 'The log cannot be filtered like that.', [{ path, message }]);
}
