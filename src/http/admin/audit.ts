import { Readable } from 'node:stream';
import type { PageOf } from '../../base/paging.ts';
import { type AuditEvent, type AuditFilters, auditEventNames, auditLine } from '../../domain/audit/audit.ts';
import { type DoorPage, pageLinks } from '../door-page.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { single, withQuery } from '../paths.ts';
import { fieldsOf, filtersOf } from './audit-filters.ts';
import { toldHrefOf } from './delivery-rows.ts';
import type { AdminDependencies } from './dependencies.ts';
import { look } from './frame.ts';
import { eventRows } from './rows.ts';

const perPage = 50;
const perRead = 500;
const exportPath = '/admin/audit/export';
const nothing: PageOf<AuditEvent> = { items: [], next: undefined };

/** The audit log, and the same list as JSON Lines. */
export function auditPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  return [
    look('/admin/audit', (visit) => list(dependencies, page, visit)),
    look(exportPath, (visit) => answerLines(dependencies, page, visit)),
  ];
}

async function list(dependencies: AdminDependencies, page: DoorPage, visit: Visit): Promise<void> {
  const fields = fieldsOf(visit.ctx);
  const { filters, problems } = await filtersOf(dependencies, fields);
  if (problems.length > 0) visit.ctx.status = 400;
  const after = single(visit.ctx, 'after');
  const found = problems.length > 0 ? nothing : await dependencies.listEvents({ limit: perPage, after, ...filters });
  const rows = await eventRows(dependencies.accounts, found.items);
  page(visit, 'admin/audit', {
    ...{ groups, fields, problems },
    rows: rows.map((row, at) => ({ ...row, ...detailOf(found.items[at] as AuditEvent) })),
    exportHref: withQuery(exportPath, fields),
    links: pageLinks(visit, found.next),
    keptDays: dependencies.config.audit.retentionDays,
  });
}

function detailOf(event: AuditEvent) {
  const { id, requestId, detail } = event;
  const json = Object.keys(detail).length === 0 ? undefined : JSON.stringify(detail, undefined, 2);
  return { id, requestId, detail: json, toldHref: toldHrefOf(event) };
}

/** The names of events by their first part, in the order of the log's own list. */
const groups = Object.entries(Object.groupBy(auditEventNames, (name) => name.split('.')[0] ?? '')).map(
  ([kind, types = []]) => ({ kind, types }),
);

/** One event per line, newest first (M12: JSON, so no line of it can be forged). A filter that is wrong shows the page. */
async function answerLines(dependencies: AdminDependencies, page: DoorPage, visit: Visit): Promise<void> {
  const { ctx } = visit;
  const { filters, problems } = await filtersOf(dependencies, fieldsOf(ctx));
  if (problems.length > 0) return list(dependencies, page, visit);
  // Read before the answer begins: what is wrong with the filter is still an error then.
  const first = await dependencies.listEvents({ limit: perRead, ...filters });
  ctx.type = 'application/jsonl; charset=utf-8';
  ctx.set('Content-Disposition', 'attachment; filename="audit-events.jsonl"');
  ctx.body = Readable.from(linesFrom(dependencies, filters, first), { objectMode: false });
}

/** Reads on only as fast as the answer is taken. */
async function* linesFrom({ listEvents }: AdminDependencies, filters: AuditFilters, first: PageOf<AuditEvent>) {
  for (let found = first; ; found = await listEvents({ limit: perRead, after: found.next, ...filters })) {
    yield found.items.map((event) => `${JSON.stringify(auditLine(event))}\n`).join('');
    if (found.next === undefined) return;
  }
}
