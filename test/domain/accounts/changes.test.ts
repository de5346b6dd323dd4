import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openSessions } from '../sessions/room.ts';
import { byFile, byOperator, createRoom, openRoom, operator, rightPassword } from './room.ts';

describe.each(databases)('changes of accounts on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let held: ReturnType<typeof openSessions>;
  let room: Awaited<ReturnType<typeof openRoom>>;
  beforeEach(async () => {
    opened = await open();
    held = openSessions(opened.db);
    room = await openRoom(opened.db, { createsGroups: false, sessions: held.sessions });
    for (const name of ['engineering', 'sales']) await room.groups.create({ name }, byOperator);
    await room.attributes.create({ name: 'level', type: 'number' }, byOperator);
  });
  afterEach(() => opened.close());

  const dump = async () => {
    const tables = ['accounts', 'account_names', 'account_groups', 'account_links', 'audit_events'];
    return Promise.all(tables.map((table) => opened.db.all(`SELECT * FROM ${table} ORDER BY 1, 2`)));
  };

  it('M13 changes what is given, leaves the rest, and says before and after without secrets', async () => {
    room.clock.advance(1000);
    const changed = await room.accounts.update(
      room.alice.id,
      { name: 'Alice Archer', groups: ['sales', 'sales'], claims: { locale: 'en' }, attributes: { level: 3 } },
      { by: operator, ip: '192.0.2.1', requestId: 'r-1' },
    );
    expect(changed).toEqual({
      ...room.alice,
      ...{ name: 'Alice Archer', groups: ['sales'], claims: { locale: 'en' }, attributes: { level: 3 } },
      ...{ version: 2, updatedAt: room.clock.now() },
    });
    expect(await room.accounts.find(room.alice.id)).toEqual(changed);
    expect(await room.events('account.updated')).toMatchObject([
      {
        ...{ actor: operator, accountId: room.alice.id, ip: '192.0.2.1', requestId: 'r-1' },
        detail: {
          before: { name: null, groups: [], 'claims.locale': null, 'attributes.level': null },
          after: { name: 'Alice Archer', groups: ['sales'], 'claims.locale': 'en', 'attributes.level': 3 },
        },
      },
    ]);
    expect((await room.accounts.list({ limit: 9, group: 'sales', search: 'archer' })).items).toEqual([changed]);
    const again = await room.accounts.update(
      room.alice.id,
      { name: null, groups: ['engineering'], claims: { locale: null }, attributes: { level: null } },
      byOperator,
    );
    expect(again).toMatchObject({ name: undefined, claims: {}, attributes: {}, groups: ['engineering'], version: 3 });
    expect(await room.accounts.count({ group: 'sales' })).toBe(0);
    expect(JSON.stringify(await room.events('account.updated'))).not.toMatch(/argon2|lantern/);
  });

  it('a change that changes nothing writes nothing', async () => {
    const before = await dump();
    expect(await room.accounts.update(room.alice.id, {}, byOperator)).toEqual(room.alice);
    const same = { username: 'alice', email: 'alice@example.test', groups: [], claims: {} };
    expect(await room.accounts.update(room.alice.id, same, byOperator)).toEqual(room.alice);
    expect(await dump()).toEqual(before);
  });

  it('a new user name counts at once, and the old one is free', async () => {
    await room.accounts.update(room.alice.id, { username: 'Älice' }, byOperator);
    expect(await room.accounts.findByUsername('alice')).toBeUndefined();
    expect(await room.accounts.findByUsername('A\u0308LICE')).toMatchObject({ id: room.alice.id });
    expect(await room.accounts.findByUsername('alice@example.test')).toMatchObject({ id: room.alice.id });
    expect((await room.attempt('älice', rightPassword, '192.0.2.1')).code).toBe('ok');
    expect((await room.accounts.list({ limit: 1, search: 'älice' })).items).toHaveLength(1);
    await room.accounts.create({ username: 'alice' }, byOperator);
  });

  it('a new address is not verified, and nobody signs in by it', async () => {
    const moved = await room.accounts.update(room.alice.id, { email: 'a@new.test' }, byOperator);
    expect(moved.emailVerified).toBe(false);
    expect(await room.accounts.findByUsername('a@new.test')).toBeUndefined();
    expect(await room.accounts.findByUsername('alice@example.test')).toBeUndefined();
    const gone = await room.accounts.update(room.alice.id, { email: null, emailVerified: true }, byOperator);
    expect(gone).toMatchObject({ email: undefined, emailVerified: false });
  });

  it.each([
    ['the user name of another, in other letters', { username: 'ＡＬＩＣＥ' }, 'conflict', ['username']],
    [
      'an address by which another signs in',
      { email: 'ALICE@example.test', emailVerified: true },
      'conflict',
      ['email'],
    ],
    ['groups that are not there', { groups: ['sales', 'nope', 'nor'] }, 'invalid', ['groups[1]', 'groups[2]']],
    ['unknown attributes and wrong types', { attributes: { level: 'x', size: 1 } }, 'invalid', undefined],
    [
      'everything at once',
      { username: 'a b', groups: ['nope'], claims: { website: 'javascript:x' }, is_admin: true, id: 'acc_x' },
      'invalid',
      ['username', 'claims.website', 'is_admin', 'id', 'groups[0]'],
    ],
    ['a password', { password: rightPassword }, 'invalid', ['password']],
    ['no object', 'x', 'invalid', ['']],
  ])('M03 refuses %s with every problem, and writes nothing', async (_, change, code, paths) => {
    const before = await dump();
    const error = await room.accounts.update(room.bob.id, change as object, byOperator).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code });
    const found = error.fields.map(({ path }: { path: string }) => path);
    expect(found.sort()).toEqual([...(paths ?? ['attributes.level', 'attributes.size'])].sort());
    expect(await dump()).toEqual(before);
  });

  it('a new account is judged by the same rules, all at once', async () => {
    const before = await dump();
    const input = {
      username: 'new',
      password: 'too short',
      groups: ['nope'],
      attributes: { level: 'x' },
      id: 'acc_own',
    };
    const error = await room.accounts.create(input, byOperator).catch((thrown) => thrown);
    expect(error.fields.map(({ path }: { path: string }) => path).sort()).toEqual(
      ['attributes.level', 'groups[0]', 'id', 'password'].sort(),
    );
    expect(error.fields).toContainEqual({
      path: 'groups[0]',
      message: 'there is no group nope; create it first: postern group add nope',
    });
    expect(await dump()).toEqual(before);
  });

  it('in dev and testing a group is made on the way', async () => {
    const { accounts } = createRoom(opened.db, { createsGroups: true });
    await accounts.create({ username: 'eve', groups: ['new-one'] }, byOperator);
    expect(await room.groups.find('new-one')).toMatchObject({ origin: 'admin' });
  });

  it('refuses the version that is not there any more', async () => {
    await room.accounts.update(room.bob.id, { name: 'Bob' }, { ...byOperator, ifVersion: 1 });
    const stale = { code: 'conflict', cause: { httpStatus: 412 } };
    const old = { ...byOperator, ifVersion: 1 };
    await expect(room.accounts.update(room.bob.id, { name: 'Rob' }, old)).rejects.toMatchObject(stale);
    await expect(room.accounts.remove(room.bob.id, old)).rejects.toMatchObject(stale);
    await expect(room.accounts.setDisabled(room.bob.id, true, old)).rejects.toMatchObject(stale);
    expect(await room.accounts.find(room.bob.id)).toMatchObject({ name: 'Bob', disabled: false });
  });

  it('of many who change the same version at once, one does', async () => {
    const tries = Array.from({ length: 6 }, (_, n) =>
      room.accounts.update(room.bob.id, { name: `Bob ${n}` }, { ...byOperator, ifVersion: 1 }),
    );
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await room.events('account.updated')).toHaveLength(1);
  });

  it.each([
    ['disabled', () => room.accounts.setDisabled(room.bob.id, true, byOperator), 'disabled'],
    ['removed', () => room.accounts.remove(room.bob.id, byOperator), 'unknown'],
    [
      'given another password',
      async () => {
        const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
        await room.accounts.useLink(token, { password: 'a quiet boat on the lake' }, { by: { type: 'anonymous' } });
      },
      'wrong_password',
    ],
  ])('M09 who is %s while the password is being checked does not get in', async (_, end, reason) => {
    // So dear that all of it happens in the meantime.
    const slow = room.build({ memoryKib: 65_536, iterations: 8 });
    await slow.setPassword(room.bob.id, rightPassword, byOperator);
    const signingIn = slow.authenticate({ username: 'bob', password: rightPassword, ip: '192.0.2.1' });
    const outcome = signingIn.catch((error) => error);
    while (slow.verifications() === 0) await new Promise(setImmediate);
    await end();
    expect(await outcome).toMatchObject({ code: 'unauthorized' });
    expect((await room.events('signin.failed')).map(({ detail }) => detail)).toMatchObject([{ reason }]);
    expect(await room.events('signin.succeeded')).toEqual([]);
  });

  it('leaves to the file what the file declares, but lets the person in', async () => {
    const { id } = room.bob;
    await opened.db.run(`UPDATE accounts SET origin = 'file' WHERE id = ?`, [id]);
    const refused = { code: 'conflict', message: expect.stringContaining('bob is declared in') };
    for (const work of [
      () => room.accounts.update(id, { name: 'Rob' }, byOperator),
      () => room.accounts.remove(id, byOperator),
      () => room.accounts.setDisabled(id, true, byOperator),
      () => room.accounts.setPassword(id, 'a quiet boat on the lake', byOperator),
    ])
      await expect(work()).rejects.toMatchObject(refused);
    await room.accounts.unlock('bob', byOperator);
    const own = { current: rightPassword, password: 'a quiet boat on the lake' };
    await room.accounts.changeOwnPassword(id, own, { ip: '192.0.2.1' });
    const { token } = await room.accounts.issueLink(id, byOperator);
    await room.accounts.useLink(token, { password: 'two quiet boats on the lake' }, { by: { type: 'anonymous' } });
    expect((await room.attempt('bob', 'two quiet boats on the lake', '192.0.2.1')).code).toBe('ok');
    expect(await room.accounts.update(id, { name: 'Rob' }, byFile)).toMatchObject({ name: 'Rob', origin: 'file' });
  });

  describe('when an account ends', () => {
    const holdings = async () => {
      const grant = await held.grant(room.bob.id, 'app', 'openid offline_access');
      const session = await held.session(room.bob.id, { app: grant });
      const by = { by: { type: 'account', id: room.bob.id } } as const;
      const { secret } = await room.apiKeys.create({ name: 'k', scopes: ['accounts:read'] }, by);
      const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
      return async () => ({
        grant: await held.isLive(grant),
        session: await held.isThere(session),
        key: (await room.apiKeys.authenticate(secret)) !== undefined,
        link: (await room.accounts.findLink(token)) !== undefined,
      });
    };

    it('M09 disabling ends sessions, grants, keys and links, and enabling brings none back', async () => {
      const living = await holdings();
      expect(await living()).toEqual({ grant: true, session: true, key: true, link: true });
      room.clock.advance(1);
      await room.accounts.setDisabled(room.bob.id, true, byOperator);
      expect(await living()).toEqual({ grant: false, session: false, key: false, link: false });
      const back = await room.accounts.setDisabled(room.bob.id, false, byOperator);
      expect(back).toMatchObject({ disabled: false, tokensFrom: room.clock.now() });
      expect(await living()).toEqual({ grant: false, session: false, key: false, link: false });
      expect(await room.events('account.disabled')).toHaveLength(1);
      expect(await room.events('account.enabled')).toHaveLength(1);
    });

    it('M09 deleting ends them too, and M10 the next of that name is somebody else', async () => {
      const living = await holdings();
      await room.accounts.remove(room.bob.id, byOperator);
      expect(await living()).toEqual({ grant: false, session: false, key: false, link: false });
      expect(await room.accounts.find(room.bob.id)).toBeUndefined();
      expect(await room.events('account.deleted')).toMatchObject([
        { accountId: room.bob.id, actor: operator, detail: { username: 'bob' } },
      ]);
      for (const table of ['account_names', 'account_groups', 'account_links']) {
        expect(await opened.db.all(`SELECT * FROM ${table} WHERE account_id = ?`, [room.bob.id])).toEqual([]);
      }
      const next = await room.accounts.create({ username: 'bob' }, byOperator);
      expect(next.id).not.toBe(room.bob.id);
      await expect(room.accounts.remove(room.bob.id, byOperator)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('M13 nothing of it happens when the log cannot be written', async () => {
      const living = await holdings();
      const before = await dump();
      room.audit.record = () => Promise.reject(new Error('the log is full'));
      for (const work of [
        () => room.accounts.remove(room.bob.id, byOperator),
        () => room.accounts.setDisabled(room.bob.id, true, byOperator),
        () => room.accounts.update(room.bob.id, { name: 'Rob' }, byOperator),
        () => room.accounts.create({ username: 'new' }, byOperator),
        () => room.accounts.issueLink(room.alice.id, byOperator),
      ])
        await expect(work()).rejects.toThrow('the log is full');
      expect(await dump()).toEqual(before);
      expect(await living()).toEqual({ grant: true, session: true, key: true, link: true });
    });
  });
});
