import { describe, expect, it } from 'vitest';
import type { Db } from '../../../src/db/db.ts';
import { createDirectory, type DirectoryFile } from '../../../src/domain/directory/directory.ts';
import { databases } from '../../support/databases.ts';
import { by, file, openHouse, shown } from './house.ts';

const [bob, root] = file.accounts as [object, object];
const without = (list: keyof DirectoryFile): DirectoryFile => ({ ...file, [list]: undefined });

describe.each(databases)('a directory on $name', ({ open }) => {
  it('M13 is planned, applied, and then as the file says; each row has one event, and the whole has one', async () => {
    const house = await openHouse({ open });
    const planned = await house.plan(file);
    expect(shown(planned)).toEqual([
      ...['add group engineering', 'add group admins', 'add attribute department'],
      ...['add account bob', 'add account root', 'add client shop', 'add brand Castle'],
    ]);
    expect(planned.access).toEqual([
      { clientId: 'postern-admin', gains: ['root'], loses: [], gainsCount: 1, losesCount: 0 },
      { clientId: 'shop', gains: ['bob'], loses: [], gainsCount: 1, losesCount: 0 },
    ]);
    expect(await house.accounts.count()).toBe(0);
    const before = await house.events();
    expect(shown(await house.apply(file))).toEqual(shown(planned));
    expect((await house.events()).slice(before.length)).toEqual([
      ...['group.created', 'group.created', 'attribute.created', 'account.created', 'account.created'],
      ...['client.created', 'brand.updated', 'directory.applied'],
    ]);
    expect(await house.accounts.findByUsername('bob')).toMatchObject({
      ...{ origin: 'file', groups: ['engineering'], attributes: { department: 'R&D' } },
    });
    expect(await house.installation.brand()).toEqual(file.brand);
    const events = await house.events();
    expect(await house.apply(file)).toEqual({ changes: [], access: [], isEmpty: true });
    expect(await house.events()).toEqual(events);
  });

  it('M13 changes and removes what the file owns, and tells who loses access', async () => {
    const house = await openHouse({ open });
    await house.apply(file);
    const events = await house.events();
    const changed: DirectoryFile = {
      groups: [{ name: 'engineering', description: 'Breaks things' }, { name: 'admins' }],
      attributes: [],
      accounts: [{ username: 'bob', name: 'Bob Brenner', claims: { locale: 'de-DE' } }, root as never],
      clients: [{ ...file.clients?.[0], claims: [] } as never],
      brand: { name: 'Castle' },
    };
    const plan = await house.apply(changed);
    expect(shown(plan)).toEqual([
      ...['change group engineering', 'remove attribute department', 'change account bob'],
      ...['change client shop', 'change brand Castle'],
    ]);
    expect(plan.changes.find(({ id }) => id === 'bob')?.fields).toEqual([
      { path: 'groups', before: ['engineering'], after: [] },
      { path: 'attributes.department', before: 'R&D' },
      { path: 'claims.locale', after: 'de-DE' },
    ]);
    expect(plan.access).toEqual([{ clientId: 'shop', gains: [], loses: ['bob'], gainsCount: 0, losesCount: 1 }]);
    expect((await house.events()).slice(events.length)).toEqual([
      ...['group.updated', 'account.updated', 'client.updated', 'attribute.deleted', 'brand.updated'],
      'directory.applied',
    ]);
    const last = await house.apply({ accounts: [root as never], clients: [] });
    expect(shown(last)).toEqual(['remove account bob', 'remove client shop']);
    expect(await house.accounts.findByUsername('bob')).toBeUndefined();
    expect(await house.groups.find('engineering')).toBeDefined();
  });

  it('leaves alone what was made elsewhere, until the file names it', async () => {
    const house = await openHouse({ open });
    await house.groups.create({ name: 'sales' }, by);
    const carol = await house.accounts.create({ username: 'carol', name: 'Carol', groups: ['sales'] }, by);
    expect(shown(await house.plan({ groups: [], accounts: [], clients: [], attributes: [] }))).toEqual([]);
    const plan = await house.apply({ accounts: [{ username: 'CAROL', name: 'Carol' }] });
    expect(plan.changes).toEqual([
      {
        ...{ kind: 'account', id: 'CAROL', action: 'adopt' },
        fields: [
          { path: 'username', before: 'carol', after: 'CAROL' },
          { path: 'groups', before: ['sales'], after: [] },
        ],
      },
    ]);
    const after = await house.accounts.find(carol.id);
    expect(after).toMatchObject({ username: 'CAROL', groups: [], origin: 'file' });
    await expect(house.accounts.update(carol.id, { name: 'Caz' }, by)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('postern.yaml'),
    });
    expect(shown(await house.apply({ accounts: [] }))).toEqual(['remove account CAROL']);
  });

  it('M08 never takes the last administrator, and then nothing else happens either', async () => {
    const house = await openHouse({ open });
    await house.apply(file);
    const events = await house.events();
    for (const accounts of [[bob], [bob, { username: 'root' }], [bob, { ...root, disabled: true }]]) {
      const wrong = { ...file, accounts: [...accounts, { username: 'erin' }] as never };
      for (const tryIt of [house.apply, house.plan]) {
        await expect(tryIt(wrong)).rejects.toMatchObject({
          code: 'conflict',
          message: expect.stringContaining('root is the last administrator who can sign in.'),
        });
      }
    }
    expect(await house.accounts.findByUsername('erin')).toBeUndefined();
    expect(await house.events()).toEqual(events);
    const heir = { username: 'heir', groups: ['admins'], password: 'violet stairs by the harbour' };
    await house.apply({ ...file, accounts: [bob, heir] as never });
    expect(await house.accounts.findByUsername('root')).toBeUndefined();
  });

  it('begins again when a row moves between plan and transaction', async () => {
    const house = await openHouse({ open });
    await house.groups.create({ name: 'sales' }, by);
    const carol = await house.accounts.create({ username: 'carol', groups: ['sales'] }, by);
    let moves = 0;
    const db = {
      ...house.db,
      async transaction<Result>(work: (tx: Db) => Promise<Result>) {
        if (moves++ === 0) await house.accounts.update(carol.id, { name: 'Carol' }, by);
        return house.db.transaction(work);
      },
    };
    const directory = createDirectory({ ...house, db, adminGroups: ['admins'], readGroups: [], createsGroups: false });
    const plan = await directory.apply({ accounts: [{ username: 'carol' }] }, by);
    expect(moves).toBe(2);
    expect(plan.changes[0]?.fields).toEqual([
      { path: 'name', before: 'Carol' },
      { path: 'groups', before: ['sales'], after: [] },
    ]);
    expect(await house.accounts.find(carol.id)).toMatchObject({ origin: 'file', name: undefined, groups: [] });
  });

  it('begins again when somebody else applies the same file in that moment: each is told that it is done', async () => {
    const house = await openHouse({ open });
    const plans = await Promise.all([house.apply(file), house.apply(file), house.apply(file)]);
    expect(plans.filter(({ isEmpty }) => !isEmpty)).toHaveLength(1);
    const applied = (await house.events()).filter((event) => event === 'directory.applied');
    expect(applied).toHaveLength(1);
    expect(await house.accounts.count()).toBe(2);
  });
});

