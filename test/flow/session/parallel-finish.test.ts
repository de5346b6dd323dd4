import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Store } from '../../../src/app/store.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { openDelayedStore } from '../../support/delayed-database.ts';
import { ask, startTwoServers, type TwoServers } from '../../support/two-servers.ts';
import { finishInRounds, rounds } from './finish-race.ts';

const stores: [string, () => Promise<Store | undefined>][] = [
  ['SQLite in the process', async () => undefined],
  ['every call 5 to 50 ms late', () => openDelayedStore('sqlite')],
  ['PostgreSQL', () => openDelayedStore('postgresql', { leastMilliseconds: 0, mostMilliseconds: 0 })],
  ['PostgreSQL and every call late', () => openDelayedStore('postgresql')],
];

describe.each(stores)('%s', (_, openStore) => {
  let postern: Postern;
  beforeAll(async () => {
    const passwords = { maxQueuedPerAddress: 20 };
    postern = await startPostern({ mode: 'dev', memory: true, passwords, store: await openStore() });
  });
  afterAll(() => postern?.stop());

  it(`D03 eight ways back at once, in ${rounds} rounds: one goes on, the others get 400`, async () => {
    const { issuer, port } = postern;
    await finishInRounds({
      issuer,
      ask: (path, question) => ask({ port, host: new URL(issuer).host }, path, question),
    });
  }, 60_000);
});

describe.each(['sqlite', 'postgresql'] as const)('two server processes on %s', (kind) => {
  let servers: TwoServers;
  beforeAll(async () => {
    servers = await startTwoServers(kind);
  });
  afterAll(() => servers?.stop());

  it(`D03 eight ways back at once, four at each server, in ${rounds} rounds: one goes on, the others get 400`, async () => {
    let turn = 0;
    const { issuer } = servers;
    await finishInRounds({ issuer, ask: (path, question) => servers.ask((turn++ % 2) as 0 | 1, path, question) });
  }, 60_000);
});
