/** What is typed above the audit log, and the filter that it means. */
import { type AuditFilters, auditEventNames, wideFilter } from '../../domain/audit/audit.ts';
import { single } from '../paths.ts';
import type { RouteContext } from '../routes.ts';
import type { AuditFields, AuditProblem } from '../views.ts';
import type { AdminDependencies } from './dependencies.ts';

const names = ['event', 'account', 'client', 'actor', 'ip', 'from', 'to'] as const satisfies (keyof AuditFields)[];

export function fieldsOf(ctx: RouteContext): AuditFields {
  const typed = names.map((name) => [name, single(ctx, name)?.trim() ?? ''] as const);
  return Object.fromEntries(typed) as AuditFields;
}

/** The filter, unless something is wrong with what was typed. People are found by user name or account id. */
export async function filtersOf(
  { accounts, clock }: Pick<AdminDependencies, 'accounts' | 'clock'>,
  fields: AuditFields,
): Promise<{ filters: AuditFilters; problems: AuditProblem[] }> {
  const { event, client, ip } = fields;
  const idOf = async (name: string) => (name === '' ? undefined : ((await accounts.findByUsername(name))?.id ?? name));
  const [accountId, actorId] = [await idOf(fields.account), await idOf(fields.actor)];
  const [from, to] = [startOf(fields.from, 0), startOf(fields.to, 1)];
  const isDay = (time: number | undefined) => time === undefined || !Number.isNaN(time);
  const problems: AuditProblem[] = [
    ...(event === '' || isEvent(event) ? [] : [{ path: 'event', reason: 'event' } as const]),
    ...(isDay(from) ? [] : [{ path: 'from', reason: 'day' } as const]),
    ...(isDay(to) ? [] : [{ path: 'to', reason: 'day' } as const]),
    ...(accountId === undefined || isAccountId(accountId) ? [] : [{ path: 'account', reason: 'unknown' } as const]),
  ];
  const given = { event, clientId: client, ip, accountId, actorId, from, to };
  const filters: AuditFilters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
  const wide = problems.length === 0 && wideFilter(filters, clock.now());
  if (wide) problems.push({ path: wide === 'ip' ? 'ip' : 'actor', reason: 'wide' });
  return { filters, problems };
}

/** The name of an event, or with a dot at its end of a kind of them. */
const isEvent = (text: string): boolean =>
  auditEventNames.some((name) => name === text || (/^[^.]+\.$/.test(text) && name.startsWith(text)));

/** Who is gone is found by the id that the log has. */
const isAccountId = (text: string): boolean => text.startsWith('acc_');

/** Epoch ms at which that day begins where this server is, which is how the pages write times; `later` days after it. */
function startOf(day: string, later: number): number | undefined {
  if (day === '') return undefined;
  const [year = 0, month = 0, date = 0] = /^\d{4}-\d{2}-\d{2}$/.test(day) ? day.split('-').map(Number) : [];
  const start = new Date(year, month - 1, date);
  // 31 February would be a day in March.
  const isReal = year > 0 && start.getMonth() === month - 1 && start.getDate() === date;
  return isReal ? new Date(year, month - 1, date + later).getTime() : Number.NaN;
}
