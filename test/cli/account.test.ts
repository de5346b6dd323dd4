import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import { createCommandLine } from '../support/command-line.ts';
import { goodSecret, serve, spawnPostern, temporaryFolder } from '../support/spawned.ts';

const env = { POSTERN_SECRET: goodSecret };
const password = 'quiet lantern over the seven seas';
const ugly = '--dangerously-set-password';
const commonFlags = (folder: string) => ['--issuer', 'http://localhost:4999', '--data', folder];
const spawned = (folder: string, argv: string[], input?: string) =>
  spawnPostern([...argv, ...commonFlags(folder)], { env, ...(input !== undefined && { input }) }).ended;
const redirectUri = 'https://rp.example/cb';
const addClient = (folder: string) =>
  spawned(folder, ['client', 'add', 'app', '--redirect-uri', redirectUri, '--access', 'everybody', '--json']);

function authorizeUrl(issuer: string): string {
  const parameters = {
    ...{ client_id: 'app', redirect_uri: redirectUri, response_type: 'code', scope: 'openid' },
    ...{ code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
  };
  return `${issuer}/authorize?${new URLSearchParams(parameters)}`;
}

async function codeFor(issuer: string, username: string, tried: string): Promise<string | null> {
  const callback = await signIn(createVisitor(issuer), authorizeUrl(issuer), { username, password: tried });
  return callback.searchParams.get('code');
}

describe('beside a running server', () => {
  it('R10 M07 what a command writes counts at once, through the server that was running all the time', async () => {
    const server = await serve();
    const { folder, issuer } = server;
    expect(await addClient(folder)).toMatchObject({ status: 0, err: '' });
    const added = await spawned(folder, ['account', 'add', 'erin', '--name', 'Erin', ugly, '--json'], `${password}\n`);
    expect(added).toMatchObject({ status: 0, err: '' });
    expect(JSON.parse(added.out)).toMatchObject({ username: 'erin', hasPassword: true });
    expect(added.out).not.toContain(password);
    expect(await codeFor(issuer, 'erin', password)).toMatch(/./);

    expect(await spawned(folder, ['account', 'disable', 'erin'])).toMatchObject({ status: 0, err: '' });
    expect(await codeFor(issuer, 'erin', password)).toBeNull();
    expect(await spawned(folder, ['account', 'enable', 'erin'])).toMatchObject({ status: 0, err: '' });
    const another = 'another lantern over the same seas';
    const set = await spawned(folder, ['account', 'password', 'erin', ugly], `${another}\n`);
    expect(set).toMatchObject({ status: 0, out: 'The password of erin is set. Signed out everywhere.\n' });
    expect(await codeFor(issuer, 'erin', password)).toBeNull();
    expect(await codeFor(issuer, 'erin', another)).toMatch(/./);
    const log = await spawned(folder, ['audit', 'export', '--event', 'account.password_changed']);
    const events = log.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const byOperator = { event: 'account.password_changed', actor: { type: 'operator' }, detail: { how: 'operator' } };
    expect(events).toMatchObject([byOperator, byOperator]);
  }, 60_000);

  it('E04 unlock opens an account that failed sign-ins have closed', async () => {
    const server = await serve({ env: { POSTERN_THROTTLE_ACCOUNT_LOCK_AFTER: '1' } });
    const { folder, issuer } = server;
    await spawned(folder, ['account', 'add', 'erin', ugly], `${password}\n`);
    await addClient(folder);
    expect(await codeFor(issuer, 'erin', 'a wrong guess at it')).toBeNull();
    expect(await codeFor(issuer, 'erin', password)).toBeNull();
    expect(await spawned(folder, ['account', 'unlock', 'erin'])).toMatchObject({
      ...{ status: 0, err: '', out: expect.stringMatching(/^Unlocked erin \(acc_\w+\)\.\n$/) },
    });
    expect(await spawned(folder, ['account', 'unlock', 'nobody'])).toMatchObject({ status: 1, out: '' });
    expect(await codeFor(issuer, 'erin', password)).toMatch(/./);
  }, 60_000);

  it('without a database, or with the wrong secret, it says so and makes nothing', async () => {
    expect(await spawned(temporaryFolder(), ['account', 'add', 'erin'])).toMatchObject({
      ...{ status: 78, out: '', err: expect.stringContaining('There is no database') },
    });
    const { folder } = await serve();
    const wrong = { POSTERN_SECRET: 'another-secret-of-the-same-length-0123456789-0123456789' };
    const argv = ['account', 'add', 'erin', ...commonFlags(folder)];
    expect(await spawnPostern(argv, { env: wrong }).ended).toMatchObject({ status: 78, out: '' });
    expect(await spawned(folder, ['account', 'add', 'erin'])).toMatchObject({ status: 0 });
  }, 60_000);
});

describe('postern account', () => {
  it('add prints a link once instead of asking for a password', async () => {
    const line = await createCommandLine();
    const out = await line.does('account', 'add', 'erin', '--email', 'erin@example.test');
    const [, first] = new RegExp(`^${line.issuer}/link\\?token=([\\w-]{43})$`, 'm').exec(out) ?? [];
    expect(first).toBeDefined();
    expect(out).toMatch(/^Added erin \(acc_[a-z2-7]{26}\)\.\nHand this link over\. It works once, until \d{4}-/);
    const again = await line.tells('account', 'link', 'erin@example.test').catch((error: unknown) => error);
    // An address that is not verified names nobody.
    expect(again).toMatchObject({ message: expect.stringContaining('There is no account erin@example.test') });
    const link = await line.tells('account', 'link', 'erin');
    expect(link).toEqual({
      url: expect.stringContaining('/link?token='),
      purpose: 'invite',
      expiresAt: expect.any(String),
    });
    expect(link.url).not.toContain(first);
    expect(Date.parse(link.expiresAt)).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    const { items } = await line.tells('audit', 'list', '--account', 'erin');
    expect(items.map(({ event }: { event: string }) => event)).toEqual([
      ...['account.link_issued', 'account.link_issued', 'account.created'],
    ]);
    expect(JSON.stringify(items)).not.toContain(first);
  });

  it('M07 a password for somebody else takes the ugly flag, and never stands in the arguments', async () => {
    const line = await createCommandLine();
    await line.does('account', 'add', 'erin');
    expect(await line.run(['account', 'password', 'erin'])).toMatchObject({
      ...{ status: 64, out: '', err: expect.stringContaining(`${ugly} is missing`) },
    });
    const argument = await line.run(['account', 'add', 'frank', '--password', password]);
    expect(argument).toMatchObject({ status: 64, out: '' });
    expect(argument.err).not.toContain(password);
    const { folder } = line;
    const short = await spawned(folder, ['account', 'add', 'frank', ugly], 'short\n');
    expect(short).toMatchObject({ status: 64, out: '', err: expect.stringContaining('at least 15') });
    expect(await spawned(folder, ['account', 'add', 'frank', ugly], '')).toMatchObject({
      ...{ status: 64, err: expect.stringContaining('no password on standard input') },
    });
    expect(await spawned(folder, ['account', 'add', 'frank', ugly], `${'x'.repeat(5000)}\n`)).toMatchObject({
      ...{ status: 64, err: expect.stringContaining('too long') },
    });
    // None of these left a frank behind.
    expect((await line.tells('account', 'list')).items).toHaveLength(1);
  }, 60_000);

  it('list, show, change and delete, by user name or id', async () => {
    const line = await createCommandLine();
    for (const name of ['engineering', 'sales']) await line.does('group', 'add', name);
    await line.does('attribute', 'add', 'team');
    await line.does('attribute', 'add', 'languages', '--type', 'strings');
    await line.does('attribute', 'add', 'level', '--type', 'number');
    const bob = await line.tells(
      ...['account', 'add', 'bob', '--name', 'Bob', '--email', 'bob@example.test', '--email-verified'],
      ...[
        '--group',
        'engineering',
        '--claim',
        'locale=de',
        '--claim',
        'address.country=FI',
        '--claim',
        'birthdate=1990',
      ],
      ...[
        '--attribute',
        'team=north',
        '--attribute',
        'languages=de',
        '--attribute',
        'languages=fi',
        '--attribute=level=3',
      ],
    );
    expect(bob).toMatchObject({
      ...{ username: 'bob', emailVerified: true, groups: ['engineering'], hasPassword: false, version: 1 },
      claims: { locale: 'de', address: { country: 'FI' }, birthdate: '1990' },
      attributes: { team: 'north', languages: ['de', 'fi'], level: 3 },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    const changed = await line.tells(
      ...['account', 'change', bob.id, '--username', 'robert', '--email=', '--add-group', 'sales'],
      ...[
        '--remove-group',
        'engineering',
        '--claim',
        'locale=',
        '--claim',
        'address.locality=Oulu',
        '--attribute=level=',
      ],
    );
    expect(changed).toMatchObject({ id: bob.id, username: 'robert', groups: ['sales'], emailVerified: false });
    expect(changed.claims).toEqual({ birthdate: '1990', address: { country: 'FI', locality: 'Oulu' } });
    expect(changed.attributes).toEqual({ team: 'north', languages: ['de', 'fi'] });
    expect(changed).not.toHaveProperty('email');
    await line.does('client', 'add', 'wiki', '--redirect-uri', 'https://wiki.example/cb', '--access', 'sales');
    const shown = await line.does('account', 'show', 'robert');
    expect(shown).toMatch(/^Groups +sales$/m);
    expect(shown).toMatch(/^Apps +wiki by sales$/m);
    expect(await line.does('account', 'list')).toMatch(/^robert +Bob +sales +no password +acc_\w+$/m);
    expect(await line.does('account', 'delete', 'robert')).toContain(bob.id);
    expect(await line.run(['account', 'show', bob.id])).toMatchObject({ status: 1, out: '' });
    expect(await line.run(['account', 'list'])).toEqual({ status: 0, out: '', err: 'There are no such accounts.\n' });
  });

  it('says what is wrong, all of it at once, and changes nothing then', async () => {
    const line = await createCommandLine();
    await line.does('account', 'add', 'erin');
    expect(await line.run(['account', 'add', 'ERIN'])).toMatchObject({
      ...{
        status: 1,
        out: '',
        err: expect.stringMatching(/^postern: .*\n {2}username belongs to another account.*\n$/),
      },
    });
    const many = await line.run([
      ...[
        'account',
        'add',
        'with space',
        '--email',
        'no',
        '--group',
        'gone',
        '--attribute',
        'team=x',
        '--claim',
        'nme=x',
      ],
    ]);
    expect(many).toMatchObject({ status: 64, out: '' });
    for (const path of ['username', 'email', 'groups[0]', 'attributes.team', 'claims.nme']) {
      expect(many.err).toContain(`\n  ${path} `);
    }
    await line.does('attribute', 'add', 'level', '--type', 'number');
    expect(await line.run(['account', 'change', 'erin', '--attribute', 'level=three'])).toMatchObject({
      ...{ status: 64, err: expect.stringContaining('attributes.level must be a number') },
    });
    expect(await line.run(['account', 'change', 'erin'])).toMatchObject({ status: 64 });
    expect(await line.run(['account', 'change', 'erin', '--claim', 'locale'])).toMatchObject({ status: 64 });
    expect(await line.run(['account', 'add', '--username', 'frank'])).toMatchObject({
      ...{ status: 64, err: expect.stringContaining('write the value itself after the verb') },
    });
    const { items } = await line.tells('account', 'list');
    expect(items).toMatchObject([{ username: 'erin', version: 1 }]);
  });

  it('M08 the last administrator can neither be disabled nor leave', async () => {
    const line = await createCommandLine();
    await line.does('group', 'add', 'admins');
    await spawned(line.folder, ['account', 'add', 'root', '--group', 'admins', ugly], `${password}\n`);
    for (const argv of [
      ['account', 'disable', 'root'],
      ['account', 'delete', 'root'],
      ['account', 'change', 'root', '--group='],
      ['group', 'delete', 'admins'],
    ]) {
      expect(await line.run(argv), argv.join(' ')).toMatchObject({
        ...{ status: 1, out: '', err: expect.stringContaining('last administrator') },
      });
    }
  });

  it('lists page by page, and whole when nobody asks for a page', async () => {
    const line = await createCommandLine();
    for (const name of ['ann', 'ben', 'cid']) await line.does('account', 'add', name);
    const first = await line.tells('account', 'list', '--limit', '2');
    expect(first).toMatchObject({ items: [{ username: 'ann' }, { username: 'ben' }], next: expect.any(String) });
    const second = await line.tells('account', 'list', '--after', first.next);
    expect(second).toMatchObject({ items: [{ username: 'cid' }], next: null });
    expect((await line.tells('account', 'list')).items).toHaveLength(3);
    const page = await line.run(['account', 'list', '--limit', '1']);
    expect(page.err).toMatch(/^There is more: --after \S+\n$/);
    expect((await line.tells('account', 'list', '--search', 'BE')).items).toMatchObject([{ username: 'ben' }]);
    expect(await line.run(['account', 'list', '--after', 'bm9uc2Vuc2U'])).toMatchObject({ status: 64, out: '' });
    expect(await line.run(['account', 'list', '--limit', '0'])).toMatchObject({ status: 64, out: '' });
  });

  it('N10 a database that a command makes is for its owner alone', async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    const file = join(folder, 'postern.yaml');
    writeFileSync(file, 'groups:\n  - name: engineering\n');
    const before = process.umask(0o022);
    const applied = await spawned(data, ['apply', '--config', file]).finally(() => process.umask(before));
    expect(applied).toMatchObject({ status: 0 });
    const places = [data, ...readdirSync(data).map((name) => join(data, name))];
    expect(places.length).toBeGreaterThan(1);
    expect(places.filter((place) => (statSync(place).mode & 0o077) !== 0)).toEqual([]);
  });
});

describe('postern account hash', () => {
  const hash = (input: string, argv: string[] = []) => spawnPostern(['account', 'hash', ...argv], { input }).ended;

  it('prints the hash that the file takes, without a database or settings', async () => {
    const { status, out, err } = await hash(`${password}\n`);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { verify } = await import('@node-rs/argon2');
    expect(out).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$\S+\n$/);
    expect(await verify(out.trim(), password)).toBe(true);
    expect(JSON.parse((await hash(`${password}\n`, ['--json'])).out)).toEqual({ passwordHash: expect.any(String) });
  });

  it('refuses a password that could not be judged any more', async () => {
    expect(await hash('passwordpassword\n')).toMatchObject({
      status: 64,
      out: '',
      err: expect.stringContaining('first'),
    });
  });
});
