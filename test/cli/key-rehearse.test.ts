/** `postern key rehearse` beside a running `postern dev`: two processes, and an app that signs people in. */
import { describe, expect, it } from 'vitest';
import { createCommandLine } from '../support/command-line.ts';
import { checks, createKeyClient, type KeyClient, type Registered } from '../support/key-clients.ts';
import { type Served, serve, spawnPostern, until } from '../support/spawned.ts';

const demo = ({ issuer }: Served): Registered => ({
  ...{ issuer, clientId: 'demo', secret: 'demo-secret', redirectUri: 'http://localhost:3000/callback' },
  person: { username: 'alice', password: 'alice' },
});
const clientOf = (server: Served, make: (of: { issuer: string; clientId: string }) => ReturnType<typeof checks.good>) =>
  createKeyClient(demo(server), { check: make(demo(server)) });

const rehearse = ({ folder }: Served, ...argv: string[]) =>
  spawnPostern(['key', 'rehearse', ...argv, '--client', 'demo', '--data', folder]);

const keySet = async ({ issuer }: Served) => {
  const response = await fetch(`${issuer}/jwks`);
  return { text: await response.text(), etag: response.headers.get('etag') };
};

async function played(server: Served, client: KeyClient, ...argv: string[]) {
  await client.signIn();
  const command = rehearse(server, ...argv);
  await command.saying('Now sign in to demo');
  await client.signIn();
  return command.ended;
}

describe('postern key rehearse', () => {
  it('follows a good client, says that it passed, and puts everything back', async () => {
    const server = await serve({ mode: 'dev' });
    await keySet(server);
    const before = await keySet(server);
    const { status, out, err } = await played(server, clientOf(server, checks.good), 'sudden');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain('sudden: a key that appears and signs in the same minute');
    expect(out).toMatch(/Z {2}demo asked for a sign-in\n/);
    expect(out).toMatch(/Z {2}demo was handed an ID token signed by [\w-]{43}\n/);
    expect(out).toMatch(/Z {2}this machine fetched the key set: 200\n.*Z {2}demo: userinfo was asked for\n/);
    expect(out).toMatch(/^passed \(likely\): /m);
    await until(async () => (await keySet(server)).text === before.text);
    expect(await keySet(server)).toEqual(before);
  }, 60_000);

  it('exit 1 for a client that checks nothing, with how to mend it', async () => {
    const server = await serve({ mode: 'dev' });
    const { status, out, err } = await played(server, clientOf(server, checks.careless), 'unknown-kid');
    expect(status).toBe(1);
    expect(err).toBe('postern: demo failed: unknown-kid.\n');
    expect(out).toContain('failed at the signature (likely): It took a token whose key is in no key set');
    expect(out).toContain('to mend it: Check the signature');
  }, 60_000);

  it('asks for a second sign-in where the client has to recover, and writes JSON Lines for scripts', async () => {
    const server = await serve({ mode: 'dev' });
    const client = clientOf(server, checks.good);
    await client.signIn();
    const command = rehearse(server, 'unavailable', '--json');
    await command.saying('"state":"playing"');
    expect((await fetch(`${server.issuer}/jwks`)).status).toBe(503);
    expect(await client.signIn()).toBe(false);
    await command.saying('"state":"restored"');
    expect(await client.signIn()).toBe(true);
    const { status, out } = await command.ended;
    expect(status).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ variant: 'unavailable', clientId: 'demo', verdict: { outcome: 'passed' } });
    expect(lines.flatMap(({ step }) => step?.kind ?? [])).toEqual(
      expect.arrayContaining(['began', 'played', 'asked', 'token', 'keys', 'ended', 'restored', 'alive']),
    );
  }, 60_000);

  it('ends at Ctrl-C and when its time is over: exit 75 if nobody tried, and the key set is as before', async () => {
    const server = await serve({ mode: 'dev' });
    await keySet(server);
    const before = await keySet(server);
    const interrupted = rehearse(server, 'sudden');
    await interrupted.saying('Now sign in');
    expect((await keySet(server)).text).not.toBe(before.text);
    interrupted.kill('SIGINT');
    expect(await interrupted.ended).toMatchObject({ status: 75, err: expect.stringContaining('Not decided: sudden') });
    await until(async () => (await keySet(server)).etag === before.etag);
    const short = await rehearse(server, 'sudden', '--seconds', '2').ended;
    expect(short).toMatchObject({ status: 75, out: expect.stringContaining('nobody has begun to sign in') });
    const misspelt = ['key', 'rehearse', 'sudden', '--client', 'dmeo', '--seconds', '1', '--data', server.folder];
    const stranger = await spawnPostern(misspelt).ended;
    expect(stranger.err).toContain('No client has the id dmeo yet. An app gets one here by its first sign-in');
    expect(short.err).not.toContain('No client');
  }, 60_000);

  it('a process that was killed leaves one that ends by itself, or by --end', async () => {
    const server = await serve({ mode: 'dev' });
    await keySet(server);
    const before = await keySet(server);
    const killed = rehearse(server, 'sudden', '--seconds', '600');
    await killed.saying('Now sign in');
    killed.kill('SIGKILL');
    await killed.ended;
    const second = await rehearse(server, 'odd-keys').ended;
    expect(second).toMatchObject({ status: 1, err: expect.stringContaining('A rehearsal runs already: sudden') });
    const ended = await rehearse(server, '--end').ended;
    expect(ended).toMatchObject({ status: 0, out: 'Ended sudden: the key set is as before.\n' });
    await until(async () => (await keySet(server)).text === before.text);

    const brief = rehearse(server, 'sudden', '--seconds', '3');
    await brief.saying('Now sign in');
    brief.kill('SIGKILL');
    await until(async () => (await keySet(server)).text === before.text);
    expect((await keySet(server)).etag).toBe(before.etag);
  }, 60_000);

  it('without a server nobody could sign in: it says so and ends', async () => {
    const server = await serve({ mode: 'dev' });
    server.kill('SIGTERM');
    await server.ended;
    const { status, err } = await rehearse(server, 'sudden').ended;
    expect({ status, err }).toEqual({ status: 75, err: expect.stringContaining('is postern dev running') });
    expect((await rehearse(server, '--end').ended).out).toBe('No rehearsal runs.\n');
  }, 60_000);

  it('is refused in serve, and in its database', async () => {
    const line = await createCommandLine();
    const refused = await line.run(['key', 'rehearse', 'sudden', '--client', 'app', '--mode', 'serve']);
    expect(refused).toMatchObject({ status: 77, err: expect.stringContaining('refused in serve') });
    const sealed = await line.run(['key', 'rehearse', 'sudden', '--client', 'app']);
    expect(sealed).toMatchObject({ status: 78, err: expect.stringContaining('belongs to "postern serve"') });
  }, 60_000);

  it('lists the variants, and refuses what it does not know', async () => {
    const line = await createCommandLine();
    const { items } = await line.tells('key', 'rehearse', '--list');
    expect(items.map(({ variant }: { variant: string }) => variant)).toHaveLength(7);
    expect(items[0]).toMatchObject({ variant: 'sudden', expects: 'accept' });
    for (const argv of [['sudden'], ['sudden', '--client', 'app', '--seconds', '3601']]) {
      expect(await line.run(['key', 'rehearse', ...argv]), argv.join(' ')).toMatchObject({ status: 64, out: '' });
    }
  }, 60_000);
});
