import { defineConfig } from 'vitest/config';

/**
 * One process per test file: each file has its own environment, clock and open handles. One more at a time than there are
 * cores in CI, since many of them wait: for a browser, a server, a claim that runs out.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts', 'test/support/program.ts'],
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    unstubEnvs: true,
    restoreMocks: true,
    // What a poll waits for is an event: on a busy machine a second, the default, is soon over.
    expect: { poll: { timeout: 15_000 } },
    env: { TZ: 'UTC' },
  },
});
