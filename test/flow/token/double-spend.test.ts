import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Store } from '../../../src/app/store.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { openDelayedStore } from '../../support/delayed-database.ts';
import { ask } from '../../support/two-servers.ts';
import { rounds, spendCodes, spendRefreshTokens, type Track } from './race.ts';

/** Each a store that answers in its own time; `undefined` is the one a fixture makes for itself. */
const stores: [string, () => Promise<Store | undefined>][] = [
  ['SQLite in the process', async () => undefined],
  ['every call 5 to 50 ms late', () => openDelayedStore('sqlite')],
  ['every call late and reads cached', () => openDelayedStore('sqlite', { cached: true })],
  ['PostgreSQL', () => openDelayedStore('postgresql', { leastMilliseconds: 0, mostMilliseconds: 0 })],
  ['PostgreSQL and every call late', () => openDelayedStore('postgresql')],
];

describe.each(stores)('%s', (_name, openStore) => {
  let postern: Postern;
  let track: Track;

  beforeAll(async () => {
    postern = await startPostern({
      mode: 'dev',
      memory: true,
      passwords: { maxQueuedPerAddress: 20 },
      store: await openStore(),
    });
    const { issuer, port, audit, db } = postern;
    track = {
      issuer,
      ask: (path, question) => ask({ port, host: new URL(issuer).host }, path, question),
      countEvents: async (event) => (await audit.list(db, { limit: 10_000, event })).items.length,
    };
  });
  afterAll(() => postern?.stop());

  it(`B02 eight redemptions of one code at once, in ${rounds} rounds: one gets tokens at most, and none of them lives`, async () => {
    await spendCodes(track);
  });

  it(`C02 eight uses of one refresh token at once, in ${rounds} rounds: one successor at most, and the family is dead`, async () => {
    await spendRefreshTokens(track);
  });
});
