import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { startPostern } from '../../src/testing/testing.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { goodSecret, serve, spawnPostern, temporaryFolder } from '../support/spawned.ts';
import { createWorld, type World } from '../support/world.ts';

const by = { type: 'operator' } as const;

const postern = (folder: string, argv: string[], env: Record<string, string> = {}) =>
  spawnPostern([...argv, '--issuer', 'http://localhost:4999', '--data', folder], {
    env: { POSTERN_SECRET: goodSecret, ...env },
  }).ended;

/** A `serve` in this process with everybody in it, whose database other processes may open. */
const worldIn = (folder: string, more = {}) =>
  createWorld({ mode: 'serve', data: folder, secret: [goodSecret], ...more });

type Tokens = { access_token: string; refresh_token: string };

/** Signed in in a browser of its own. */
async function signedIn(world: World): Promise<{ tokens: Tokens; browser: ReturnType<World['visitor']> }> {
  const browser = world.visitor();
  const answer = await world.signIn(browser, world.authorizeUrl('app'));
  const { body } = await world.token('app', world.codeForm('app', answer.searchParams.get('code')));
  return { tokens: body, browser };
}

const refresh = (world: World, { refresh_token }: Tokens) =>
  world.token('app', { grant_type: 'refresh_token', refresh_token });

/** As `world` goes on over the same database after a restart: the clients and people are there already. */
async function restarted(world: World, folder: string): Promise<{ world: World; stop(): Promise<void> }> {
  const again = await startPostern({ mode: 'serve', data: folder, secret: [goodSecret], port: world.postern.port });
  onTestFinished(again.stop);
  return { world: { ...world, postern: again }, stop: again.stop };
}

async function revoke(world: World, { refresh_token: token }: Tokens): Promise<void> {
  const answer = await fetch(`${world.issuer}/revoke`, {
    method: 'POST',
    headers: { authorization: world.basic('app') },
    body: new URLSearchParams({ token }),
  });
  expect(answer.status).toBe(200);
}

it('R10 N10 postern backup runs beside the server, restore is refused with 75 until it has stopped', async () => {
  const server = await serve();
  const made = await postern(server.folder, ['backup']);
  expect(made).toMatchObject({ status: 0, err: '' });
  const copy = /^Backup: (.+)\n$/.exec(made.out)?.[1] ?? '';
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(statSync(join(server.folder, 'backups')).mode & 0o777).toBe(0o700);
  expect(await postern(server.folder, ['restore', copy])).toMatchObject({
    status: 75,
    out: '',
    err: expect.stringContaining(`process id ${server.pid}`),
  });
}, 60_000);

it('postern backup --keep leaves the newest of its own, and never writes over a file', async () => {
  const folder = temporaryFolder();
  await (await worldIn(folder)).stop();
  mkdirSync(join(folder, 'backups'));
  const old = (day: number) => `postern-2026-01-0${day}T00-00-00-000Z.db`;
  for (const name of [old(1), old(2), 'mine.db']) writeFileSync(join(folder, 'backups', name), '');
  const made = await postern(folder, ['backup', '--keep', '2', '--json']);
  expect(JSON.parse(made.out)).toMatchObject({ removed: [old(1)] });
  expect(readdirSync(join(folder, 'backups'))).toEqual(
    expect.arrayContaining([old(2), 'mine.db', expect.stringMatching(/^postern-.+Z\.db$/)]),
  );
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(3);
  expect(await postern(folder, ['backup', join(folder, 'backups', 'mine.db')])).toMatchObject({
    status: 73,
    err: expect.stringContaining('is there already'),
  });
}, 60_000);

