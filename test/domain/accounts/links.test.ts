import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openSessions } from '../sessions/room.ts';
import { byOperator, createRoom, openRoom, rightPassword } from './room.ts';

const anonymous = { by: { type: 'anonymous' }, ip: '192.0.2.7', requestId: 'r-7' } as const;
const newPassword = 'a quiet boat on the lake';
const dead = { code: 'invalid', fields: [], cause: { httpStatus: 400 } };

describe.each(databases)('links on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let held: ReturnType<typeof openSessions>;
  let room: Awaited<ReturnType<typeof openRoom>>;
  beforeEach(async () => {
    opened = await open();
    held = openSessions(opened.db);
    room = await openRoom(opened.db, { sessions: held.sessions });
  });
  afterEach(() => opened.close());

  const hashOf = (id: string) => opened.db.get('SELECT password_hash FROM accounts WHERE id = ?', [id]);
  const signsIn = async (password: string) => (await room.attempt('bob', password, '192.0.2.1')).code === 'ok';

  it('E12 a link is 256 random bits, stored as a digest, and ends after 30 minutes; an invitation after 7 days', async () => {
    const reset = await room.accounts.issueLink(room.bob.id, byOperator);
    expect(reset).toMatchObject({ purpose: 'reset', expiresAt: room.clock.now() + 1_800_000 });
    expect(reset.token).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(await opened.db.all('SELECT * FROM account_links'))).not.toContain(reset.token);
    expect(JSON.stringify(await opened.db.all('SELECT * FROM audit_events'))).not.toContain(reset.token);
    const erin = await room.accounts.create({ username: 'erin' }, byOperator);
    const invite = await room.accounts.issueLink(erin.id, byOperator);
    expect(invite).toMatchObject({ purpose: 'invite', expiresAt: room.clock.now() + 604_800_000 });
    expect(await room.accounts.findLink(invite.token)).toMatchObject({ purpose: 'invite', account: { id: erin.id } });

    room.clock.advance(1_799_999);
    expect(await room.accounts.findLink(reset.token)).toMatchObject({ purpose: 'reset' });
    room.clock.advance(1);
    expect(await room.accounts.findLink(reset.token)).toBeUndefined();
    await expect(room.accounts.useLink(reset.token, { password: newPassword }, anonymous)).rejects.toMatchObject(dead);
    expect(await signsIn(rightPassword)).toBe(true);
    expect(await room.accounts.purgeLinks()).toBe(1);
    expect(await room.accounts.findLink(invite.token)).toBeDefined();
  });

  it('M09 a link that was handed out does not open what the account is promoted to', async () => {
    const promoted = [
      [[], ['admins']],
      [['staff'], ['staff', 'auditors']],
      [['auditors'], ['owners']],
    ] as const;
    for (const [before, after] of promoted) {
      await room.accounts.update(room.bob.id, { groups: [...before] }, byOperator);
      const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
      await room.accounts.update(room.bob.id, { groups: [...after] }, byOperator);
      expect([after, await room.accounts.findLink(token)]).toEqual([after, undefined]);
      await expect(room.accounts.useLink(token, { password: newPassword }, anonymous)).rejects.toMatchObject(dead);
      await room.accounts.update(room.alice.id, { groups: ['admins'] }, byOperator);
      await room.accounts.update(room.bob.id, { groups: [] }, byOperator);
    }
    expect(await signsIn(rightPassword)).toBe(true);
  });

  it('a link outlives every other change of groups', async () => {
    const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
    await room.accounts.update(room.bob.id, { groups: ['staff'], name: 'Bob' }, byOperator);
    expect(await room.accounts.findLink(token)).toMatchObject({ purpose: 'reset' });
  });

  it('E12 a link works once, and takes all others of the account with it', async () => {
    const first = await room.accounts.issueLink(room.bob.id, byOperator);
    const second = await room.accounts.issueLink(room.bob.id, byOperator);
    expect(await room.accounts.findLink(first.token)).toBeUndefined();
    const others = await room.accounts.issueLink(room.alice.id, byOperator);
    expect(await room.accounts.useLink(second.token, { password: newPassword }, anonymous)).toMatchObject({
      id: room.bob.id,
    });
    for (const { token } of [first, second]) {
      await expect(room.accounts.useLink(token, { password: rightPassword }, anonymous)).rejects.toMatchObject(dead);
    }
    expect([await signsIn(newPassword), await signsIn(rightPassword)]).toEqual([true, false]);
    expect(await room.accounts.findLink(others.token)).toMatchObject({ account: { username: 'alice' } });
    const self = { type: 'account', id: room.bob.id };
    const about = { actor: self, accountId: room.bob.id, ip: '192.0.2.7', requestId: 'r-7' };
    expect(await room.events('account.link_used')).toMatchObject([{ ...about, detail: { purpose: 'reset' } }]);
    const [changed] = await room.events('account.password_changed');
    expect(changed).toMatchObject({ ...about, detail: { how: 'link' } });
  });

  it('E12 of eight who use it at once, one does', async () => {
    const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
    const tries = Array.from({ length: 8 }, (_, n) =>
      room.accounts.useLink(token, { password: `${newPassword} ${n}` }, anonymous),
    );
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(dead);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(await signsIn(`${newPassword} ${winner}`)).toBe(true);
    expect(await room.events('account.link_used')).toHaveLength(1);
  });

  it('E12 ends what was signed in, and opens what failed sign-ins had closed', async () => {
    const grant = await held.grant(room.bob.id, 'app', 'openid offline_access');
    const session = await held.session(room.bob.id, { app: grant });
    for (let n = 0; n < 12; n++) await room.attempt('bob', 'wrong', `192.0.2.${100 + n}`);
    expect((await room.attempt('bob', rightPassword, '192.0.2.1')).code).toBe('rate_limited');
    const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
    room.clock.advance(1);
    const bob = await room.accounts.useLink(token, { password: newPassword }, anonymous);
    expect(bob.tokensFrom).toBe(room.clock.now());
    expect([await held.isLive(grant), await held.isThere(session)]).toEqual([false, false]);
    expect(await signsIn(newPassword)).toBe(true);
  });

  it.each([
    ['no token', ''],
    ['a wrong one', 'x'.repeat(43)],
    ['what no column holds', 'a\0b'],
  ])('E14 nothing happens with %s', async (_, token) => {
    await room.accounts.issueLink(room.bob.id, byOperator);
    const before = await hashOf(room.bob.id);
    expect(await room.accounts.findLink(token)).toBeUndefined();
    await expect(room.accounts.useLink(token, { password: newPassword }, anonymous)).rejects.toMatchObject(dead);
    expect(await hashOf(room.bob.id)).toEqual(before);
  });

  it('E14 a link does what it was made for and nothing else, and a bad password does not spend it', async () => {
    const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
    const before = await hashOf(room.bob.id);
    for (const [input, path] of [
      [{ password: 'too short' }, 'password'],
      [{ password: 'postern postern postern' }, 'password'],
      [{}, 'password'],
      [{ password: '' }, 'password'],
      [{ password: newPassword, username: 'root' }, 'username'],
      [{ password: newPassword, accountId: room.alice.id }, 'accountId'],
      [{ password: ['x'] }, 'password'],
    ] as const) {
      const work = room.accounts.useLink(token, input as never, anonymous);
      await expect(work).rejects.toMatchObject({ code: 'invalid', fields: [{ path }] });
    }
    expect(await hashOf(room.bob.id)).toEqual(before);
    await room.accounts.useLink(token, { password: newPassword }, anonymous);
    expect(await signsIn(newPassword)).toBe(true);
  });

  it('nobody who is disabled gets a link, nor keeps one', async () => {
    await expect(room.accounts.issueLink(room.dave.id, byOperator)).rejects.toMatchObject({ code: 'conflict' });
    await expect(room.accounts.issueLink('acc_none', byOperator)).rejects.toMatchObject({ code: 'not_found' });
    const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
    await opened.db.run('UPDATE accounts SET disabled = 1 WHERE id = ?', [room.bob.id]);
    expect(await room.accounts.findLink(token)).toBeUndefined();
    await expect(room.accounts.useLink(token, { password: newPassword }, anonymous)).rejects.toMatchObject(dead);
    await opened.db.transaction((tx) => room.accounts.removeLinksIn(tx));
    expect(await opened.db.all('SELECT id FROM account_links')).toEqual([]);
  });
});

