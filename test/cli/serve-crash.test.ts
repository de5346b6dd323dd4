import { existsSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { createDevApp } from '../support/dev-app.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { goodSecret, serve, spawnPostern } from '../support/spawned.ts';

const afterRefresh =
  'kill -9 right after the answer to a refresh: after the restart the old token is dead, the new one lives';
it.each(['sqlite', 'postgresql'] as const)(
  `R01 over %s: ${afterRefresh}`,
  async (kind) => {
    const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    if (server) onTestFinished(() => server.drop());
    const env = { POSTERN_SECRET: goodSecret, ...(server && { POSTERN_DATABASE_URL: server.url }) };
    const first = await serve({ mode: 'dev', env });
    const app = createDevApp(first.issuer);
    const signedIn = await app.signIn();
    expect(signedIn.status).toBe(200);
    const refreshed = await app.refresh(signedIn.body.refresh_token);
    first.kill('SIGKILL');
    expect(refreshed.status).toBe(200);
    expect(refreshed.body.refresh_token).not.toBe(signedIn.body.refresh_token);
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });

    const started = performance.now();
    const second = await serve({ mode: 'dev', env, folder: first.folder, port: first.port });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(await app.userinfo(refreshed.body.access_token)).toBe(200);
    expect(await app.refresh(signedIn.body.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    // Presenting the spent one ended the whole family, and that was on disk too before it was said.
    second.kill('SIGKILL');
    await second.ended;
    await serve({ mode: 'dev', env, folder: first.folder, port: first.port });
    expect(await app.userinfo(refreshed.body.access_token)).toBe(401);
    expect(await app.refresh(refreshed.body.refresh_token)).toMatchObject({ status: 400 });
  },
  40_000,
);

it('R09 a second server on the same file is refused with 75 and the process id; after kill -9 of the first one it runs', async () => {
  const first = await serve();
  const argv = ['serve', '--issuer', first.issuer, '--port', String(first.port), '--data', first.folder];
  const env = { POSTERN_SECRET: 'spawned-secret-that-seals-nothing-of-anybody-0123456789' };
  const refused = await spawnPostern(argv, { env }).ended;
  expect(refused).toMatchObject({ status: 75, out: '' });
  expect(refused.err).toContain(`process id ${first.pid}`);
  expect(refused.err.trim().split('\n')).toHaveLength(1);
  expect((await fetch(`${first.issuer}/readyz`)).status).toBe(200);

  first.kill('SIGKILL');
  await first.ended;
  expect(existsSync(`${first.file}.lock`)).toBe(true);
  const second = await serve({ folder: first.folder, port: first.port });
  expect((await fetch(`${second.issuer}/readyz`)).status).toBe(200);
}, 40_000);
