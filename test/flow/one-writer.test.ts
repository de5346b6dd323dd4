/** house.md, "one writer": a service transaction and the requests beside it do not get in each other's way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/app/store.ts';
import { openDelayedStore } from '../support/delayed-database.ts';
import { basic, post } from '../support/endpoint.ts';
import { createWorld, type World } from '../support/world.ts';

const requests = 100;
const openMilliseconds = 50;
/** What a hundred token requests cost by themselves, on a busy machine. */
const patienceMilliseconds = 3000;

const by = { type: 'system' } as const;
const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startWorld(kind: 'memory' | 'file' | 'postgresql'): Promise<World> {
  let store: Store | undefined;
  if (kind === 'postgresql') store = await openDelayedStore(kind, { leastMilliseconds: 0, mostMilliseconds: 0 });
  const data = await mkdtemp(join(tmpdir(), 'postern-'));
  cleanUps.push(() => rm(data, { recursive: true, force: true }));
  const world = await createWorld({ store, data, memory: kind === 'memory' });
  cleanUps.push(() => world.stop());
  return world;
}

describe.each(['memory', 'file', 'postgresql'] as const)('over %s', (kind) => {
  it.each(['commits', 'rolls back'])(
    `a transaction that stays open for ${openMilliseconds} ms during ${requests} token requests, then %s`,
    async (end) => {
      const world = await startWorld(kind);
      const { db, audit, clients } = world.postern;
      const token = () =>
        post(`${world.issuer}/token`, { grant_type: 'client_credentials' }, basic('app', world.secrets.app));
      await token();
      const count = async (from: Pick<typeof db, 'get'> = db) =>
        (await from.get<{ n: number }>('SELECT COUNT(*) AS n FROM records'))?.n ?? 0;
      const created = async () => (await audit.list(db, { limit: 500, event: 'client.created' })).items.length;
      const [before, createdBefore] = [await count(), await created()];

      let endedAt = 0;
      const transaction = db.transaction(async (tx) => {
        await audit.record(tx, { actor: by, event: 'client.created', clientId: 'inside', detail: { origin: 'admin' } });
        const seen = await count(tx);
        await delay(openMilliseconds);
        // On SQLite nothing of the others runs inside it; PostgreSQL shows what others have committed.
        if (kind !== 'postgresql') expect(await count(tx)).toBe(seen);
        endedAt = performance.now();
        if (end === 'rolls back') throw new Error('undone on purpose');
      });
      const answers = await Promise.all([
        transaction.catch((error: Error) => expect(error.message).toContain('undone on purpose')),
        ...Array.from({ length: requests }, token),
      ]);
      const lastedMilliseconds = performance.now() - endedAt;

      const issued = answers.slice(1) as Awaited<ReturnType<typeof token>>[];
      expect(issued.map((answer) => answer.status)).toEqual(Array(requests).fill(200));
      expect(lastedMilliseconds).toBeLessThan(patienceMilliseconds);
      // Its own rows stand or fall with it, those of the requests stay.
      expect(await count()).toBe(before + requests);
      expect((await created()) - createdBefore).toBe(end === 'commits' ? 1 : 0);
      for (const { body } of issued.slice(0, 10)) {
        const form = { token: body.access_token };
        const about = await post(`${world.issuer}/introspect`, form, basic('app', world.secrets.app));
        expect(about.body.active).toBe(true);
      }
      await expect(clients.create({ id: 'afterwards' }, { by })).resolves.toBeDefined();
    },
  );
});
