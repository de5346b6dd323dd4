/** The secret is lost: nothing starts, and the way back does what it says and no more (security.md R16). */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { recover } from '../../src/app/recover.ts';
import { type ConfigInput, loadConfig } from '../../src/config/config.ts';
import type { Database } from '../../src/db/db.ts';
import { openDatabase } from '../../src/db/open.ts';
import { type Postern, startPostern } from '../../src/testing/testing.ts';
import { fetchKeySet, kidsOf } from '../support/key-set.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { silently } from '../support/silent.ts';
import { until } from '../support/spawned.ts';
import { createWorld, type World } from '../support/world.ts';

const by = { by: { type: 'operator' } } as const;
const lost = 'the-secret-that-is-going-to-be-lost-0123456789-0123456789';
const present = 'the-secret-after-it-was-lost-0123456789-0123456789-01234';
const api = 'https://api.example';
const scope = 'openid profile offline_access';

/** What stays as it is, row for row. */
const kept = [
  'accounts',
  'account_names',
  'account_groups',
  'account_links',
  'groups',
  'attributes',
  'clients',
  'api_keys',
];
const all = [...kept, 'records', 'keys', 'data_keys', 'audit_events', 'installation'];

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let folder: string;
  let values: ConfigInput;
  let world: World;
  let drop: () => Promise<void>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-recover-'));
    const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    const database = server ? { url: server.url } : { file: join(folder, 'testing.db') };
    const resources = [{ identifier: api, scopes: ['read'], format: 'jwt' as const }];
    values = { database, data: folder, secret: [lost], resources };
    world = await createWorld({ ...values, strictClients: true });
    drop = async () => {
      await server?.drop();
      await rm(folder, { recursive: true, force: true });
    };
  });
  afterEach(async () => {
    await world.postern.stop();
    await drop();
  });

  const configWith = async (secret: string) =>
    loadConfig({ mode: 'testing', env: {}, file: false, values: { ...values, secret: [secret], logLevel: 'silent' } });
  const startWith = async (secret: string): Promise<Postern> => {
    const postern = await startPostern({ ...values, secret: [secret], port: world.postern.port, strictClients: true });
    onTestFinished(postern.stop);
    return postern;
  };

  async function withDatabase<Result>(work: (db: Database) => Promise<Result>): Promise<Result> {
    const { url, file = '' } = values.database ?? {};
    const db = await openDatabase(url ? { kind: 'postgresql', url } : { kind: 'file', path: file });
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  }
  const rowsOf = (tables: readonly string[]) =>
    withDatabase(async (db) => {
      const rows = await Promise.all(tables.map((table) => db.all<object>(`SELECT * FROM ${table}`)));
      return rows.map((found) => found.map((row) => JSON.stringify(row)).toSorted());
    });

  /** Somebody signed in, with everything that can be had; then the server stops. */
  async function live() {
    const visitor = world.visitor();
    const answer = await world.signIn(visitor, world.authorizeUrl('app', { scope, prompt: 'consent' }));
    const { body: tokens } = await world.token('app', world.codeForm('app', answer.searchParams.get('code')));
    const machine = await world.postern.clients.create({ id: 'machine', scope: 'read', resourceServer: true }, by);
    const key = await world.postern.apiKeys.create({ name: 'script', scopes: ['accounts:read'] }, by);
    const link = await world.postern.accounts.issueLink(world.people.bob.id, by);
    await world.postern.accounts.setDisabled(world.people.dave.id, true, by).catch(() => undefined);
    const kids = kidsOf(await fetchKeySet(world.issuer));
    await world.postern.stop();
    return { visitor, tokens, machine: machine.secret ?? '', key: key.secret, link: link.token, kids };
  }

  it('R16 nothing starts with another secret; afterwards people, passwords, clients, API keys and the log are there, and sessions, tokens and consents are not', async () => {
    const before = await live();
    const rows = await rowsOf(kept);
    const log = await rowsOf(['audit_events']);
    const untouched = await rowsOf(all);
    await expect(startWith(present)).rejects.toMatchObject({ exitStatus: 78 });
    expect(await rowsOf(all)).toEqual(untouched);
    const { keys, records } = await recover(await configWith(present));
    expect(keys).toBe(before.kids.length);
    expect(records).toBeGreaterThan(3);
    expect(await rowsOf(kept)).toEqual(rows);
    expect((await rowsOf(['audit_events']))[0]).toEqual(expect.arrayContaining(log[0] ?? []));

    const postern = await startWith(present);
    const again = { ...world, postern };
    expect(await silently(again, before.visitor)).toBe('login_required');
    expect(
      (await again.token('app', { grant_type: 'refresh_token', refresh_token: before.tokens.refresh_token })).status,
    ).toBe(400);
    const authorization = `Bearer ${before.tokens.access_token}`;
    expect((await fetch(`${world.issuer}/userinfo`, { headers: { authorization } })).status).toBe(401);
    const set = await fetchKeySet(world.issuer);
    expect(set.keys).toHaveLength(before.kids.length);
    expect(kidsOf(set).filter((kid) => before.kids.includes(kid))).toEqual([]);

    // With the password of before; the consent is asked for anew.
    const page = await before.visitor.open(world.authorizeUrl('app', { scope }));
    const { username, password } = world.people.alice;
    const asked = await before.visitor.submit(page, { username, password });
    expect(asked.text).toContain('id="consent-allow"');
    const back = new URL((await before.visitor.submit(asked, { do: 'allow' })).url);
    expect((await again.token('app', again.codeForm('app', back.searchParams.get('code')))).status).toBe(200);
    const headers = { authorization: `Basic ${btoa(`machine:${before.machine}`)}` };
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    expect((await fetch(`${world.issuer}/token`, { method: 'POST', headers, body: form })).status).toBe(200);
    expect(await postern.apiKeys.authenticate(before.key)).toMatchObject({ name: 'script' });
    expect(await postern.accounts.findLink(before.link)).toMatchObject({ account: { username: 'bob' } });
    expect((await postern.accounts.find(world.people.dave.id))?.disabled).toBe(true);
    const { items } = await postern.audit.list(postern.db, { limit: 1, event: 'installation.recovered' });
    expect(items).toMatchObject([{ actor: { type: 'operator' }, detail: { keys, records } }]);
    await postern.stop();
    await expect(startWith(lost)).rejects.toMatchObject({ exitStatus: 78 });
  }, 60_000);

  it('R16 refuses when the secret fits, and changes nothing then, nor with a list that has the right one in it', async () => {
    await live();
    const before = await rowsOf(all);
    const config = await configWith(lost);
    await expect(recover(config)).rejects.toMatchObject({ code: 'conflict' });
    await expect(recover({ ...config, secret: [present, lost] })).rejects.toMatchObject({ code: 'conflict' });
    expect(await rowsOf(all)).toEqual(before);
    await startWith(lost);
  });

  it('R16 a data key that was changed in its row is as lost as the secret: the start says so, and this helps', async () => {
    await live();
    const { length } = await withDatabase(async (db) => {
      await db.run(`UPDATE data_keys SET sealed_key = ? WHERE purpose = 'records'`, [Buffer.alloc(60, 1)]);
      return db.all('SELECT id FROM data_keys');
    });
    await expect(startWith(lost)).rejects.toMatchObject({
      exitStatus: 78,
      message: expect.stringContaining('records-1'),
    });
    await recover(await configWith(lost));
    expect((await rowsOf(['data_keys']))[0]).toHaveLength(length);
    await startWith(lost);
  });
});

