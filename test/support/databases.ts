import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/db/db.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createTestDatabase } from './postgres.ts';

/** A migrated database of its own, and its end. */
export type OpenedDatabase = { db: Database; close(): Promise<void> };

/** The three stores every contract test runs over: SQLite in memory, a SQLite file, a real PostgreSQL. */
export const databases: { name: string; open(): Promise<OpenedDatabase> }[] = [
  {
    name: 'SQLite in memory',
    async open() {
      const db = await openDatabase({ kind: 'memory' });
      await migrateToLatest(db);
      return { db, close: () => db.close() };
    },
  },
  {
    name: 'a SQLite file',
    async open() {
      const folder = await mkdtemp(join(tmpdir(), 'postern-'));
      const db = await openDatabase({ kind: 'file', path: join(folder, 'postern.db') });
      await migrateToLatest(db);
      return {
        db,
        async close() {
          await db.close();
          await rm(folder, { recursive: true });
        },
      };
    },
  },
  {
    name: 'PostgreSQL',
    async open() {
      const server = await createTestDatabase();
      const db = await openDatabase({ kind: 'postgresql', url: server.url });
      await migrateToLatest(db);
      return {
        db,
        async close() {
          await db.close();
          await server.drop();
        },
      };
    },
  },
];
