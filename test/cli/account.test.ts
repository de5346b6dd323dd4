import { describe, expect, it } from 'vitest';
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import { goodSecret, serve, spawnPostern, temporaryFolder } from '../support/spawned.ts';

const env = { POSTERN_SECRET: goodSecret };
const password = 'quiet lantern over the seven seas';
const commonFlags = (folder: string) => ['--issuer', 'http://localhost:4999', '--data', folder];
const add = (folder: string, argv: string[], input = `${password}\n`) =>
  spawnPostern(['account', 'add', ...argv, ...commonFlags(folder)], { env, input }).ended;

function authorizeUrl(issuer: string, redirectUri: string): string {
  const parameters = {
    ...{ client_id: 'app', redirect_uri: redirectUri, response_type: 'code', scope: 'openid' },
    ...{ code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
  };
  return `${issuer}/authorize?${new URLSearchParams(parameters)}`;
}

describe('R10 postern account add beside a running server', () => {
  it('R10 the person can sign in at once, through the server that was running all the time', async () => {
    const server = await serve();
    const redirectUri = 'https://rp.example/cb';
    const client = await spawnPostern(
      ['client', 'add', '--id', 'app', '--redirect-uri', redirectUri, '--json', ...commonFlags(server.folder)],
      { env },
    ).ended;
    expect(client).toMatchObject({ status: 0, err: '' });
    const argv = ['--username', 'erin', '--email', 'erin@example.test', '--group', 'a,b', '--json'];
    const added = await add(server.folder, argv);
    expect(added).toMatchObject({ status: 0, err: '' });
    const { id, username } = JSON.parse(added.out);
    expect({ id, username }).toEqual({ id: expect.stringMatching(/^[\w-]{16,}$/), username: 'erin' });
    expect(added.out).not.toContain(password);

    const url = authorizeUrl(server.issuer, redirectUri);
    const callback = await signIn(createVisitor(server.issuer), url, { username: 'erin', password });
    expect(callback.searchParams.get('code')).toMatch(/./);
  }, 30_000);
});

describe('postern account add', () => {
  it('says what is wrong, and adds nothing then', async () => {
    const server = await serve();
    const { folder } = server;
    expect(await add(folder, ['--username', 'erin'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^Added erin \([\w-]+\)\.\n$/),
    });
    const again = await add(folder, ['--username', 'ERIN']);
    expect(again).toMatchObject({ status: 1, out: '' });
    expect(again.err.match(/belongs to another|signs in as/g)).toHaveLength(2);
    expect(again.err.trim().split('\n')).toHaveLength(2);
    expect(await add(folder, [])).toMatchObject({ status: 64, err: expect.stringContaining('--username is missing') });
    const short = await add(folder, ['--username', 'frank'], 'short\n');
    expect(short).toMatchObject({ status: 64, out: '' });
    expect(await add(folder, ['--username', 'frank'], '')).toMatchObject({
      status: 64,
      err: expect.stringContaining('no password on standard input'),
    });
    expect(await add(folder, ['--username', 'frank'], `${'x'.repeat(5000)}\n`)).toMatchObject({
      status: 64,
      err: expect.stringContaining('too long'),
    });
    const argument = await add(folder, ['--username', 'frank', '--password', password]);
    expect(argument).toMatchObject({ status: 78, out: '' });
    expect(argument.err).not.toContain(password);
    // None of these left a frank behind.
    expect(await add(folder, ['--username', 'frank'])).toMatchObject({ status: 0 });
  }, 40_000);

  it('E04 unlock opens an account that failed sign-ins have closed, beside the running server', async () => {
    const server = await serve({ env: { POSTERN_THROTTLE_ACCOUNT_LOCK_AFTER: '1' } });
    await add(server.folder, ['--username', 'erin']);
    const redirectUri = 'https://rp.example/cb';
    const client = ['client', 'add', '--id', 'app', '--redirect-uri', redirectUri, ...commonFlags(server.folder)];
    expect(await spawnPostern(client, { env }).ended).toMatchObject({ status: 0 });
    const codeWith = async (tried: string) =>
      (
        await signIn(createVisitor(server.issuer), authorizeUrl(server.issuer, redirectUri), {
          username: 'erin',
          password: tried,
        })
      ).searchParams.get('code');
    expect(await codeWith('a wrong guess at it')).toBeNull();
    expect(await codeWith(password)).toBeNull();
    const argv = ['account', 'unlock', ...commonFlags(server.folder), '--username'];
    expect(await spawnPostern([...argv, 'erin', '--json'], { env }).ended).toMatchObject({
      status: 0,
      err: '',
      out: expect.stringContaining('"username": "erin"'),
    });
    expect(await spawnPostern([...argv, 'nobody'], { env }).ended).toMatchObject({
      status: 1,
      err: 'postern: There is no account with this user name.\n',
    });
    expect(await codeWith(password)).toMatch(/./);
  }, 30_000);

  it('without a database, or with the wrong secret, it says so and makes nothing', async () => {
    expect(await add(temporaryFolder(), ['--username', 'erin'])).toMatchObject({
      status: 78,
      err: expect.stringContaining('There is no database'),
    });
    const server = await serve();
    const argv = ['account', 'add', '--username', 'erin', ...commonFlags(server.folder)];
    const wrong = { POSTERN_SECRET: 'another-secret-of-the-same-length-0123456789-0123456789' };
    expect(await spawnPostern(argv, { env: wrong, input: `${password}\n` }).ended).toMatchObject({ status: 78 });
    expect(await add(server.folder, ['--username', 'erin'])).toMatchObject({ status: 0 });
  }, 30_000);
});
