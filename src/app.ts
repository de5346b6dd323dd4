/**
 * The builder: makes every part by hand, in order, and hands out the services and a start and a stop. Server, commands,
 * fixture and tests use the same object.
 */

import { createDoors } from './app/doors.ts';
import { createLife } from './app/life.ts';
import { createRooms } from './app/rooms.ts';
import { openStore, type Store } from './app/store.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { createLog, type LogStream } from './base/log.ts';
import type { Config } from './config/config.ts';

export { type Account, type AccountChange, type AccountInput, hashForFile } from './domain/accounts/accounts.ts';
export { type Attribute, attributeFromText, attributeText } from './domain/attributes/attributes.ts';
export { type AuditEvent, type AuditFilters, auditLine } from './domain/audit/audit.ts';
export {
  type Client,
  type ClientChange,
  type ClientInput,
  demoClient,
  secretProblem,
} from './domain/clients/clients.ts';
export { type Attempt, type Delivery, deliveryFilters, type ListedDelivery } from './domain/deliveries/deliveries.ts';
export type { Directory, Plan, Progress, WrittenFile } from './domain/directory/directory.ts';
export type { Revocation } from './domain/key-uses/key-uses.ts';
export {
  type ComingStep,
  type KeyOutlook,
  keyFile,
  type Outlook,
  type PublicJwk,
  pemMap,
  type Rotated,
  spanOf,
} from './domain/keys/keys.ts';
export type { KeyReadiness } from './domain/readiness/readiness.ts';
export type { Rehearsal, Verdict } from './domain/rehearsals/rehearsals.ts';
/** What a test puts in the place of the real thing: log lines go nowhere unless told, `store` is closed by `stop`. */
export type Seams = { clock?: Clock; logStream?: LogStream; store?: Store };
export type App = Awaited<ReturnType<typeof createApp>>;

/** Opens the database (creating it where that is allowed) and builds the house. Throws PosternError with an exit status. */
export async function createApp(config: Config, seams: Seams = {}) {
  const clock = seams.clock ?? systemClock;
  const log = createLog({ level: config.logLevel, stream: seams.logStream });
  const store = seams.store ?? (await openStore(config));
  try {
    const rooms = await createRooms(config, store, { clock, log });
    const doors = await createDoors(config, rooms, log);
    return { config, log, ...rooms, ...doors, ...createLife({ config, log, store, rooms, doors }) };
  } catch (error) {
    // What went wrong first is what matters.
    await store.db
      .close()
      .catch((closing: unknown) => log.warn({ error: closing }, 'the database could not be closed'));
    store.release();
    throw error;
  }
}
