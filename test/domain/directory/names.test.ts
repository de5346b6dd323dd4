import { describe, expect, it } from 'vitest';
import type { DirectoryFile } from '../../../src/domain/directory/directory.ts';
import { freedFirst } from '../../../src/domain/directory/names.ts';
import { databases } from '../../support/databases.ts';
import { by, openHouse, shown } from './house.ts';

type Entry = NonNullable<DirectoryFile['accounts']>[number];

/** A house in which the file owns these people; answers their entries under new names. */
async function renamed(names: Record<string, string>, open?: (typeof databases)[number]['open']) {
  const house = await openHouse({ open });
  await house.apply({ accounts: Object.keys(names).map((username) => ({ username })) });
  const accounts: Entry[] = [];
  for (const [before, username] of Object.entries(names)) {
    accounts.push({ id: (await house.accounts.findByUsername(before))?.id, username });
  }
  return { house, accounts };
}

describe.each(databases)('names on $name', ({ open }) => {
  it('get free before others take them, in whatever order the file has them', async () => {
    const { house, accounts } = await renamed({ a: 'b', b: 'c', c: 'd' }, open);
    for (const list of [accounts, accounts.toReversed()]) {
      expect(shown(await house.plan({ accounts: list }))).toEqual([
        ...['change account d', 'change account c', 'change account b'],
      ]);
    }
    const carol = await house.accounts.create({ username: 'carol' }, by);
    const adopted = [{ username: 'a' }, ...accounts, { id: carol.id, username: 'caz' }, { username: 'carol' }];
    await house.apply({ accounts: adopted });
    expect((await house.accounts.findByUsername('d'))?.id).toBe(accounts[2]?.id);
    expect((await house.accounts.findByUsername('caz'))?.id).toBe(carol.id);
    expect((await house.plan({ accounts: adopted })).isEmpty).toBe(true);
  });
});

it('names cannot change places in one step, and plan says so', async () => {
  const { house, accounts } = await renamed({ alice: 'bob', bob: 'Alice', carol: 'caz' });
  for (const tryIt of [house.plan, house.apply]) {
    await expect(tryIt({ accounts })).rejects.toMatchObject({
      code: 'invalid',
      fields: [
        { path: 'accounts[0].username', message: expect.stringContaining('is still a name of bob') },
        { path: 'accounts[1].username', message: expect.stringContaining('is still a name of alice') },
      ],
    });
  }
});

it('a name of somebody whom the file does not rename is taken', async () => {
  const { house, accounts } = await renamed({ alice: 'Carol' });
  await house.accounts.create({ username: 'carol' }, by);
  await expect(house.plan({ accounts })).rejects.toMatchObject({
    fields: [{ path: 'accounts[0].username', message: expect.stringContaining('belongs to another account already') }],
  });
});

it('additions only: leaves out who takes a name that is not free yet', async () => {
  const { house, accounts } = await renamed({ alice: 'alice2' });
  const edited = { accounts: [{ username: 'alice' }, ...accounts, { username: 'erin' }] };
  const plan = await house.apply(edited, { only: 'additions' });
  expect(shown(plan)).toEqual(['change account alice2', 'add account alice', 'add account erin']);
  expect((await house.accounts.findByUsername('alice'))?.id).toBe(accounts[0]?.id);
  expect(await house.accounts.findByUsername('erin')).toBeDefined();
  await house.apply(edited);
  expect((await house.accounts.findByUsername('alice2'))?.id).toBe(accounts[0]?.id);
});

it('a chain of ten thousand is put in order', () => {
  const person = (id: number, name: number) => ({
    ...{ id: `acc_${id}`, username: `n${name}`, names: [`n${name}`], groups: [], disabled: false },
    ...{ hasPassword: false, attributeNames: [] },
  });
  const moves = Array.from({ length: 10_000 }, (_, index) => ({
    ...{ place: `accounts[${index}]`, before: person(index, index), after: person(index, index + 1) },
  }));
  const { places, problems } = freedFirst(moves);
  expect(problems).toEqual([]);
  expect(places).toEqual(moves.map(({ place }) => place).toReversed());
});

it('a group that an account names stays, however its letters are composed', async () => {
  const house = await openHouse({ mode: 'dev' });
  const group = 'b\u00fcro';
  await house.apply({ groups: [{ name: group }] });
  const accounts = [{ username: 'erin', groups: [group.normalize('NFD')] }];
  await house.apply({ groups: [], accounts });
  expect((await house.groups.list()).map(({ name }) => name)).toContain(group);
  expect(shown(await house.plan({ groups: [], accounts }))).toEqual([]);
});
