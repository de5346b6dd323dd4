import type { Clock } from '../../base/clock.ts';
import type { Db } from '../../db/db.ts';
import type { AuditEvent } from './entry.ts';
import { type AuditFilters, firstIdAt, listEventsSince } from './reading.ts';

/** Each call answers the events that became visible since the last, oldest first. */
export type Tail = () => Promise<AuditEvent[]>;

/**
 * An event shows when its transaction commits, so one with a smaller id may come after one with a greater: of two nodes,
 * or of two transactions on PostgreSQL. What is this recent is read again, and what was told is left out.
 */
const overlapMilliseconds = 10_000;
const mostAtOnce = 1000;

/** Follows the log from now on. */
export function createTail({ db, clock, filters }: { db: Db; clock: Clock; filters: AuditFilters }): Tail {
  const beganAt = clock.now();
  let readAt = beganAt;
  let told = new Set<string>();

  return async () => {
    let since = firstIdAt(Math.max(beganAt, readAt - overlapMilliseconds));
    readAt = clock.now();
    const fresh: AuditEvent[] = [];
    const seen = new Set<string>();
    for (;;) {
      const events = await listEventsSince(db, { ...filters, since, limit: mostAtOnce });
      for (const event of events) {
        seen.add(event.id);
        if (!told.has(event.id)) fresh.push(event);
      }
      const last = events.at(-1);
      if (!last || events.length < mostAtOnce) break;
      since = last.id;
    }
    told = seen;
    return fresh;
  };
}
