import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { limits, openRoom, operator, rightPassword } from './room.ts';

const sqlite = databases[0] as (typeof databases)[number];
let opened: OpenedDatabase;
afterEach(() => opened.close());

const reasons = async (room: Awaited<ReturnType<typeof openRoom>>) =>
  (await room.audit.list(room.db, { limit: 1000, event: 'signin.failed' })).items.map(
    (event) => (event.detail as { reason: string }).reason,
  );

describe('throttled sign-in', () => {
  beforeEach(async () => {
    opened = await sqlite.open();
  });

  it('E01 six wrong guesses from one address: the sixth waits, and so does the right password', async () => {
    const room = await openRoom(opened.db);
    for (let guess = 0; guess < 5; guess++)
      expect((await room.attempt('alice', `wrong ${guess}`, '192.0.2.1')).code).toBe('unauthorized');
    expect(await room.attempt('alice', 'wrong', '192.0.2.1')).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 900,
    });
    room.clock.advance(60_000);
    expect(await room.attempt('alice', rightPassword, '192.0.2.1')).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 840,
    });
    expect((await room.attempt('alice', rightPassword, '192.0.2.2')).code).toBe('ok');
    room.clock.advance(840_000);
    expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('ok');
    expect(
      (await room.audit.list(room.db, { limit: 3, event: 'signin.failed' })).items.map((event) => event.detail),
    ).toMatchObject([
      { reason: 'throttled', limit: 'account_and_address' },
      { reason: 'wrong_password' },
      { reason: 'wrong_password' },
    ]);
  });

  it('E01 refused tries leave one row in the audit per name, address and window, and one for all names of an address', async () => {
    const room = await openRoom(opened.db);
    const refused = async () =>
      (await room.audit.list(room.db, { limit: 1000, event: 'signin.failed' })).items
        .map(({ detail }) => detail as { reason: string; limit?: string })
        .flatMap(({ reason, limit }) => (reason === 'throttled' ? [limit] : []));
    for (let guess = 0; guess < 30; guess++) await room.attempt('alice', 'wrong', '192.0.2.1');
    expect(await refused()).toEqual(['account_and_address']);
    for (let guess = 0; guess < 8; guess++) await room.attempt('alice', 'wrong', '192.0.2.2');
    expect(await refused()).toHaveLength(2);
    // Names that nobody has: ten may be tried from one address, and what more there are says nothing new.
    for (let guess = 0; guess < 60; guess++) await room.attempt(`nobody-${guess}`, 'wrong', '192.0.2.3');
    expect((await refused())[0]).toBe('accounts_per_address');
    expect(await refused()).toHaveLength(3);
    room.clock.advance(901_000);
    for (let guess = 0; guess < 8; guess++) await room.attempt('bob', 'wrong', '192.0.2.1');
    expect(await refused()).toHaveLength(4);
  });

  it('E01 counts failures only: twenty right passwords in a row are no trouble, and one clears the pair', async () => {
    const room = await openRoom(opened.db);
    for (let round = 0; round < 20; round++)
      expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('ok');
    for (let round = 0; round < 2; round++) {
      for (let guess = 0; guess < 4; guess++) await room.attempt('alice', 'wrong', '192.0.2.1');
      expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('ok');
    }
  });

  it('E03 10 000 guesses from 500 addresses slow strangers down; the victim on a known device still gets in', async () => {
    const room = await openRoom(opened.db, { throttle: { global: { limit: 100_000, windowSeconds: 1 } } });
    const first = await room.attempt('alice', rightPassword, '198.51.100.7');
    const device = 'device' in first ? first.device : '';
    const before = room.accounts.verifications();
    for (let round = 0; round < 20; round++) {
      const tries = Array.from({ length: 500 }, (_, index) =>
        room.attempt('alice', 'wrong', `10.0.${Math.floor(index / 250)}.${index % 250}`),
      );
      for (const outcome of await Promise.all(tries)) expect(['unauthorized', 'rate_limited']).toContain(outcome.code);
    }
    expect(room.accounts.verifications() - before).toBe(limits.account.limit + 1);
    expect(await room.attempt('alice', rightPassword, '203.0.113.9')).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 60,
    });
    expect((await room.attempt('alice', rightPassword, '203.0.113.9', device)).code).toBe('ok');
    // Not for good: a stranger gets one try a minute, and this stranger has the right password.
    room.clock.advance(60_000);
    expect((await room.attempt('alice', rightPassword, '203.0.113.9')).code).toBe('ok');
  }, 60_000);

  it('E03 a known device has ten failures of its own, is good for its account only, and ends', async () => {
    const room = await openRoom(opened.db);
    const first = await room.attempt('alice', rightPassword, '192.0.2.1');
    const device = 'device' in first ? first.device : '';
    for (let guess = 0; guess < 10; guess++) {
      expect((await room.attempt('alice', 'wrong', '192.0.2.1', device)).code).toBe('unauthorized');
    }
    // From here on the device is as good as unknown: five more for this account and address.
    for (let guess = 0; guess < 5; guess++) await room.attempt('alice', 'wrong', '192.0.2.1', device);
    expect((await room.attempt('alice', rightPassword, '192.0.2.1', device)).code).toBe('rate_limited');

    for (let guess = 0; guess < 5; guess++) await room.attempt('bob', 'wrong', '192.0.2.1', device);
    expect((await room.attempt('bob', rightPassword, '192.0.2.1', device)).code).toBe('rate_limited');

    room.clock.advance(limits.device.rememberSeconds * 1000);
    for (let guess = 0; guess < 5; guess++) await room.attempt('alice', 'wrong', '192.0.2.1', device);
    expect((await room.attempt('alice', rightPassword, '192.0.2.1', device)).code).toBe('rate_limited');
  });

  it('E04 100 failures in a row close the account to unknown devices until it is opened, and are audited', async () => {
    const room = await openRoom(opened.db, {
      throttle: { account: { ...limits.account, limit: 1000 }, global: { limit: 1000, windowSeconds: 1 } },
    });
    const first = await room.attempt('alice', rightPassword, '192.0.2.1');
    const device = 'device' in first ? first.device : '';
    for (let guess = 0; guess < 100; guess++) {
      expect((await room.attempt('alice', 'wrong', `10.0.0.${guess}`)).code).toBe('unauthorized');
    }
    const locked = (await room.audit.list(room.db, { limit: 10, event: 'signin.locked' })).items;
    expect(locked).toMatchObject([{ accountId: room.alice.id, detail: { failures: 100 } }]);
    room.clock.advance(400 * 86_400_000);
    const closed = await room.attempt('alice', rightPassword, '203.0.113.1');
    expect(closed).toMatchObject({ code: 'rate_limited', retryAfterSeconds: limits.account.windowSeconds });
    expect((await room.attempt('bob', rightPassword, '203.0.113.1')).code).toBe('ok');
    room.clock.advance(-400 * 86_400_000);
    expect((await room.attempt('alice', rightPassword, '203.0.113.1', device)).code).toBe('ok');
    // Signing in on the known device opened it.
    expect((await room.attempt('alice', rightPassword, '203.0.113.1')).code).toBe('ok');
  });

  it('E04 unlock opens a closed account again for the right password from anywhere, and is audited', async () => {
    const account = { ...limits.account, limit: 3, lockAfter: 6 };
    const room = await openRoom(opened.db, { throttle: { account } });
    for (let guess = 0; guess < 6; guess++) {
      await room.attempt('alice', 'wrong', `10.0.0.${guess}`);
      room.clock.advance(61_000);
    }
    expect((await room.attempt('alice', rightPassword, '203.0.113.1')).code).toBe('rate_limited');
    expect(await room.accounts.unlock('ALICE', { by: operator })).toMatchObject({ id: room.alice.id });
    expect((await room.attempt('alice', rightPassword, '203.0.113.1')).code).toBe('ok');
    expect((await room.audit.list(room.db, { limit: 10, event: 'account.unlocked' })).items).toMatchObject([
      { accountId: room.alice.id, actor: operator },
    ]);
    await expect(room.accounts.unlock('nobody', { by: operator })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('E04 a right password in between starts the count again', async () => {
    const account = { ...limits.account, limit: 1000, lockAfter: 6 };
    const room = await openRoom(opened.db, { throttle: { account } });
    for (let guess = 0; guess < 12; guess++) {
      if (guess % 5 === 0) expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('ok');
      await room.attempt('alice', 'wrong', `10.0.0.${guess}`);
    }
    expect((await room.audit.list(room.db, { limit: 10, event: 'signin.locked' })).items).toEqual([]);
  });

  it('E05 the eleventh different name from one address waits, existing or not', async () => {
    const room = await openRoom(opened.db);
    for (let name = 0; name < 10; name++)
      expect((await room.attempt(`name-${name}`, 'wrong', '192.0.2.1')).code).toBe('unauthorized');
    expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('rate_limited');
    expect((await room.attempt('nobody', 'wrong', '192.0.2.1')).code).toBe('rate_limited');
    expect((await room.attempt('name-3', 'wrong', '192.0.2.1')).code).toBe('unauthorized');
    expect((await room.attempt('alice', rightPassword, '192.0.2.2')).code).toBe('ok');
  });

  it('E05 an address prefix has thirty failures, whoever they are for', async () => {
    const accountsPerAddress = { limit: 1000, windowSeconds: 900 };
    const room = await openRoom(opened.db, { throttle: { accountsPerAddress } });
    for (let name = 0; name < 30; name++)
      expect((await room.attempt(`name-${name}`, 'wrong', '192.0.2.1')).code).toBe('unauthorized');
    expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('rate_limited');
  });

  it('E06 walking through a /64 is one address, through a /48 eight', async () => {
    const room = await openRoom(opened.db, {
      throttle: {
        accountsPerAddress: { limit: 1000, windowSeconds: 900 },
        address: { limit: 3, windowSeconds: 900, siteFactor: 2 },
      },
    });
    const from = async (ip: string) => (await room.attempt(`name-${ip}`, 'wrong', ip)).code;
    expect(await Promise.all(['2001:db8:1:1::1', '2001:db8:1:1::2', '2001:db8:1:1:ffff::'].map(from))).toEqual(
      Array(3).fill('unauthorized'),
    );
    expect(await from('2001:db8:1:1:abcd::9')).toBe('rate_limited');
    expect(await Promise.all(['2001:db8:1:2::1', '2001:db8:1:3::1', '2001:db8:1:4::1'].map(from))).toEqual(
      Array(3).fill('unauthorized'),
    );
    expect(await from('2001:db8:1:5::1')).toBe('rate_limited');
    expect(await from('2001:db8:2:5::1')).toBe('unauthorized');
  });

  it('E07 every way to write a name is one bucket', async () => {
    const room = await openRoom(opened.db);
    for (const name of ['Alice', 'ALICE', ' alice ', 'alice@example.test', 'ａｌｉｃｅ']) {
      expect((await room.attempt(name, 'wrong', '192.0.2.1')).code).toBe('unauthorized');
    }
    expect((await room.attempt('Alice@Example.TEST', rightPassword, '192.0.2.1')).code).toBe('rate_limited');
    for (const name of ['Nobody', 'NOBODY', 'nobody', 'ｎobody', 'nobody '])
      await room.attempt(name, 'wrong', '192.0.2.3');
    expect((await room.attempt('nobody', 'wrong', '192.0.2.3')).code).toBe('rate_limited');
    expect(new Set(await reasons(room))).toEqual(new Set(['wrong_password', 'unknown', 'throttled']));
  });

  it('E17 a sign-in brings an old hash up to today’s cost; a failed one never does', async () => {
    const room = await openRoom(opened.db);
    const dearer = room.build({ iterations: 3 });
    const stored = async () =>
      (await room.db.get<{ password_hash: string }>('SELECT password_hash FROM accounts WHERE id = ?', [room.alice.id]))
        ?.password_hash;
    const before = await stored();
    expect(before).toContain('$m=8,t=1,p=1$');
    const credentials = { username: 'alice', password: 'wrong', ip: '192.0.2.1' };
    await expect(dearer.authenticate(credentials)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await stored()).toBe(before);
    await dearer.authenticate({ ...credentials, password: rightPassword });
    expect(await stored()).toContain('$m=8,t=3,p=1$');
    await dearer.authenticate({ ...credentials, password: rightPassword });
    expect((await room.audit.list(room.db, { limit: 10, event: 'account.password_rehashed' })).items).toMatchObject([
      { accountId: room.alice.id, detail: { from: 'm=8,t=1,p=1', to: 'm=8,t=3,p=1' } },
    ]);
  });

  it('gives a try back that was never verified because the queue is full', async () => {
    const room = await openRoom(opened.db, { passwords: { concurrency: 1, queue: 1, maxQueuedPerAddress: 1 } });
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => room.attempt('alice', 'wrong', '192.0.2.1')));
    const busy = outcomes.filter((outcome) => outcome.code === 'unavailable');
    expect(busy.length).toBeGreaterThan(0);
    expect(busy[0]).toMatchObject({ retryAfterSeconds: 2 });
    const left = 5 - (outcomes.length - busy.length);
    for (let guess = 0; guess < left; guess++)
      expect((await room.attempt('alice', 'wrong', '192.0.2.1')).code).toBe('unauthorized');
    expect((await room.attempt('alice', 'wrong', '192.0.2.1')).code).toBe('rate_limited');
    expect((await reasons(room)).filter((reason) => reason === 'busy')).toHaveLength(busy.length);
  });

  it('counts nothing when it is turned off', async () => {
    const room = await openRoom(opened.db, { throttle: { enabled: false } });
    for (let guess = 0; guess < 20; guess++)
      expect((await room.attempt('alice', 'wrong', '192.0.2.1')).code).toBe('unauthorized');
    expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('ok');
    expect(await room.db.all('SELECT * FROM throttle_buckets')).toEqual([]);
  });
});