describe('an entry', () => {
  it('is the whole truth, but for id, password and secrets', async () => {
    const house = await openHouse();
    await house.apply(file);
    const created = await house.accounts.findByUsername('root');
    expect(created?.hasPassword).toBe(true);
    const plan = await house.apply({ ...file, accounts: [bob as never, { username: 'root', groups: ['admins'] }] });
    expect(plan.isEmpty).toBe(true);
    const renamed = await house.apply({
      ...file,
      accounts: [bob as never, { id: created?.id as string, username: 'chief', groups: ['admins'] }],
    });
    expect(renamed.changes).toEqual([
      {
        kind: 'account',
        id: 'chief',
        action: 'change',
        fields: [{ path: 'username', before: 'root', after: 'chief' }],
      },
    ]);
    expect((await house.accounts.findByUsername('chief'))?.id).toBe(created?.id);
  });

  it('does not set back a password that its owner has changed, until it declares another', async () => {
    const house = await openHouse();
    await house.apply(file);
    const person = await house.accounts.findByUsername('root');
    const id = person?.id as string;
    const own = 'seven bridges in the morning';
    await house.accounts.changeOwnPassword(id, { current: 'quiet lantern over the seven seas', password: own }, {
      ip: '127.0.0.1',
      requestId: 'r',
      keepUid: 'none',
    } as never);
    const hashOf = async () => (await house.accounts.exportCredentials()).get(id);
    const kept = await hashOf();
    expect((await house.apply(file)).isEmpty).toBe(true);
    expect(await hashOf()).toBe(kept);
    const anew = { ...file, accounts: [bob, { ...root, password: 'violet stairs by the harbour' }] as never };
    const plan = await house.apply(anew);
    expect(plan.changes).toEqual([
      {
        ...{ kind: 'account', id: 'root', action: 'change' },
        fields: [{ path: 'password', before: '(set)', after: '(set) anew' }],
      },
    ]);
    expect(await hashOf()).not.toBe(kept);
    expect(JSON.stringify(plan)).not.toMatch(/violet|argon2/);
  });

  it('that names an account by another id is refused', async () => {
    const house = await openHouse();
    await house.apply(file);
    await expect(house.plan({ accounts: [{ id: 'acc_other', username: 'bob' }] })).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ path: 'accounts[0].id', message: expect.stringContaining('never changes') }],
    });
  });
});

