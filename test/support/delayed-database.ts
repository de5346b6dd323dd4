/**
 * A database that is as far away as a busy PostgreSQL: every statement and every transaction takes 5 to 50 ms longer, part
 * of it before the work and part after. In-process SQLite answers at once and hides every race (security.md finding 1).
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../../src/app/store.ts';
import type { Database } from '../../src/db/db.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createTestDatabase } from './postgres.ts';

export type Delay = {
  leastMilliseconds?: number;
  mostMilliseconds?: number;
  /** Keeps what it has read, as the server does over its own SQLite file; else it reads every time, as over PostgreSQL. */
  cached?: boolean;
};

/** The same database, only slower. Inside a transaction nothing waits: there the house never waits either. */
export function delayDatabase(db: Database, options: Delay = {}): Database {
  const { leastMilliseconds = 5, mostMilliseconds = 50, cached = false } = options;

  async function slowly<Result>(work: () => Promise<Result>): Promise<Result> {
    const whole = leastMilliseconds + Math.random() * (mostMilliseconds - leastMilliseconds);
    const before = whole * Math.random();
    await delay(before);
    try {
      return await work();
    } finally {
      await delay(whole - before);
    }
  }

  return {
    ...db,
    get: (sql, values) => slowly(() => db.get(sql, values)),
    all: (sql, values) => slowly(() => db.all(sql, values)),
    run: (sql, values) => slowly(() => db.run(sql, values)),
    transaction: (work) => slowly(() => db.transaction(work)),
    version: () => (cached ? db.version() : undefined),
  };
}

/** A store for `startPostern({ store })` or `createWorld({ store })`, which closes it when it stops. */
export async function openDelayedStore(kind: 'sqlite' | 'postgresql' = 'sqlite', options: Delay = {}): Promise<Store> {
  const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
  const db = await openDatabase(server ? { kind: 'postgresql', url: server.url } : { kind: 'memory' });
  await migrateToLatest(db);
  const slow = delayDatabase(db, options);
  const close = async () => {
    await db.close();
    await server?.drop();
  };
  return { db: { ...slow, close }, secrets: [randomBytes(32).toString('base64url')], release: () => undefined };
}
