import { afterAll, beforeAll, describe, it } from 'vitest';
import { startTwoServers, type TwoServers } from '../../support/two-servers.ts';
import { rounds, spendCodes, spendRefreshTokens, trackOf } from './race.ts';

describe.each(['sqlite', 'postgresql'] as const)('two server processes on %s', (kind) => {
  let servers: TwoServers;
  beforeAll(async () => {
    servers = await startTwoServers(kind);
  });
  afterAll(() => servers?.stop());

  it(`B02 eight redemptions of one code, four at each server, in ${rounds} rounds: one gets tokens at most`, async () => {
    await spendCodes(trackOf(servers));
  });

  it(`C02 eight uses of one refresh token, four at each server, in ${rounds} rounds: one successor at most`, async () => {
    await spendRefreshTokens(trackOf(servers));
  });
});
