import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Database, Db } from '../../src/db/db.ts';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createTestRecords, newKeys } from '../domain/records/room.ts';
import { createTestDatabase } from '../support/postgres.ts';
import {
  type Answer,
  everything,
  explain,
  firstState,
  perform,
  rounds,
  type Step,
  seedGrants,
} from '../support/records-model.ts';
import { temporaryFolder } from '../support/spawned.ts';

/** Every statement comes up to `most` milliseconds late and answers as much later, in transactions too. */
function late(db: Database, most: number): Database {
  const wait = () => (most === 0 ? Promise.resolve() : delay(Math.random() * most));
  const lateDb = (asked: Db): Db => {
    const slowly = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      await wait();
      return work().finally(wait);
    };
    return {
      dialect: asked.dialect,
      get: (sql, values) => slowly(() => asked.get(sql, values)),
      all: (sql, values) => slowly(() => asked.all(sql, values)),
      run: (sql, values) => slowly(() => asked.run(sql, values)),
    };
  };
  return { ...db, ...lateDb(db), transaction: (work) => db.transaction((tx) => work(lateDb(tx))) };
}

type Place = { databases: [Database, Database]; close(): Promise<void> };
const places: { name: string; open(): Promise<Place> }[] = [
  {
    name: 'SQLite in memory',
    async open() {
      const db = await openDatabase({ kind: 'memory' });
      await migrateToLatest(db);
      return { databases: [db, db], close: () => db.close() };
    },
  },
  {
    name: 'a SQLite file that two processes share',
    async open() {
      const path = join(temporaryFolder(), 'postern.db');
      const one = await openDatabase({ kind: 'file', path });
      await migrateToLatest(one);
      const two = await openDatabase({ kind: 'file', path });
      return { databases: [one, two], close: async () => void (await Promise.all([one.close(), two.close()])) };
    },
  },
];

places.push({
  name: 'PostgreSQL with two nodes',
  async open() {
    const server = await createTestDatabase();
    const databases = [
      await openDatabase({ kind: 'postgresql', url: server.url }),
      await openDatabase({ kind: 'postgresql', url: server.url }),
    ] as [Database, Database];
    await migrateToLatest(databases[0]);
    const close = async () => {
      for (const db of databases) await db.close();
      await server.drop();
    };
    return { databases, close };
  },
});

/** Plays the rounds on a room of its own; fails when the answers fit no order of the steps. */
async function play([one, two]: [Database, Database], most: number, played: Step[][]): Promise<void> {
  const keys = newKeys();
  const first = createTestRecords(late(one, most), keys).records;
  const nodes = [first, one === two ? first : createTestRecords(late(two, most), keys).records] as const;
  await seedGrants(first);
  await one.flush();
  let states = [firstState];
  for (const round of [...played, ...everything.map((step) => [step])]) {
    const answers = await Promise.all(
      round.map(async (step): Promise<{ step: Step; answer: Answer }> => {
        const answer = await perform(nodes[step.node], step);
        // As before every reply.
        await Promise.all([one.flush(), two.flush()]);
        return { step, answer };
      }),
    );
    states = explain(states, answers);
    expect(states, `no order of these steps gives these answers: ${JSON.stringify(answers)}`).not.toEqual([]);
  }
}

describe.each(places)('P15 the records room over $name', ({ open }) => {
  it.each([
    ['at once', 0, 80],
    ['with delays of up to 4 ms at every statement', 4, 20],
  ])(
    'P15 any interleaving of steps answers as some order of them would answer from a map, %s',
    async (_name, most, numRuns) => {
      const place = await open();
      onTestFinished(place.close);
      await fc.assert(
        fc.asyncProperty(rounds, (played) => play(place.databases, most, played)),
        { numRuns, endOnFailure: true },
      );
    },
    60_000,
  );
});
