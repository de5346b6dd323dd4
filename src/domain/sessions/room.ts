/** What the files of this room share. */
import type { Clock } from '../../base/clock.ts';
import type { Database } from '../../db/db.ts';
import type { Audit, Circumstances, SessionEnd } from '../audit/audit.ts';
import type { Deliveries } from '../deliveries/deliveries.ts';
import type { Records } from '../records/records.ts';

export type Room = {
  db: Database;
  clock: Clock;
  audit: Audit;
  records: Records;
  deliveries: Pick<Deliveries, 'enqueueIn'>;
};
/** Whose it has to be; anybody's where it is left out, which is for administrators. */
export type Owner = { accountId?: string | undefined };
/** Why somebody is signed out, who did it, and which app has asked for it, if one did. */
export type Why = { reason: SessionEnd; circumstances: Circumstances; clientId?: string | undefined };
/** How many of each were ended. */
export type Ended = { sessions: number; grants: number };
