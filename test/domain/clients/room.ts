import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { type ClientsOptions, createClients } from '../../../src/domain/clients/clients.ts';

/** The room over a database, with the names of the audit events it has written, sorted. */
export function openRoom(db: Database, options: Partial<ClientsOptions> = {}) {
  const clock = createManualClock();
  const audit = createAudit({ clock });
  const clients = createClients({ db, clock, audit, mode: 'dev', strict: false, ...options });
  const events = async () => (await audit.list(db, { limit: 100 })).map(({ event }) => event).sort();
  return { clients, clock, audit, events };
}
