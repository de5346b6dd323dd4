import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startPostern } from '../../src/testing/testing.ts';
import { createTestDatabase } from '../support/postgres.ts';

it.each(['sqlite', 'postgresql'])(
  'dev over %s opens again what it has sealed with a secret of its own making',
  async (kind) => {
    const data = await mkdtemp(join(tmpdir(), 'postern-'));
    onTestFinished(() => rm(data, { recursive: true }));
    const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    onTestFinished(async () => server?.drop());
    const database = server && { url: server.url };
    const kids = new Set<string | undefined>();
    for (let start = 0; start < 2; start++) {
      const postern = await startPostern({ mode: 'dev', data, ...(database && { database }) });
      for (const { kid } of await postern.keys.signingSet()) kids.add(kid);
      await postern.stop();
    }
    expect(kids.size).toBe(2);
    expect((await stat(join(data, 'secret'))).mode & 0o777).toBe(0o600);
  },
);