it('a list that is absent is not managed', async () => {
  const house = await openHouse();
  await house.apply(file);
  for (const list of ['groups', 'attributes', 'accounts', 'clients', 'brand'] as const) {
    expect(shown(await house.plan(without(list)))).toEqual([]);
  }
});

it('M13 a brand that was applied goes with a file that has none', async () => {
  const house = await openHouse();
  expect(shown(await house.plan({ brand: null }))).toEqual([]);
  await house.apply(file);
  expect(shown(await house.apply({ brand: null }))).toEqual(['remove brand Castle']);
  expect(await house.installation.brand()).toBeUndefined();
  const { items } = await house.audit.list(house.db, { limit: 2, event: 'brand.updated' });
  expect(items.map(({ detail }) => detail)).toEqual([
    { before: file.brand, after: { name: null, accent: null } },
    { before: { name: null, accent: null }, after: file.brand },
  ]);
  expect((await house.plan({ brand: null })).isEmpty).toBe(true);
});

it('additions only: adds what is missing and tells the rest', async () => {
  const house = await openHouse();
  await house.accounts.create({ username: 'bob', name: 'Robert' }, by);
  const plan = await house.apply(file, { only: 'additions' });
  expect(shown(plan)).toContain('adopt account bob');
  expect(await house.accounts.findByUsername('bob')).toMatchObject({ name: 'Robert', origin: 'admin' });
  expect(await house.clients.find('shop')).toMatchObject({ origin: 'file' });
  expect(shown(await house.plan(file))).toEqual(['adopt account bob']);
});

it('outside of serve, groups that accounts name are made on the way and stay', async () => {
  const house = await openHouse({ mode: 'testing' });
  const loose = { groups: [], accounts: [{ username: 'bob', groups: ['ad-hoc'] }] };
  await house.apply(loose);
  expect(await house.groups.find('ad-hoc')).toBeDefined();
  expect((await house.plan(loose)).isEmpty).toBe(true);
});

it('M09 who gets into a group of the admin pages by the file has no open link any more', async () => {
  const house = await openHouse();
  const groups = [{ name: 'admins' }, { name: 'auditors' }];
  const person = (username: string, ...of: string[]) => ({ username, groups: of });
  await house.apply({ groups, accounts: [person('ann'), person('ben'), person('cat')] });
  const links: string[] = [];
  for (const name of ['ann', 'ben', 'cat']) {
    const { id = '' } = (await house.accounts.findByUsername(name)) ?? {};
    links.push((await house.accounts.issueLink(id, by)).token);
  }
  await house.apply({ groups, accounts: [person('ann', 'admins'), person('ben', 'auditors'), person('cat')] });
  const found = await Promise.all(links.map((token) => house.accounts.findLink(token)));
  expect(found.map((link) => link?.account?.username)).toEqual([undefined, undefined, 'cat']);
});
