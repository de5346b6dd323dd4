import { createSecretKey, randomBytes } from 'node:crypto';
import { systemClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { createRecords } from '../../../src/domain/records/records.ts';

export const newKeys = () => ({
  idKey: createSecretKey(randomBytes(32)),
  payloadKey: createSecretKey(randomBytes(32)),
});

/** Thirty days, as in production. */
export const tombstoneSeconds = 30 * 24 * 3600;

/** The room over a database; with keys of its own it sees nothing of what others have put into the same tables. */
export function createTestRecords(db: Database, keys = newKeys(), clock = systemClock) {
  const audit = createAudit({ clock });
  return { records: createRecords({ db, clock, audit, ...keys, tombstoneSeconds }), audit, ...keys };
}
