import { defineConfig } from 'vitest/config';

/** Two workers, one process per test file: each file has its own environment, clock and open handles. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    pool: 'forks',
    maxWorkers: 2,
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