describe.each(databases)('set-up on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let room: ReturnType<typeof createRoom>;
  const system = { by: { type: 'system' } } as const;
  const first = { username: 'root', name: 'First Person', password: newPassword };
  beforeEach(async () => {
    opened = await open();
    room = createRoom(opened.db, { createsGroups: false });
  });
  afterEach(() => opened.close());

  it('M06 a link makes the first administrator, once', async () => {
    expect(await room.accounts.needsSetup()).toBe(true);
    const { token, purpose } = await room.accounts.issueSetupLink(system);
    expect(purpose).toBe('setup');
    const link = await room.accounts.findLink(token);
    expect([link?.purpose, link?.account]).toEqual(['setup', undefined]);
    const account = await room.accounts.useLink(token, first, anonymous);
    expect(account).toMatchObject({ username: 'root', groups: ['admins'], hasPassword: true, disabled: false });
    expect(await room.groups.find('admins')).toMatchObject({ origin: 'admin' });
    expect(await room.accounts.needsSetup()).toBe(false);
    expect(await room.accounts.findLink(token)).toBeUndefined();
    await expect(room.accounts.useLink(token, { ...first, username: 'second' }, anonymous)).rejects.toMatchObject(dead);
    await expect(room.accounts.issueSetupLink(system)).rejects.toMatchObject({ code: 'conflict' });
    expect((await room.accounts.authenticate({ username: 'ROOT', password: newPassword, ip: '::1' })).account.id).toBe(
      account.id,
    );
    expect(await room.events('account.link_issued')).toMatchObject([{ detail: { purpose: 'setup' } }]);
    expect(await room.events('account.link_used')).toMatchObject([
      { accountId: account.id, ip: '192.0.2.7', detail: { purpose: 'setup' } },
    ]);
  });

  it('M06 of two who set up at once, one does', async () => {
    const { token } = await room.accounts.issueSetupLink(system);
    const tries = ['one', 'two', 'three', 'four'].map((username) =>
      room.accounts.useLink(token, { ...first, username }, anonymous),
    );
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(dead);
    expect(await room.accounts.count()).toBe(1);
  });

  it('M06 a newer link voids the older, and an administrator made elsewhere voids both', async () => {
    const old = await room.accounts.issueSetupLink(system);
    const { token } = await room.accounts.issueSetupLink(system);
    expect(await room.accounts.findLink(old.token)).toBeUndefined();
    await room.groups.create({ name: 'admins' }, byOperator);
    await room.add({ username: 'alice', groups: ['admins'] });
    expect(await room.accounts.findLink(token)).toBeUndefined();
    await expect(room.accounts.useLink(token, first, anonymous)).rejects.toMatchObject(dead);
    expect(await room.accounts.count()).toBe(1);
  });

  it('needs a name, a password that will do, and nothing else; the link is good until then', async () => {
    await room.add({ username: 'root' });
    const { token } = await room.accounts.issueSetupLink(system);
    const use = (input: object) => room.accounts.useLink(token, input as never, anonymous);
    await expect(use({})).rejects.toMatchObject({ fields: [{ path: 'username' }, { path: 'password' }] });
    await expect(use({ ...first, groups: ['owners'] })).rejects.toMatchObject({ fields: [{ path: 'groups' }] });
    await expect(use({ ...first, username: 'quietboat', password: 'quietboat quietboat' })).rejects.toMatchObject({
      fields: [{ path: 'password' }],
    });
    await expect(use(first)).rejects.toMatchObject({ code: 'conflict', fields: [{ path: 'username' }] });
    expect(await room.groups.find('admins')).toBeUndefined();
    expect(await use({ ...first, username: 'boss' })).toMatchObject({ username: 'boss' });
  });
});
