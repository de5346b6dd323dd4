import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createAttributes } from '../../../src/domain/attributes/attributes.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { type ClientsOptions, createClients } from '../../../src/domain/clients/clients.ts';
import { createGroups } from '../../../src/domain/groups/groups.ts';

/** The room over a database with its neighbours, the names of the events it has written, sorted, and what it ended. */
export function openRoom(db: Database, options: Partial<ClientsOptions> = {}) {
  const clock = createManualClock();
  const audit = createAudit({ clock });
  const groups = createGroups({ db, clock, audit });
  const attributes = createAttributes({ db, clock, audit });
  const ended: string[] = [];
  const sessions = { endClientIn: async (_tx: unknown, clientId: string) => ended.push(clientId) };
  const clients = createClients({
    ...{ db, clock, audit, groups, attributes, sessions },
    ...{ mode: 'dev', strict: false, issuer: 'http://localhost:4400' },
    ...options,
  });
  const log = async () =>
    (await audit.list(db, { limit: 100 })).items.filter(({ event }) => event.startsWith('client.'));
  const events = async () => (await log()).map(({ event }) => event).sort();
  return { clients, clock, audit, groups, attributes, ended, log, events };
}