it('N06 R36 after a restore nothing goes on that was issued before; people, clients and passwords are there', async () => {
  const folder = temporaryFolder();
  const before = await worldIn(folder, { resources: [jwtResource] });
  const { tokens, browser } = await signedIn(before);
  const jwt = await jwtOf(before);
  const apiKey = await before.postern.apiKeys.create({ name: 'script', scopes: ['accounts:read'] }, { by });
  const link = await before.postern.accounts.issueLink(before.people.bob.id, { by });
  await before.postern.db.flush();
  expect(await introspected(before, jwt)).toBe(true);
  const copy = join(folder, 'copy.db');
  expect(await postern(folder, ['backup', copy])).toMatchObject({ status: 0 });
  await before.postern.accounts.create({ username: 'erin' }, { by });
  await before.postern.accounts.setDisabled(before.people.bob.id, true, { by });
  const { client } = await before.postern.clients.addSecret('app2', {}, { by });
  await before.postern.clients.retireSecret('app2', client.secrets[0]?.id ?? '', { by });
  await before.stop();

  const restored = await postern(folder, ['restore', copy]);
  expect(restored).toMatchObject({ status: 0, err: '' });
  expect(restored.out).toContain('Everybody signs in again');
  expect(restored.out).toContain('now as before: bob\n');
  expect(restored.out).toContain('now as before: app2\n');
  const kept = readdirSync(folder).filter((name) => name.includes('before-restore'));
  expect(kept).toHaveLength(1);
  expect(statSync(join(folder, kept[0] ?? '')).mode & 0o777).toBe(0o600);

  const again = await startPostern({
    ...{ mode: 'serve', data: folder, secret: [goodSecret], port: before.postern.port, resources: [jwtResource] },
  });
  onTestFinished(again.stop);
  const world = { ...before, postern: again };
  expect((await refresh(world, tokens)).status).toBe(400);
  const userinfo = await fetch(`${world.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(userinfo.status).toBe(401);
  expect(await introspected(world, jwt)).toBe(false);
  expect((await browser.open(world.authorizeUrl('app', { prompt: 'none' }))).url).toContain('error=login_required');
  expect(await again.apiKeys.authenticate(apiKey.secret)).toBeUndefined();
  expect(await again.accounts.findLink(link.token)).toBeUndefined();
  expect(await again.accounts.findByUsername('erin')).toBeUndefined();
  expect((await signedIn(world)).tokens.access_token).toEqual(expect.any(String));
  const { items } = await again.audit.list(again.db, { limit: 1, event: 'installation.restored' });
  expect(items[0]?.detail).toMatchObject({ apiKeys: 1, keptSessions: false });
}, 60_000);

it('R36 --keep-sessions goes on with what lives in both: what was revoked or signed out since the backup stays dead', async () => {
  const folder = temporaryFolder();
  const before = await worldIn(folder);
  const staying = await signedIn(before);
  const revoked = await signedIn(before);
  const left = await signedIn(before);
  await before.postern.db.flush();
  const copy = join(folder, 'copy.db');
  expect(await postern(folder, ['backup', copy])).toMatchObject({ status: 0 });
  await revoke(before, revoked.tokens);
  const alice = before.people.alice.id;
  const sessions = await before.postern.sessions.listOfAccount(alice);
  expect(sessions).toHaveLength(3);
  const out = await left.browser.open('/logout');
  await left.browser.submit(out, { logout: 'yes' });
  await before.stop();

  expect(await postern(folder, ['restore', copy, '--keep-sessions'])).toMatchObject({ status: 0, err: '' });
  const { world } = await restarted(before, folder);
  expect((await refresh(world, staying.tokens)).status).toBe(200);
  expect((await refresh(world, revoked.tokens)).status).toBe(400);
  expect((await refresh(world, left.tokens)).status).toBe(400);
  const silent = world.authorizeUrl('app', { prompt: 'none' });
  expect((await staying.browser.open(silent)).url).toContain('code=');
  expect((await left.browser.open(silent)).url).toContain('error=login_required');
}, 60_000);

it('--keep-sessions needs the database that is replaced; nothing changes without it', async () => {
  const folder = temporaryFolder();
  await (await worldIn(folder)).stop();
  const copy = join(folder, 'copy.db');
  await postern(folder, ['backup', copy]);
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `postern.db${suffix}`), { force: true });
  expect(await postern(folder, ['restore', copy, '--keep-sessions'])).toMatchObject({
    status: 64,
    err: expect.stringContaining('everybody signs in again'),
  });
  expect(existsSync(join(folder, 'postern.db'))).toBe(false);
  expect(await postern(folder, ['restore', copy])).toMatchObject({ status: 0 });
  expect(existsSync(join(folder, 'postern.db'))).toBe(true);
}, 60_000);

it('N06 a backup is nothing without its secret, and the present database stays as it is', async () => {
  const folder = temporaryFolder();
  const before = await worldIn(folder);
  await before.stop();
  const copy = join(folder, 'copy.db');
  await postern(folder, ['backup', copy]);
  const other = { POSTERN_SECRET: 'another-secret-than-that-of-the-backup-0123456789' };
  expect(await postern(folder, ['restore', copy], other)).toMatchObject({
    status: 78,
    err: expect.stringContaining('The secret does not open this database'),
  });
  expect(readdirSync(folder).filter((name) => /restor/.test(name))).toEqual([]);
  await restarted(before, folder);
}, 60_000);

it.each([
  ['a file that is not there', 66, async (folder: string) => join(folder, 'nowhere.db')],
  [
    'a file that is no database',
    74,
    async (folder: string) => {
      writeFileSync(join(folder, 'text.db'), 'no database');
      return join(folder, 'text.db');
    },
  ],
  ['a folder', 66, async (folder: string) => folder],
  [
    'an empty file, which would be an empty Postern',
    65,
    async (folder: string) => {
      writeFileSync(join(folder, 'empty.db'), '');
      return join(folder, 'empty.db');
    },
  ],
  [
    'the database of another program',
    65,
    async (folder: string) => {
      const db = await openDatabase({ kind: 'file', path: join(folder, 'other.db') });
      await db.run('CREATE TABLE x (y INTEGER)');
      await db.close();
      return join(folder, 'other.db');
    },
  ],
  [
    'the bare file of a database in use',
    65,
    async (folder: string) => {
      const db = await openDatabase({ kind: 'file', path: join(folder, 'used.db') });
      onTestFinished(() => db.close());
      await db.run('CREATE TABLE x (y INTEGER)');
      await db.flush();
      return join(folder, 'used.db');
    },
  ],
])(
  'restore refuses %s',
  async (_what, status, make) => {
    const folder = temporaryFolder();
    const file = await make(folder);
    expect(await postern(folder, ['restore', file])).toMatchObject({ status, out: '' });
    expect(existsSync(join(folder, 'postern.db'))).toBe(false);
  },
  60_000,
);

it('R36 on PostgreSQL: after pg_restore, restore --loaded ends what was issued', async () => {
  const server = await createTestDatabase();
  onTestFinished(server.drop);
  const folder = temporaryFolder();
  const world = await worldIn(folder, { database: { url: server.url } });
  const { tokens } = await signedIn(world);
  await world.stop();
  const env = { POSTERN_DATABASE_URL: server.url };
  expect(await postern(folder, ['backup'], env)).toMatchObject({
    status: 64,
    err: expect.stringContaining('pg_dump --format=custom'),
  });
  const restored = await postern(folder, ['restore', '--loaded'], env);
  expect(restored).toMatchObject({ status: 0, err: '' });
  const again = await startPostern({
    ...{ mode: 'serve', data: folder, secret: [goodSecret], port: world.postern.port, database: { url: server.url } },
  });
  onTestFinished(again.stop);
  expect((await refresh({ ...world, postern: again }, tokens)).status).toBe(400);
  expect(await postern(folder, ['restore', '--loaded'])).toMatchObject({ status: 64 });
}, 60_000);

const jwtResource = { identifier: 'https://api.example', scopes: ['read'], format: 'jwt' as const };

async function jwtOf(world: World): Promise<string> {
  const access = { scope: 'openid read', resource: jwtResource.identifier };
  await world.postern.clients.update('app', { scope: 'openid profile read' }, { by });
  const browser = world.visitor();
  const answer = await world.signIn(browser, world.authorizeUrl('app', access));
  const form = { ...world.codeForm('app', answer.searchParams.get('code')), resource: jwtResource.identifier };
  const token = (await world.token('app', form)).body.access_token as string;
  expect(token.split('.')).toHaveLength(3);
  return token;
}

async function introspected(world: World, token: string): Promise<boolean> {
  const answer = await fetch(`${world.issuer}/introspect`, {
    method: 'POST',
    headers: { authorization: world.basic('app') },
    body: new URLSearchParams({ token }),
  });
  return ((await answer.json()) as { active: boolean }).active;
}

it('restore says how it is called, and takes its flags in any place', async () => {
  const folder = temporaryFolder();
  expect(await postern(folder, ['restore'])).toMatchObject({
    status: 64,
    err: expect.stringContaining('Name the backup: postern restore <file>'),
  });
  const flagFirst = await postern(folder, ['restore', '--keep-sessions', join(folder, 'nowhere.db')]);
  expect(flagFirst).toMatchObject({ status: 66, err: expect.stringContaining('There is no file') });
}, 60_000);