it('R16 refuses while a server runs over PostgreSQL too, whose file nobody can lock', async () => {
  const database = await createTestDatabase();
  const world = await createWorld({ database: { url: database.url }, secret: [lost], strictClients: true });
  onTestFinished(async () => {
    await world.stop();
    await database.drop();
  });
  const values = { database: { url: database.url }, secret: [present] };
  const config = await loadConfig({ mode: 'testing', env: {}, file: false, values });
  const { db } = world.postern;
  await until(async () => (await db.all('SELECT name FROM leases')).length > 0);
  const kids = kidsOf(await fetchKeySet(world.issuer));
  await expect(recover(config)).rejects.toMatchObject({ code: 'conflict', exitStatus: 75 });
  await world.postern.oidc.follow();
  expect(kidsOf(await fetchKeySet(world.issuer))).toEqual(kids);
  await world.postern.stop();
  await recover(config);
});

it('R16 refuses while a server runs, and makes nothing where nothing is', async () => {
  const world = await createWorld({ mode: 'serve' });
  onTestFinished(world.stop);
  const { database } = world.postern.config;
  const values = { database: { file: database.file }, issuer: world.issuer, secret: [present] };
  const config = await loadConfig({ mode: 'serve', env: {}, file: false, values });
  await expect(recover(config)).rejects.toMatchObject({ exitStatus: 75 });
  expect((await fetch(`${world.issuer}/readyz`)).status).toBe(200);
  const nowhere = join(tmpdir(), `postern-nowhere-${process.pid}`);
  const absent = { ...config, data: nowhere, database: { url: undefined, file: join(nowhere, 'postern.db') } };
  await expect(recover(absent)).rejects.toMatchObject({ code: 'not_found' });
  expect(existsSync(nowhere)).toBe(false);
});
