/** Which questions to the log are too wide: they would read much of it and keep everybody else waiting. Pure. */
import type { AuditFilters } from './reading.ts';

/** A month: what an address or an actor, which have no index of their own, are looked for in. */
export const widestDays = 31;
const dayMilliseconds = 86_400_000;

/**
 * The filter that needs an account beside it, or a range of at most `widestDays` days; undefined when the log can be asked
 * like that. `now` is epoch ms. Other filters don't help: most of the log may be one kind of event of one client.
 */
export function wideFilter(
  { ip, actorId, accountId, from = 0, to }: AuditFilters,
  now: number,
): 'ip' | 'actorId' | undefined {
  const sought = ip !== undefined ? 'ip' : actorId !== undefined ? 'actorId' : undefined;
  if (sought === undefined || accountId !== undefined) return undefined;
  return Math.min(to ?? now, now) - from > widestDays * dayMilliseconds ? sought : undefined;
}
