import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { entryTypes } from '../../../src/app/entries.ts';
import { declaredIn } from '../../../src/app/seed.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { yamlOf } from '../../../src/config/yaml.ts';
import { secretMatches } from '../../../src/domain/clients/clients.ts';
import type { DirectoryFile } from '../../../src/domain/directory/directory.ts';
import { databases } from '../../support/databases.ts';
import { by, type House, openHouse } from './house.ts';

const password = 'quiet lantern over the seven seas';

/** What stands in the tables, without what another origin and another time make different. */
async function rowsOf({ db, clients }: House, { withCredentials }: { withCredentials: boolean }) {
  const sorted = async (sql: string) => {
    const rows = await db.all<Record<string, unknown>>(sql);
    return rows.map((row) => JSON.stringify(row)).sort();
  };
  const credentials = withCredentials ? ', password_hash' : '';
  const metadata = await db.all<{ id: string; metadata: string }>('SELECT id, metadata FROM clients ORDER BY id');
  return {
    groups: await sorted('SELECT name, description FROM groups'),
    attributes: await sorted('SELECT name, type, description FROM attributes'),
    accounts: await sorted(
      `SELECT id, username, name, email, email_verified, group_names, disabled, username_key, search_text${credentials} FROM accounts`,
    ),
    // JSON, whose members may stand in another order.
    said: (await db.all<Record<string, string>>('SELECT id, claims, attributes FROM accounts ORDER BY id')).map(
      ({ id, claims, attributes }) => ({
        id,
        claims: JSON.parse(claims ?? ''),
        attributes: JSON.parse(attributes ?? ''),
      }),
    ),
    names: await sorted('SELECT name, account_id FROM account_names'),
    members: await sorted('SELECT group_name, account_id FROM account_groups'),
    clients: await sorted('SELECT id, name, disabled FROM clients'),
    metadata: metadata.map(({ id, metadata: text }) => {
      const { postern_secrets_declared: _, ...rest } = JSON.parse(text);
      return { id, ...rest };
    }),
    secrets: withCredentials
      ? await Promise.all(metadata.map(async ({ id }) => ({ id, secrets: await clients.exportSecrets(id) })))
      : [],
  };
}

/** A directory that uses everything, made by the doors and not by a file. */
async function fill({ groups, attributes, accounts, clients, installation, db }: House) {
  await groups.create({ name: 'engineering', description: 'Builds things' }, by);
  for (const name of ['admins', 'größen/ost', 'unused']) await groups.create({ name }, by);
  await attributes.create({ name: 'department', type: 'string', description: 'Where one works' }, by);
  await attributes.create({ name: 'badges', type: 'strings' }, by);
  await attributes.create({ name: 'extra', type: 'json' }, by);
  await accounts.create(
    {
      ...{ username: 'Bob', name: 'Bob "the" Brenner: #1', email: 'bob@example.org', emailVerified: true, password },
      ...{ groups: ['engineering', 'größen/ost', 'admins'] },
      claims: {
        locale: 'de-DE',
        birthdate: '0000-01-25',
        address: { street_address: 'Torweg 2\n2. Stock', country: 'DE' },
      },
      attributes: { department: 'yes', badges: ['1', 'on'], extra: { deep: [null, 1.5, { b: 1, a: '2' }] } },
    },
    by,
  );
  await accounts.create({ username: '007', disabled: true, email: 'unverified@example.org' }, by);
  const web = { id: 'shop', kind: 'web', name: 'null', redirectUris: ['https://shop.example/cb?a=b'] } as const;
  const { secret: oldSecret } = await clients.create(
    {
      ...{ ...web, postLogoutRedirectUris: ['https://shop.example/'], access: ['engineering'] },
      ...{ backchannelLogoutUri: 'https://shop.example/bcl?x=1', backchannelLogoutSessionRequired: true },
      ...{ frontchannelLogoutUri: 'https://shop.example/fcl', frontchannelLogoutSessionRequired: false },
      ...{ roles: { editor: ['engineering'], 'a.b': ['größen/ost', 'admins'] }, firstParty: true, pkce: 'optional' },
      claims: [
        { attribute: 'department', name: 'https://shop.example/department', in: ['id_token'] },
        { claim: 'groups', only: ['eng*'], prefix: 'x-' },
        { value: [1, 'two'], name: 'static' },
      ],
    } as never,
    by,
  );
  const { secret: newSecret } = await clients.addSecret('shop', {}, by);
  await clients.create({ id: 'spa', kind: 'spa', redirectUris: ['https://spa.example/'], access: 'everybody' }, by);
  await clients.create({ id: 'robot', kind: 'machine', scope: 'admin:read', access: 'nobody' } as never, by);
  await clients.create({ id: 'gate', kind: 'gateway', redirectUris: ['https://gate.example/cb'] }, by);
  await clients.setDisabled('gate', true, by);
  await db.transaction((tx) => installation.setBrandIn(tx, { name: 'Castle: keep', accent: '#0b6e4f' }));
  return { oldSecret: oldSecret as string, newSecret: newSecret as string };
}

