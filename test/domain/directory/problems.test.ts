import { describe, expect, it } from 'vitest';
import { by, file, openHouse, shown } from './house.ts';

const pathsOf = async (refused: Promise<unknown>): Promise<string[]> => {
  const error = await refused.catch((thrown: unknown) => thrown);
  return (error as { fields: { path: string }[] }).fields.map(({ path }) => path);
};

describe('problems', () => {
  it('of form, of rules, of names and of references come all at once, with their paths', async () => {
    const house = await openHouse();
    const accounts = [
      { username: 'A', nmae: 'x', groups: ['a', 'a', 'ghost'] },
      { username: 'a', disabled: 'no', attributes: { size: 3, team: 7 } },
      { password: 'short', claims: { birthdate: 'May' } },
      7,
      { username: 'b', email: 'nobody', password: 'short', groups: ['ghost', 9] },
    ];
    const clients = [
      { id: 'a:b', redirectUris: ['javascript:alert(1)'], access: ['ghost'], roles: { editor: ['a', 'spook'] } },
      { id: 'c', knid: 'web', secret: 'weak', claims: [{ attribute: 'size' }, { attribute: 'team' }] },
      { id: 'c', kind: 'wbe', firstParty: 'yes', secretHashes: [] },
      null,
    ];
    const wrong = {
      groups: [{ name: '-' }, { name: 'a' }, { name: 'a', colour: 'red' }],
      attributes: [{ name: 'team', type: 'text' }, { nmae: 'x' }],
      ...{ accounts, clients, brand: { name: '', accent: 'red' } },
    };
    const paths = await pathsOf(house.directory.plan(house.directory.parse(wrong)));
    expect([...paths].sort()).toEqual([
      ...['accounts[0].groups[2]', 'accounts[0].nmae'],
      ...['accounts[1].attributes.size', 'accounts[1].disabled', 'accounts[1].username'],
      ...['accounts[2].claims.birthdate', 'accounts[2].password', 'accounts[2].username', 'accounts[3]'],
      ...['accounts[4].email', 'accounts[4].groups[0]', 'accounts[4].groups[1]', 'accounts[4].password'],
      ...['attributes[0].type', 'attributes[1].name', 'attributes[1].nmae', 'attributes[1].type'],
      ...['brand.accent', 'brand.name'],
      ...['clients[0].access[0]', 'clients[0].id', 'clients[0].redirectUris[0]', 'clients[0].roles.editor[1]'],
      'clients[0].secret',
      ...['clients[1].claims[0].attribute', 'clients[1].knid', 'clients[1].secret'],
      ...['clients[2].firstParty', 'clients[2].id', 'clients[2].kind', 'clients[3]'],
      ...['groups[0].name', 'groups[2].colour', 'groups[2].name'],
    ]);
    expect(() => house.directory.parse({ ...wrong, colour: 'red' })).toThrowError(
      expect.objectContaining({ fields: [{ path: 'colour', message: 'is not known' }] }),
    );
  });

  it('that rooms find come all at once, and nothing is written', async () => {
    const house = await openHouse();
    const wrong = house.apply({
      groups: [{ name: 'fresh' }],
      accounts: [
        { username: 'bob', groups: ['fresh', 'gone'], attributes: { size: 3 } },
        { username: 'eve', password: 'short' },
      ],
      clients: [
        { id: 'app', redirectUris: ['http://evil.example/#x'], access: ['gone'], claims: [{ attribute: 'size' }] },
        { id: 'shop', redirectUris: ['https://shop.example/cb'], access: ['fresh', 'gone'], secretHashes: [] },
      ],
    });
    const error = await wrong.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid' });
    const paths = (error as { fields: { path: string }[] }).fields.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        ...['accounts[0].groups[1]', 'accounts[0].attributes.size', 'accounts[1].password'],
        ...['clients[0].redirectUris[0]', 'clients[1].access[1]'],
      ]),
    );
    expect(await house.groups.list()).toEqual([]);
  });

  it('of names that are taken come all at once, and plan has them too', async () => {
    const house = await openHouse();
    await house.accounts.create({ username: 'x', email: 'x@example.org', emailVerified: true }, by);
    await house.accounts.create({ username: 'y', email: 'y@example.org', emailVerified: true }, by);
    const person = (username: string, email: string) => ({ username, email, emailVerified: true });
    const wrong = {
      accounts: [person('a', 'x@example.org'), person('b', 'b@example.org'), person('c', 'Y@example.org')],
    };
    for (const tryIt of [house.plan, house.apply]) {
      await expect(tryIt(wrong)).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ path: 'accounts[0].email' }, { path: 'accounts[2].email' }],
      });
    }
    expect(await house.accounts.count()).toBe(2);
  });

  it('a group or attribute that others still use cannot go, and a type cannot change', async () => {
    const house = await openHouse();
    await house.apply(file);
    await expect(house.plan({ groups: [] })).rejects.toMatchObject({
      fields: [{ path: 'groups', message: 'the group engineering cannot go: shop still uses it' }],
    });
    await expect(house.plan({ attributes: [] })).rejects.toMatchObject({
      fields: [{ path: 'attributes', message: 'the attribute department cannot go: shop, bob still uses it' }],
    });
    await expect(house.plan({ attributes: [{ name: 'department', type: 'number' }] })).rejects.toMatchObject({
      fields: [{ path: 'attributes[0].type' }],
    });
  });

  it('members who are not in the file just leave a group that goes', async () => {
    const house = await openHouse();
    await house.apply({ groups: [{ name: 'guests' }] });
    const carol = await house.accounts.create({ username: 'carol', groups: ['guests'] }, by);
    const plan = await house.apply({ groups: [] });
    expect(shown(plan)).toEqual(['remove group guests']);
    expect((await house.accounts.find(carol.id))?.groups).toEqual([]);
  });
});
