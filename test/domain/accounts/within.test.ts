import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Account, AccountInput } from '../../../src/domain/accounts/accounts.ts';
import { createPasswords } from '../../../src/domain/accounts/password.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { byFile, byOperator, cheapPasswords, openRoom, rightPassword } from './room.ts';

const otherPassword = 'a quiet boat on the lake';

describe.each(databases)('accounts in somebody else’s transaction on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let room: Awaited<ReturnType<typeof openRoom>>;
  beforeEach(async () => {
    opened = await open();
    room = await openRoom(opened.db, { createsGroups: false });
    await room.groups.create({ name: 'sales' }, byOperator);
  });
  afterEach(() => opened.close());

  /** Applies one entry of a file. */
  async function apply(input: AccountInput, current?: Account): Promise<Account> {
    const prepared = await room.accounts.prepare(input, { current, declared: true });
    return opened.db.transaction((tx) =>
      current ? room.accounts.changeIn(tx, current, prepared, byFile) : room.accounts.insertIn(tx, prepared, byFile),
    );
  }
  const signsIn = async (username: string, password: string) =>
    (await room.attempt(username, password, '192.0.2.1')).code === 'ok';
  const events = async () => (await room.audit.list(opened.db, { limit: 200 })).items.map(({ event }) => event);

  it('an entry becomes an account that the file owns, with the id that it gives', async () => {
    const erin = await apply({ id: 'acc_erin7', username: 'erin', groups: ['sales'], passwordHash: await hashed() });
    expect(erin).toMatchObject({ id: 'acc_erin7', origin: 'file', groups: ['sales'], hasPassword: true, version: 1 });
    expect(await room.accounts.find('acc_erin7')).toEqual(erin);
    expect(await signsIn('erin', otherPassword)).toBe(true);
    const credentials = await room.accounts.exportCredentials();
    expect(credentials.size).toBe(4);
    expect(await createPasswords(cheapPasswords).verify(credentials.get('acc_erin7'), otherPassword)).toBe(true);
  });

  const hashed = () => createPasswords(cheapPasswords).hash(otherPassword);

  it('the same entry again changes nothing, and says nothing', async () => {
    const entry = { username: 'erin', name: 'Erin', groups: ['sales'], password: otherPassword };
    const erin = await apply(entry);
    const [before, log] = [await opened.db.all('SELECT * FROM accounts ORDER BY id'), await events()];
    const prepared = await room.accounts.prepare(entry, { current: erin, declared: true });
    expect(prepared).toMatchObject({ account: erin, setsPassword: false, passwordHash: undefined });
    expect(await apply(entry, erin)).toEqual(erin);
    expect(await opened.db.all('SELECT * FROM accounts ORDER BY id')).toEqual(before);
    expect(await events()).toEqual(log);
  });

  it('an entry is the whole truth, but for the password: that is set when the file declares another', async () => {
    const entry = { username: 'erin', name: 'Erin', groups: ['sales'], password: otherPassword };
    const erin = await apply(entry);
    const own = { current: otherPassword, password: rightPassword };
    await room.accounts.changeOwnPassword(erin.id, own, { ip: '192.0.2.9' });
    const changed = await apply({ ...entry, name: 'Erin E.' }, await room.accounts.find(erin.id));
    expect([await signsIn('erin', rightPassword), await signsIn('erin', otherPassword)]).toEqual([true, false]);
    const bare = await apply({ username: 'erin' }, changed);
    expect(bare).toMatchObject({ name: undefined, groups: [], hasPassword: true });
    expect(await signsIn('erin', rightPassword)).toBe(true);
    const third = { ...entry, password: 'three quiet boats on the lake' };
    const reset = await apply(third, bare);
    expect(await signsIn('erin', third.password)).toBe(true);
    expect(reset).toEqual(await room.accounts.find(erin.id));
    expect(await room.events('account.password_changed', erin)).toMatchObject([
      { detail: { how: 'file' } },
      { detail: { how: 'own' } },
    ]);
  });

  it('adopts an account and keeps its id and its password', async () => {
    const adopted = await apply({ username: 'bob', groups: ['sales'] }, room.bob);
    expect(adopted).toMatchObject({ id: room.bob.id, origin: 'file', groups: ['sales'], version: 2 });
    expect(await signsIn('bob', rightPassword)).toBe(true);
    expect(await room.events('account.updated')).toMatchObject([
      { detail: { before: { origin: 'admin', groups: [] }, after: { origin: 'file', groups: ['sales'] } } },
    ]);
  });

  it('a dry run hashes nothing and says what would come of it', async () => {
    const entry = { username: 'bob', password: otherPassword, disabled: true };
    const prepared = await room.accounts.prepare(entry, { current: room.bob, declared: true, dryRun: true });
    expect(prepared).toMatchObject({
      account: { id: room.bob.id, disabled: true, origin: 'file' },
      setsPassword: true,
      passwordHash: undefined,
    });
    await expect(opened.db.transaction((tx) => room.accounts.changeIn(tx, room.bob, prepared, byFile))).rejects.toThrow(
      'dry run',
    );
    expect(await room.accounts.find(room.bob.id)).toEqual(room.bob);
  });

  it('M10 B14 an id that is not one, or is another’s, is refused', async () => {
    for (const id of ['bob', 'client_app', 'acc_', 'acc_A b', 'acc_x\0', `acc_${'x'.repeat(80)}`]) {
      const work = room.accounts.prepare({ username: 'erin', id }, { declared: true });
      await expect(work).rejects.toMatchObject({ code: 'invalid', fields: [{ path: 'id' }] });
    }
    const twin = apply({ username: 'erin', id: room.bob.id });
    await expect(twin).rejects.toMatchObject({ code: 'conflict', fields: [{ path: 'id' }] });
    expect(await room.accounts.find(room.bob.id)).toEqual(room.bob);
    const own = room.accounts.create({ username: 'erin', id: 'acc_erin' }, byOperator);
    await expect(own).rejects.toMatchObject({ code: 'invalid', fields: [{ path: 'id' }] });
  });

  it('M10 an id that was somebody else’s before brings back nothing of what was issued then', async () => {
    await room.accounts.remove(room.bob.id, byOperator);
    room.clock.advance(1000);
    const prepared = await room.accounts.prepare({ username: 'erin', id: room.bob.id }, { declared: true });
    room.clock.advance(1000);
    const erin = await opened.db.transaction((tx) => room.accounts.insertIn(tx, prepared, byFile));
    expect(erin).toMatchObject({ id: room.bob.id, tokensFrom: room.clock.now() });
    expect(await room.accounts.find(erin.id)).toEqual(erin);
    // Nothing can have been issued for an id that was made up just now.
    expect(await apply({ username: 'frank' })).toMatchObject({ tokensFrom: undefined });
  });

  it('refuses what does not exist, a name that is taken, a stale row, and all rolls back with the caller', async () => {
    const dangling = { username: 'erin', groups: ['nope'], attributes: { level: 1 } };
    await expect(apply(dangling)).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ path: 'groups[0]' }, { path: 'attributes.level' }],
    });
    await expect(apply({ username: 'ALICE' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(apply({ username: 'ALICE' }, room.bob)).rejects.toMatchObject({ code: 'conflict' });
    await room.accounts.update(room.bob.id, { name: 'Bob' }, byOperator);
    const stale = { code: 'conflict', cause: { httpStatus: 412 } };
    await expect(apply({ username: 'bob', name: 'Rob' }, room.bob)).rejects.toMatchObject(stale);
    const log = await events();
    const prepared = await room.accounts.prepare({ username: 'erin' }, { declared: true });
    await expect(
      opened.db.transaction(async (tx) => {
        await room.groups.createIn(tx, { name: 'new' }, byFile);
        await room.accounts.insertIn(tx, prepared, byFile);
        await room.accounts.removeIn(tx, room.alice.id, byFile);
        throw new Error('the next entry is bad');
      }),
    ).rejects.toThrow('the next entry is bad');
    expect(await events()).toEqual(log);
    expect(await room.accounts.findByUsername('erin')).toBeUndefined();
    expect(await room.accounts.find(room.alice.id)).toEqual(room.alice);
  });

  it('everybody leaves a group, unless the file says who is in it', async () => {
    await room.groups.create({ name: 'other' }, byOperator);
    for (const { id } of [room.alice, room.bob]) {
      await room.accounts.update(id, { groups: ['sales', 'other'] }, byOperator);
    }
    room.clock.advance(1);
    const leave = (group: string) =>
      opened.db.transaction((tx) => room.accounts.removeFromGroupIn(tx, group, byOperator));
    expect([await leave('sales'), await leave('sales'), await leave('a\0')]).toEqual([2, 0, 0]);
    expect(await room.accounts.find(room.bob.id)).toMatchObject({
      ...{ groups: ['other'], version: 3, updatedAt: room.clock.now() },
    });
    expect(await room.accounts.count({ group: 'sales' })).toBe(0);
    await opened.db.run(`UPDATE accounts SET origin = 'file' WHERE id = ?`, [room.bob.id]);
    await expect(leave('other')).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('bob') });
    expect(await room.accounts.count({ group: 'other' })).toBe(2);
  });

  it('takes everybody out of a group in as few statements as one person, whatever else they are in', async () => {
    const others = ['z', 'Führung', 'a:b/c', 'sales.eu'];
    for (const name of others) await room.groups.create({ name }, byOperator);
    const people = [
      await room.add({ username: 'one', groups: ['z', 'sales', 'a:b/c', 'Führung'] }),
      await room.add({ username: 'two', groups: ['sales'] }),
      await room.add({ username: 'three', groups: ['sales.eu', 'sales'] }),
      await room.add({ username: 'four', groups: ['z'] }),
    ];
    let statements = 0;
    const left = await opened.db.transaction((tx) => {
      const counted = new Proxy(tx, {
        get(on, name) {
          if (name !== 'dialect') statements += 1;
          return Reflect.get(on, name);
        },
      });
      return room.accounts.removeFromGroupIn(counted, 'sales', byOperator);
    });
    expect([left, statements]).toEqual([3, 3]);
    const groups = await Promise.all(people.map(async ({ id }) => (await room.accounts.find(id))?.groups));
    expect(groups).toEqual([['z', 'a:b/c', 'Führung'], [], ['sales.eu'], ['z']]);
    const versions = await Promise.all(people.map(async ({ id }) => (await room.accounts.find(id))?.version));
    expect(versions).toEqual([2, 2, 2, 1]);
  });

  it('knows who has a value for an attribute', async () => {
    for (const name of ['level', 'note']) await room.attributes.create({ name, type: 'json' }, byOperator);
    await room.accounts.update(room.alice.id, { attributes: { level: 0 } }, byOperator);
    await room.accounts.update(room.bob.id, { attributes: { note: { level: 1, text: '"level":' } } }, byOperator);
    expect(await room.accounts.countWithAttribute('level')).toBe(1);
    expect(await opened.db.transaction((tx) => room.accounts.countWithAttribute('note', tx))).toBe(1);
    expect([await room.accounts.countWithAttribute('leve_'), await room.accounts.countWithAttribute('%')]).toEqual([
      0, 0,
    ]);
  });
});