/** Through YAML, a file on disk and the configuration, as `postern apply` reads it. */
async function asFile(exported: DirectoryFile): Promise<DirectoryFile> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-export-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'postern.yaml'), await yamlOf(exported, ' a note'), { mode: 0o600 });
  const config = await loadConfig({ mode: 'dev', cwd: folder, env: {}, argv: [], entries: entryTypes });
  return declaredIn(config) as DirectoryFile;
}

describe.each(databases)('what is exported and applied to an empty database on $name', ({ open }) => {
  it('is the same directory, with hashes also the same passwords and secrets', async () => {
    const from = await openHouse({ open });
    const { oldSecret, newSecret } = await fill(from);
    const exported = await from.directory.export({ withHashes: true }, by);
    const to = await openHouse({ open });
    await to.apply(await asFile(exported));

    expect(await rowsOf(to, { withCredentials: true })).toEqual(await rowsOf(from, { withCredentials: true }));
    expect(await to.directory.export({ withHashes: true }, by)).toEqual(exported);
    expect(await to.installation.brand()).toEqual({ name: 'Castle: keep', accent: '#0b6e4f' });

    const signedIn = await to.accounts.authenticate({ username: 'bob', password, ip: '127.0.0.1' } as never);
    expect(signedIn).toMatchObject({ account: { id: (await from.accounts.findByUsername('bob'))?.id } });
    const secrets = (await to.clients.metadata('shop'))?.postern_secrets ?? [];
    const now = to.clock.now();
    for (const secret of [oldSecret, newSecret]) expect(secretMatches(secrets, secret, now)).toBe(true);
    expect(secretMatches(secrets, oldSecret, now + 8 * 86_400_000)).toBe(false);

    expect((await to.plan(await asFile(exported))).isEmpty).toBe(true);
  });

  it('is the same without hashes, but that nobody has a password and clients get new secrets', async () => {
    const from = await openHouse({ open });
    await fill(from);
    const exported = await from.directory.export({ withHashes: false }, by);
    expect(JSON.stringify(exported)).not.toMatch(/argon2|"hash"/);
    const to = await openHouse({ open });
    await to.apply(await asFile(exported));
    expect(await rowsOf(to, { withCredentials: false })).toEqual(await rowsOf(from, { withCredentials: false }));
    expect((await to.accounts.exportCredentials()).size).toBe(0);
    const { secret } = await to.clients.addSecret('shop', {}, by);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect((await to.plan(await asFile(exported))).isEmpty).toBe(true);
  });
});

it('an export that is applied where it comes from takes everything over and ends nothing', async () => {
  const house = await openHouse();
  await fill(house);
  const before = await rowsOf(house, { withCredentials: true });
  const exported = await house.directory.export({ withHashes: true }, by);
  const plan = await house.apply(await asFile(exported));
  expect(plan.changes.every(({ action }) => action === 'adopt')).toBe(true);
  expect(plan.changes.flatMap(({ fields = [] }) => fields)).toEqual([
    { path: 'password', before: '(set)', after: '(set), the same' },
    ...['gate', 'robot', 'shop'].map(() => ({ path: 'secretsDeclared', before: false, after: true })),
  ]);
  expect(await rowsOf(house, { withCredentials: true })).toEqual(before);
  const tokensFrom = await house.db.all('SELECT id FROM accounts WHERE tokens_from IS NOT NULL');
  expect(tokensFrom).toEqual([]);
  expect((await house.plan(await asFile(exported))).isEmpty).toBe(true);

  const id = (await house.accounts.findByUsername('bob'))?.id as string;
  const own = 'seven bridges in the morning';
  await house.accounts.changeOwnPassword(id, { current: password, password: own }, { ip: '127.0.0.1' } as never);
  expect((await house.plan(await asFile(exported))).isEmpty).toBe(true);
});

it('an export leaves the samples of dev out', async () => {
  const house = await openHouse({ mode: 'testing' });
  await house.accounts.create({ username: 'alice' }, { ...by, origin: 'sample' });
  await house.accounts.create({ username: 'erin' }, by);
  const { accounts } = await house.directory.export({ withHashes: true }, by);
  expect(accounts?.map(({ username }) => username)).toEqual(['erin']);
});
