import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openSessions } from '../sessions/room.ts';
import { byOperator, createRoom, openRoom, operator, rightPassword } from './room.ts';

const newPassword = 'a quiet boat on the lake';
const here = { ip: '192.0.2.1', requestId: 'r-1' };
const wrong = { code: 'invalid', fields: [{ path: 'current' }] };

describe.each(databases)('the own password on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let held: ReturnType<typeof openSessions>;
  let room: Awaited<ReturnType<typeof openRoom>>;
  beforeEach(async () => {
    opened = await open();
    held = openSessions(opened.db);
    room = await openRoom(opened.db, { sessions: held.sessions });
  });
  afterEach(() => opened.close());

  const change = (current: string, password: string, own: object = {}) =>
    room.accounts.changeOwnPassword(room.bob.id, { current, password }, { ...here, ...own });
  /** How the password of bob was changed since he was added with one. */
  const changes = async () => (await room.events('account.password_changed', room.bob)).slice(0, -1);
  const signsIn = async (password: string, ip = '198.51.100.1') => (await room.attempt('bob', password, ip)).code;
  const hash = () => opened.db.get('SELECT password_hash FROM accounts WHERE id = ?', [room.bob.id]);

  it('C08 ends every other session and grant, keys and links, and keeps the one it is done in', async () => {
    const grants = { here: await held.grant(room.bob.id, 'app'), offline: await held.grant(room.bob.id, 'app2') };
    const mine = await held.session(room.bob.id, { app: grants.here });
    const other = await held.session(room.bob.id, { app2: grants.offline });
    const alices = await held.session(room.alice.id);
    const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
    await change(rightPassword, newPassword, { keepUid: mine.uid });
    expect(await held.isThere(mine)).toBe(true);
    expect(await held.isLive(grants.here)).toBe(true);
    expect([await held.isThere(other), await held.isLive(grants.offline)]).toEqual([false, false]);
    expect(await held.isThere(alices)).toBe(true);
    expect(await room.accounts.findLink(token)).toBeUndefined();
    // What apps got in the session that goes on is still good.
    expect(await room.accounts.find(room.bob.id)).toMatchObject({ tokensFrom: undefined, hasPassword: true });
    expect([await signsIn(newPassword), await signsIn(rightPassword)]).toEqual(['ok', 'unauthorized']);
    expect(await changes()).toMatchObject([
      { ...here, actor: { type: 'account', id: room.bob.id }, accountId: room.bob.id, detail: { how: 'own' } },
    ]);
  });

  it('C08 without a session to keep, all end', async () => {
    const session = await held.session(room.bob.id);
    room.clock.advance(1);
    await change(rightPassword, newPassword);
    expect(await held.isThere(session)).toBe(false);
    expect(await room.accounts.find(room.bob.id)).toMatchObject({ tokensFrom: room.clock.now() });
  });

  it('E16 a wrong current one changes nothing and counts as a failed sign-in', async () => {
    const before = await hash();
    for (let n = 0; n < 5; n++) await expect(change('not it', newPassword)).rejects.toMatchObject(wrong);
    await expect(change(rightPassword, newPassword)).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await hash()).toEqual(before);
    // The same buckets: from this address the sign-in is closed too, from another it is not.
    expect(await signsIn(rightPassword, here.ip)).toBe('rate_limited');
    expect(await signsIn(rightPassword)).toBe('ok');
    const events = await room.events('signin.failed');
    expect(events.filter(({ detail }) => (detail as { reason: string }).reason === 'wrong_password')).toHaveLength(5);
  });

  it('E16 failed sign-ins count here as well', async () => {
    for (let n = 0; n < 5; n++) await room.attempt('bob', 'wrong', here.ip);
    await expect(change(rightPassword, newPassword)).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('E16 eight guesses at once are not more than one after the other', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => change('not it', newPassword)));
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'ok'));
    expect(codes.filter((code) => code === 'invalid')).toHaveLength(5);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(3);
  });

  it('a new one that will not do costs no guess, and every problem is told at once', async () => {
    for (let n = 0; n < 8; n++) {
      const work = change(rightPassword, 'short');
      await expect(work).rejects.toMatchObject({ code: 'invalid', fields: [{ path: 'password' }] });
    }
    await expect(change('not it', 'short')).rejects.toMatchObject({
      fields: [{ path: 'current' }, { path: 'password' }],
    });
    for (const input of [
      {},
      { current: ['x'], password: {} },
      { current: rightPassword, password: newPassword, x: 1 },
    ]) {
      const work = room.accounts.changeOwnPassword(room.bob.id, input as never, here);
      await expect(work).rejects.toMatchObject({ code: 'invalid' });
    }
    await change(rightPassword, newPassword);
    expect(await signsIn(newPassword)).toBe('ok');
  });

  it('of two who change it at once, the second has to prove the new one', async () => {
    const outcomes = await Promise.allSettled([
      change(rightPassword, `${newPassword} one`),
      change(rightPassword, `${newPassword} two`),
    ]);
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'ok'));
    // The second comes before the first is written, or after it: then its current one is wrong.
    expect(codes.filter((code) => code !== 'ok')).toEqual([expect.stringMatching(/^(conflict|invalid)$/)]);
    expect(await changes()).toHaveLength(1);
  });

  it('E16 a cookie that was never issued makes no known device, one of a sign-in does', async () => {
    const { device } = (await room.attempt('bob', rightPassword, here.ip)) as { device: string };
    const made = `${device.slice(0, -1)}${device.endsWith('A') ? 'B' : 'A'}`;
    const alices = (await room.attempt('alice', rightPassword, here.ip)) as { device: string };
    for (const cookie of ['made up', made, alices.device, device]) {
      await expect(change('not it', newPassword, { device: cookie })).rejects.toMatchObject(wrong);
    }
    const failures = await room.events('signin.failed', room.bob);
    expect(failures.map(({ detail }) => (detail as { knownDevice: boolean }).knownDevice).reverse()).toEqual([
      ...[false, false, false, true],
    ]);
  });

  it('a change that can’t be written costs no guess', async () => {
    const broken = async () => Promise.reject(new Error('the disk is full'));
    const other = createRoom(opened.db, { sessions: { ...held.sessions, endAllIn: broken } });
    for (let n = 0; n < 8; n++) {
      const work = other.accounts.changeOwnPassword(
        room.bob.id,
        { current: rightPassword, password: newPassword },
        here,
      );
      await expect(work).rejects.toThrow('the disk is full');
    }
    await change(rightPassword, newPassword);
    expect(await signsIn(newPassword)).toBe('ok');
  });

  it('who has none, is disabled or gone can’t', async () => {
    const erin = await room.accounts.create({ username: 'erin' }, byOperator);
    const own = { current: '', password: newPassword };
    await expect(room.accounts.changeOwnPassword(erin.id, own, here)).rejects.toMatchObject(wrong);
    for (const id of [room.dave.id, 'acc_none', 'a\0']) {
      await expect(room.accounts.changeOwnPassword(id, own, here)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('M07 nobody but the operator chooses a password for somebody else', async () => {
    const session = await held.session(room.bob.id);
    for (const type of ['account', 'api_key', 'anonymous', 'system', 'client'] as const) {
      const work = room.accounts.setPassword(room.bob.id, newPassword, { by: { type, id: 'x' } });
      await expect(work).rejects.toMatchObject({ code: 'forbidden' });
    }
    const short = room.accounts.setPassword(room.bob.id, 'short', byOperator);
    await expect(short).rejects.toMatchObject({ code: 'invalid', fields: [{ path: 'password' }] });
    expect([await held.isThere(session), await signsIn(rightPassword)]).toEqual([true, 'ok']);
    await room.accounts.setPassword(room.bob.id, newPassword, byOperator);
    expect([await held.isThere(session), await signsIn(newPassword)]).toEqual([false, 'ok']);
    expect(await changes()).toMatchObject([{ actor: operator, detail: { how: 'operator' } }]);
    const none = room.accounts.setPassword('acc_none', newPassword, byOperator);
    await expect(none).rejects.toMatchObject({ code: 'not_found' });
  });
});
