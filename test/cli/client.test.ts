import { expect, it } from 'vitest';
import { goodSecret, serve, spawnPostern } from '../support/spawned.ts';

const env = { POSTERN_SECRET: goodSecret };
const add = (folder: string, argv: string[]) =>
  spawnPostern(['client', 'add', ...argv, '--issuer', 'http://localhost:4999', '--data', folder], { env }).ended;

const token = (issuer: string, id: string, secret: string) =>
  fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });

it('R10 postern client add: the running server knows the client at once, by the secret that is shown this once', async () => {
  const server = await serve();
  const machine = await add(server.folder, ['--id', 'machine', '--grant', 'client_credentials']);
  expect(machine).toMatchObject({ status: 0, err: '', out: expect.stringContaining('Registered machine.') });
  const secret = /shown this once: (\S+)/.exec(machine.out)?.[1] ?? '';
  expect(secret.length).toBeGreaterThanOrEqual(43);
  expect((await token(server.issuer, 'machine', secret)).status).toBe(200);
  expect((await token(server.issuer, 'machine', `${secret}x`)).status).toBe(401);

  const spa = await add(server.folder, [
    '--id',
    'spa',
    '--public',
    '--redirect-uri',
    'https://spa.example/cb',
    '--json',
  ]);
  expect(spa.status).toBe(0);
  expect(JSON.parse(spa.out)).toEqual({ id: 'spa' });
}, 30_000);

it('postern client add says what is wrong, and registers nothing then', async () => {
  const server = await serve();
  const { folder } = server;
  expect(await add(folder, [])).toMatchObject({ status: 64, err: expect.stringContaining('--id is missing') });
  const fragment = await add(folder, ['--id', 'app', '--redirect-uri', 'https://rp.example/cb#here']);
  expect(fragment).toMatchObject({ status: 64, out: '', err: expect.stringMatching(/redirect/i) });
  expect(fragment.err).not.toMatch(/^\s+at /m);
  expect(fragment.err.match(/fragment/g)).toHaveLength(1);
  expect(await add(folder, ['--id', 'app', '--redirect-uri', 'http://rp.example/cb'])).toMatchObject({ status: 64 });
  expect(
    await add(folder, ['--id', 'app', '--grant', 'implicit', '--redirect-uri', 'https://rp.example/cb']),
  ).toMatchObject({
    status: 64,
  });
  expect(await add(folder, ['--id', 'app', '--mode', 'nowhere'])).toMatchObject({ status: 64 });
  expect(await add(folder, ['--id', 'app', '--redirect-uri', 'https://rp.example/cb'])).toMatchObject({ status: 0 });
  expect(await add(folder, ['--id', 'app', '--redirect-uri', 'https://rp.example/cb'])).toMatchObject({ status: 1 });
  expect(await spawnPostern(['client', 'remove', '--id', 'app']).ended).toMatchObject({ status: 64 });
}, 40_000);
