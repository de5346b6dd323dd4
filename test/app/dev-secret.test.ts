import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
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
      for (const { kid } of (await postern.keys.signingSet()).keys) kids.add(kid);
      await postern.stop();
    }
    expect(kids.size).toBe(4);
    expect((await stat(join(data, 'secret'))).mode & 0o777).toBe(0o600);
  },
);

it('dev keeps its secret beside the database file, wherever --data is', async () => {
  const [data, elsewhere] = [await temporary(), await temporary()];
  const options = { mode: 'dev', data, database: { file: join(elsewhere, 'my.db') } } as const;
  await (await startPostern(options)).stop();
  expect(await readdir(data)).toEqual([]);
  expect(existsSync(join(elsewhere, 'secret'))).toBe(true);
  await (await startPostern({ ...options, data: await temporary() })).stop();
});

it.each(['sqlite', 'postgresql'])(
  'N03 dev over %s does not replace a secret that is gone: it names the file',
  async (kind) => {
    const data = await temporary();
    const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    onTestFinished(async () => server?.drop());
    const options = { mode: 'dev', data, ...(server && { database: { url: server.url } }) } as const;
    await (await startPostern(options)).stop();
    const secret = join(data, 'secret');
    await rename(secret, `${secret}.away`);
    await expect(startPostern(options)).rejects.toMatchObject({
      code: 'invalid',
      exitStatus: 78,
      message: expect.stringContaining(secret),
    });
    expect(existsSync(secret)).toBe(false);
    await rename(`${secret}.away`, secret);
    await (await startPostern(options)).stop();
  },
);

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}
