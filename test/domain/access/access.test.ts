import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { createTestDatabase } from '../../support/postgres.ts';

const by = { by: { type: 'operator' } } as const;
const secret = ['a-secret-of-this-test-alone-0123456789-0123456789'];

describe.each(['sqlite', 'postgresql'] as const)('access on %s', (kind) => {
  let postern: Postern;
  let server: Awaited<ReturnType<typeof createTestDatabase>> | undefined;
  let count = 0;
  beforeAll(async () => {
    server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    postern = await startPostern({ strictClients: true, ...(server && { database: { url: server.url }, secret }) });
  });
  afterAll(async () => {
    await postern?.stop();
    await server?.drop();
  });

  const person = (groups: string[], more: object = {}) =>
    postern.accounts.create({ username: `person${++count}`, groups, ...more }, by);
  const client = async (more: object = {}) =>
    (await postern.clients.create({ id: `client${++count}`, redirectUris: ['https://rp.example/cb'], ...more }, by))
      .client;
  const group = async (name = `group${++count}`) => (await postern.groups.create({ name }, by)).name;

  it('lets in by the rule of the client, now', async () => {
    const name = await group();
    const [member, other] = [await person([name]), await person([])];
    const { id } = await client({ access: [name] });
    const { access, accounts, clients } = postern;
    expect(await access.entitled(member.id, id)).toBe(true);
    expect(await access.entitled(other.id, id)).toBe(false);
    await accounts.update(other.id, { groups: [name] }, by);
    expect(await access.entitled(other.id, id)).toBe(true);
    await accounts.setDisabled(other.id, true, by);
    expect(await access.entitled(other.id, id)).toBe(false);
    await clients.setDisabled(id, true, by);
    expect(await access.entitled(member.id, id)).toBe(false);
    for (const [accountId, clientId] of [
      ['acc_nobody', id],
      [member.id, 'nobody'],
      ['\0', '\0'],
    ] as const) {
      expect(await access.entitled(accountId, clientId)).toBe(false);
    }
  });

  it('knows who administers, as long as they are enabled', async () => {
    const { access, accounts } = postern;
    const admin = await person(['admins'], { password: 'quiet lantern over seven hills' });
    const spare = await person(['admins'], { password: 'quiet lantern over seven hills' });
    const auditor = await person(['auditors']);
    expect(await access.adminRole(admin.id)).toBe('admin');
    expect(await access.adminRole(auditor.id)).toBe('auditor');
    expect(await access.adminRole('acc_nobody')).toBeUndefined();
    await accounts.setDisabled(spare.id, true, by);
    expect(await access.adminRole(spare.id)).toBeUndefined();
  });

  it('lists the clients from one person’s point of view', async () => {
    const name = await group();
    const member = await person([name]);
    const open = await client({ access: 'everybody', name: 'Open' });
    const mine = await client({ access: [name], roles: { editor: [name], owner: ['admins'] } });
    const closed = await client({ access: 'nobody' });
    const off = await client({ access: 'everybody' });
    await postern.clients.setDisabled(off.id, true, by);
    const listed = new Map((await postern.access.clientsOf(member)).map((one) => [one.clientId, one]));
    expect(listed.get(open.id)).toEqual({ clientId: open.id, name: 'Open', allowed: true, roles: [] });
    expect(listed.get(mine.id)).toMatchObject({ allowed: true, by: name, roles: ['editor'] });
    expect(listed.get(closed.id)).toMatchObject({ allowed: false, roles: [] });
    expect(listed.has(off.id)).toBe(false);
  });

  describe('removing a group', () => {
    it('takes its members out, in one event', async () => {
      const name = await group();
      const members = [await person([name, 'sales']), await person([name])];
      const before = members.map(({ version }) => version);
      await postern.access.removeGroup(name, by);
      expect(await postern.groups.find(name)).toBeUndefined();
      const after = await Promise.all(members.map(({ id }) => postern.accounts.find(id)));
      expect(after.map((account) => account?.groups)).toEqual([['sales'], []]);
      for (const [index, account] of after.entries()) expect(account?.version).toBeGreaterThan(before[index] ?? 0);
      const { items } = await postern.audit.list(postern.db, { limit: 3 });
      expect(items[0]).toMatchObject({ event: 'group.deleted', detail: { name, members: 2 } });
      expect(items[1]?.event).not.toBe('account.updated');
    });

    it('is refused while clients name it, all of which are told', async () => {
      const name = await group();
      const ruled = await client({ access: [name] });
      const given = await client({ access: 'everybody', roles: { editor: [name] } });
      const member = await person([name]);
      const refusal = postern.access.removeGroup(name, by);
      await expect(refusal).rejects.toMatchObject({ code: 'conflict' });
      const { message, fields } = await refusal.catch((error) => error);
      for (const id of [ruled.id, given.id]) expect(message).toContain(id);
      expect(fields).toHaveLength(2);
      expect((await postern.accounts.find(member.id))?.groups).toEqual([name]);
      await postern.clients.update(ruled.id, { access: 'nobody' }, by);
      await postern.clients.update(given.id, { roles: null }, by);
      await postern.access.removeGroup(name, by);
      expect((await postern.accounts.find(member.id))?.groups).toEqual([]);
    });

    it('M08 is refused when the last administrator would go with it', async () => {
      const admin = await person(['admins'], { password: 'quiet lantern over seven hills' });
      await expect(postern.access.removeGroup('admins', by)).rejects.toMatchObject({ code: 'conflict' });
      expect((await postern.accounts.find(admin.id))?.groups).toEqual(['admins']);
      expect(await postern.groups.find('admins')).toBeDefined();
    });

    it('says when there is none, or it was changed meanwhile', async () => {
      await expect(postern.access.removeGroup('no-such-group', by)).rejects.toMatchObject({ code: 'not_found' });
      const name = await group();
      await postern.groups.update(name, { description: 'Those who answer' }, by);
      await expect(postern.access.removeGroup(name, { ...by, ifVersion: 1 })).rejects.toMatchObject({
        code: 'conflict',
        cause: { httpStatus: 412 },
      });
    });
  });

  describe('removing an attribute', () => {
    it('is refused while an account has a value of it, or a client uses it', async () => {
      const { access, accounts, attributes, clients } = postern;
      const { name } = await attributes.create({ name: `attribute${++count}`, type: 'string' }, by);
      const has = await person([], { attributes: { [name]: 'x' } });
      const uses = await client({ claims: [{ attribute: name }] });
      await expect(access.removeAttribute(name, by)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(uses.id),
      });
      await clients.update(uses.id, { claims: null }, by);
      await expect(access.removeAttribute(name, by)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('1 account has'),
      });
      await accounts.update(has.id, { attributes: { [name]: null } }, by);
      await access.removeAttribute(name, by);
      expect(await attributes.find(name)).toBeUndefined();
      await expect(access.removeAttribute(name, by)).rejects.toMatchObject({ code: 'not_found' });
    });
  });
});
