import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrateToLatest } from '../../../src/db/migrate.ts';
import { openDatabase } from '../../../src/db/open.ts';
import type { DyingSignOut } from '../../support/dying-sign-out.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { spawnNode, temporaryFolder } from '../../support/spawned.ts';
import { fresh, openSessions } from './room.ts';

const program = fileURLToPath(new URL('../../support/dying-sign-out.ts', import.meta.url));

async function place(kind: 'a SQLite file' | 'PostgreSQL'): Promise<DyingSignOut['database']> {
  if (kind === 'a SQLite file') return { kind: 'file', path: join(temporaryFolder(), 'postern.db') };
  const server = await createTestDatabase();
  onTestFinished(() => server.drop());
  return { kind: 'postgresql', url: server.url };
}

describe.each(['a SQLite file', 'PostgreSQL'] as const)(
  'a process that is killed while it signs somebody out, over %s',
  (kind) => {
    it('R02 R01 it has happened, with a notice for each app, or not at all', async () => {
      const database = await place(kind);
      const open = async () => {
        const db = await openDatabase(database);
        await migrateToLatest(db);
        return db;
      };
      const first = await open();
      const { keys } = openSessions(first);
      await first.close();
      const base64 = (key: typeof keys.idKey) => key.export().toString('base64');

      /** Somebody at two apps; what is left of it when the process has ended. */
      async function signedOutBy(diesAt: number) {
        const db = await open();
        const house = openSessions(db, keys);
        const accountId = fresh('acc');
        const grants = [await house.grant(accountId, 'app'), await house.grant(accountId, 'app2')] as const;
        const session = await house.session(accountId, { app: grants[0], app2: grants[1] });
        await db.flush();
        await db.close();
        const plan: DyingSignOut = {
          database,
          idKey: base64(keys.idKey),
          payloadKey: base64(keys.payloadKey),
          uid: session.uid,
          diesAt,
        };
        const { signal, out, err } = await spawnNode([program, JSON.stringify(plan)]).ended;
        const again = await open();
        const after = openSessions(again, keys);
        const state = {
          signedIn: await after.isThere(session),
          grants: await Promise.all(grants.map(after.isLive)),
          told: (await after.deliveries.list({ limit: 9, accountId })).items.map(({ clientId }) => clientId).sort(),
          events: (await after.eventsAbout(accountId)).map(({ event }) => event),
        };
        await again.close();
        return { signal, out, err, state };
      }

      const before = { signedIn: true, grants: [true, true], told: [], events: [] };
      const done = { signedIn: false, grants: [false, false], told: ['app', 'app2'], events: ['session.ended'] };
      const whole = await signedOutBy(0);
      expect(whole).toMatchObject({ signal: null, err: '', state: done });
      const places = Number(/done after (\d+)/.exec(whole.out)?.[1]);
      expect(places).toBeGreaterThan(8);
      for (let at = 1; at < places; at++)
        expect(await signedOutBy(at), `at place ${at}`).toMatchObject({ signal: 'SIGKILL', out: '', state: before });
      // The last one is right after the commit.
      expect(await signedOutBy(places)).toMatchObject({ signal: 'SIGKILL', out: '', state: done });
    }, 120_000);
  },
);
