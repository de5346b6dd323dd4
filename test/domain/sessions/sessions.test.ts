import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/db/db.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { fresh, openSessions } from './room.ts';

const admin = { by: { type: 'account', id: 'acc_admin' }, ip: '192.0.2.9', requestId: 'r-1' } as const;
const by = (id: string) => ({ by: { type: 'account', id } }) as const;
const unknown = { code: 'not_found' };

const changed = { reason: 'password_changed', circumstances: { by: { type: 'system' } } } as const;

describe.each(databases)('the sessions room over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
  });
  afterAll(() => opened.close());

  it('D16 lists where one person is signed in, and nobody else, the latest first', async () => {
    const { sessions, session, grant, clock } = openSessions(db);
    const [alice, bob] = [fresh('acc'), fresh('acc')];
    const app = await grant(alice, 'app');
    const first = await session(alice, { app });
    const second = await session(
      alice,
      {},
      { ip: '192.0.2.1', userAgent: 'Firefox', usedAt: clock.now() + 90_000_000 },
    );
    await session(bob);
    const list = await sessions.listOfAccount(alice);
    expect(list.map(({ id }) => id)).toEqual([second.handle, first.handle]);
    expect(list[0]).toMatchObject({ accountId: alice, ip: '192.0.2.1', userAgent: 'Firefox', clientIds: [] });
    expect(list[0]?.lastUsedAt).toBe(clock.now() + 90_000_000);
    expect(list[1]).toMatchObject({ clientIds: ['app'], expiresAt: clock.now() + 86_400_000 });
    // Nothing in it is of any use: neither the id nor the uid of the session.
    expect(JSON.stringify(list)).not.toContain(first.uid);
  });

  it('a session that is over is neither listed nor ended', async () => {
    const { sessions, session, clock } = openSessions(db);
    const alice = fresh('acc');
    const { handle } = await session(alice);
    clock.advance(86_400_000);
    expect(await sessions.listOfAccount(alice)).toEqual([]);
    await expect(sessions.end(handle, {}, admin)).rejects.toMatchObject(unknown);
  });

  it('M02 ends nobody else’s session, and takes back nobody else’s grant', async () => {
    const { sessions, session, grant, isThere, isLive } = openSessions(db);
    const [alice, bob] = [fresh('acc'), fresh('acc')];
    const hers = await session(alice);
    const app = await grant(alice, 'app', 'openid offline_access');
    const id = (await sessions.grantsOfAccount(alice))[0]?.id ?? '';
    await expect(sessions.end(hers.handle, { accountId: bob }, by(bob))).rejects.toMatchObject(unknown);
    await expect(sessions.revokeGrant(id, { accountId: bob }, by(bob))).rejects.toMatchObject(unknown);
    for (const forged of ['', 'x', hers.uid, '../../x', `${hers.handle}00`, hers.handle.toUpperCase(), id]) {
      await expect(sessions.end(forged, {}, admin)).rejects.toMatchObject(unknown);
    }
    await expect(sessions.revokeGrant(hers.handle, {}, admin)).rejects.toMatchObject(unknown);
    expect([await isThere(hers), await isLive(app)]).toEqual([true, true]);
  });

  it('C06 ending a session ends what apps got for it, but not offline access, and says who did it', async () => {
    const { sessions, session, grant, isThere, isLive, eventsAbout } = openSessions(db);
    const alice = fresh('acc');
    const bound = await grant(alice, 'app');
    const offline = await grant(alice, 'app2', 'openid offline_access');
    const elsewhere = await grant(alice, 'app3');
    const one = await session(alice, { app: bound, app2: { ...offline, isOffline: true } });
    const other = await session(alice, { app3: elsewhere });
    await sessions.end(one.handle, { accountId: alice }, by(alice));
    expect([await isThere(one), await isThere(other)]).toEqual([false, true]);
    expect([await isLive(bound), await isLive(offline), await isLive(elsewhere)]).toEqual([false, true, true]);
    await expect(sessions.end(one.handle, { accountId: alice }, by(alice))).rejects.toMatchObject(unknown);
    await sessions.end(other.handle, {}, admin);
    // The event leads to the apps that are told.
    const signOutId = expect.stringMatching(/^so_/);
    expect(await eventsAbout(alice)).toEqual([
      { event: 'session.ended', detail: { reason: 'ended_by_admin', signOutId }, by: 'acc_admin' },
      { event: 'session.ended', detail: { reason: 'ended_by_owner', signOutId }, by: alice },
    ]);
  });

  it('C06 ends every session in which a client was used: an event each, and one that says how many', async () => {
    const { sessions, session, grant, isThere, isLive, eventsAbout, deliveries, audit } = openSessions(db);
    const [alice, bob, client] = [fresh('acc'), fresh('acc'), fresh('wiki')];
    const [bound, beside, other] = [await grant(alice, client), await grant(alice, 'chat'), await grant(bob, 'chat')];
    const offline = await grant(bob, client, 'openid offline_access');
    const lost = [
      await session(alice, { [client]: bound, chat: beside }),
      await session(bob, { [client]: { ...offline, isOffline: true } }),
    ];
    const kept = await session(bob, { chat: other });
    expect(await sessions.endOfClient(client, admin)).toEqual({ sessions: 2, grants: 2 });
    expect(await Promise.all([...lost, kept].map(isThere))).toEqual([false, false, true]);
    expect(await Promise.all([bound, beside, offline, other].map(isLive))).toEqual([false, false, true, true]);
    // Also the other app of that session is told.
    const told = (await deliveries.list({ limit: 10, accountId: alice })).items.map(({ clientId }) => clientId);
    expect(told.toSorted()).toEqual(['chat', client].toSorted());
    expect(await eventsAbout(alice)).toMatchObject([{ event: 'session.ended', by: 'acc_admin' }]);
    const ofClient = async () => (await audit.list(db, { limit: 10, clientId: client })).items;
    const whole = { event: 'client.sessions_ended', detail: { sessions: 2, grants: 2 }, ip: admin.ip };
    expect(await ofClient()).toMatchObject([whole]);
    expect(await sessions.endOfClient(client, admin)).toEqual({ sessions: 0, grants: 0 });
    expect(await ofClient()).toHaveLength(1);
  });

  it('ends all others at once: this one and its apps stay', async () => {
    const { sessions, session, grant, isThere, isLive, eventsAbout } = openSessions(db);
    const alice = fresh('acc');
    const [here, there, offline] = [await grant(alice, 'a'), await grant(alice, 'b'), await grant(alice, 'c')];
    const kept = await session(alice, { a: here });
    const lost = [await session(alice, { b: there }), await session(alice, { c: { ...offline, isOffline: true } })];
    expect(await sessions.endOthers(alice, kept.uid, by(alice))).toEqual({ sessions: 2, grants: 1 });
    expect(await Promise.all([kept, ...lost].map(isThere))).toEqual([true, false, false]);
    expect(await Promise.all([here, there, offline].map(isLive))).toEqual([true, false, true]);
    expect(await sessions.endOthers(alice, kept.uid, by(alice))).toEqual({ sessions: 0, grants: 0 });
    expect(await eventsAbout(alice)).toEqual([
      { event: 'account.tokens_ended', detail: { sessions: 2, grants: 1 }, by: alice },
    ]);
  });

  it('lists what apps may still do: offline, or for a session that lives', async () => {
    const { sessions, session, grant, records } = openSessions(db);
    const alice = fresh('acc');
    const [app, offline, forgotten] = [
      await grant(alice, 'app'),
      await grant(alice, 'app2', 'openid offline_access'),
      await grant(alice, 'app3'),
    ];
    await session(alice, { app });
    const listed = await sessions.grantsOfAccount(alice);
    expect(listed.map(({ clientId, isOffline }) => [clientId, isOffline]).sort()).toEqual([
      ['app', false],
      ['app2', true],
    ]);
    expect(listed[0]).toMatchObject({ accountId: alice, createdAt: expect.any(Number), expiresAt: expect.any(Number) });
    expect(JSON.stringify(listed)).not.toMatch(new RegExp([app, offline, forgotten].map(({ id }) => id).join('|')));
    const named = await grant(alice, 'api');
    await records.upsert('Grant', named.id, {
      ...{ jti: named.id, accountId: alice, clientId: 'api', openid: { scope: 'openid offline_access' } },
      resources: { 'https://api.example': 'read write' },
    });
    const scopes = (await sessions.grantsOfAccount(alice)).find(({ clientId }) => clientId === 'api')?.scopes;
    expect(scopes).toEqual(['openid', 'offline_access', 'read', 'write']);
  });

  it('a grant that is taken back is dead for good, and the session goes on', async () => {
    const { sessions, session, grant, isThere, isLive, records, eventsAbout } = openSessions(db);
    const alice = fresh('acc');
    const app = await grant(alice, 'app');
    const here = await session(alice, { app });
    const id = (await sessions.grantsOfAccount(alice))[0]?.id ?? '';
    await sessions.revokeGrant(id, { accountId: alice }, by(alice));
    expect([await isThere(here), await isLive(app)]).toEqual([true, false]);
    expect(await records.upsert('AccessToken', fresh('at'), { grantId: app.id }, 60)).toBe(false);
    expect(await records.upsert('Grant', app.id, { jti: app.id }, 60)).toBe(false);
    await expect(sessions.revokeGrant(id, { accountId: alice }, by(alice))).rejects.toMatchObject(unknown);
    const detail = { by: 'owner', scopes: ['openid', 'profile'] };
    expect(await eventsAbout(alice)).toEqual([{ event: 'grant.revoked', detail, by: alice, clientId: 'app' }]);
  });

  it('C08 M09 ends everything of a person in the caller’s transaction, all or nothing', async () => {
    const { sessions, session, grant, isThere, isLive, records } = openSessions(db);
    const [alice, bob] = [fresh('acc'), fresh('acc')];
    const [bound, offline, kept, his] = [
      await grant(alice, 'app'),
      await grant(alice, 'app2', 'openid offline_access'),
      await grant(alice, 'app3', 'openid offline_access'),
      await grant(bob, 'app'),
    ];
    const here = await session(alice, { app3: { ...kept, isOffline: true } });
    const there = await session(alice, { app: bound, app2: { ...offline, isOffline: true } });
    const hisOwn = await session(bob, { app: his });
    const state = async () => ({
      sessions: await Promise.all([here, there, hisOwn].map(isThere)),
      grants: await Promise.all([kept, bound, offline, his].map(isLive)),
    });
    const before = await state();
    const failed = db.transaction(async (tx) => {
      await sessions.endAllIn(tx, alice, changed);
      throw new Error('something after it');
    });
    await expect(failed).rejects.toThrow('something after it');
    expect(await state()).toEqual(before);

    // Somebody else's session is nothing to keep.
    const ended = await db.transaction((tx) => sessions.endAllIn(tx, alice, { ...changed, keepUid: here.uid }));
    expect(ended).toEqual({ sessions: 1, grants: 2 });
    expect(await state()).toEqual({ sessions: [true, false, true], grants: [true, false, false, true] });
    expect(await records.upsert('RefreshToken', fresh('rt'), { grantId: offline.id }, 60)).toBe(false);
    expect(await db.transaction((tx) => sessions.endAllIn(tx, alice, { ...changed, keepUid: hisOwn.uid }))).toEqual({
      sessions: 1,
      grants: 1,
    });
    expect(await state()).toEqual({ sessions: [false, false, true], grants: [false, false, false, true] });
  });

  it('ends all that a client holds, and nothing else', async () => {
    const { sessions, session, grant, isThere, isLive, records } = openSessions(db);
    const client = fresh('client');
    const [alice, bob] = [fresh('acc'), fresh('acc')];
    const all = [await grant(alice, client), await grant(bob, client, 'openid offline_access')];
    const other = await grant(alice, 'app');
    const here = await session(alice, { [client]: all[0] as { id: string }, app: other });
    expect(await db.transaction((tx) => sessions.endClientIn(tx, client))).toBe(2);
    expect(await Promise.all([...all, other].map(isLive))).toEqual([false, false, true]);
    expect(await isThere(here)).toBe(true);
    expect(await records.upsert('AccessToken', fresh('at'), { grantId: all[0]?.id }, 60)).toBe(false);
  });

  it('pages through all sessions, also those of one person or one client, each once', async () => {
    const { sessions, session, grant } = openSessions(db);
    const [alice, client] = [fresh('acc'), fresh('client')];
    const made: { handle: string }[] = [];
    for (let index = 0; index < 7; index++) {
      const used = index % 2 ? { [client]: await grant(alice, client) } : {};
      made.push(await session(index < 5 ? alice : fresh('acc'), used));
    }
    const handles = (some: typeof made) => some.map(({ handle }) => handle).sort();
    const everything = async (filters: Parameters<typeof sessions.list>[0]) => {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await sessions.list({ ...filters, after });
        expect(page.items.length).toBeLessThanOrEqual(filters.limit);
        seen.push(...page.items.map(({ id }) => id));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual([...new Set(seen)].sort());
      return seen;
    };
    expect(await everything({ limit: 2, accountId: alice })).toEqual(handles(made.slice(0, 5)));
    expect(await everything({ limit: 5, accountId: alice })).toEqual(handles(made.slice(0, 5)));
    const used = made.filter((_, index) => index % 2);
    for (const limit of [1, 2, 50]) expect(await everything({ limit, clientId: client })).toEqual(handles(used));
    expect(await everything({ limit: 3, accountId: alice, clientId: client })).toEqual(
      handles([used[0], used[1]] as typeof made),
    );
    expect(await everything({ limit: 3 })).toEqual(expect.arrayContaining(handles(made)));
  });

  it('M11 refuses a cursor that it did not hand out', async () => {
    const { sessions } = openSessions(db);
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const after of ['x', '', encoded([1]), encoded(["' OR 1=1"]), encoded(['00']), encoded(['0'.repeat(40), 1])]) {
      await expect(sessions.list({ limit: 5, after })).rejects.toMatchObject({
        code: 'invalid',
        cause: { httpStatus: 400 },
      });
    }
  });
});

describe('with an audit log that can’t be written', () => {
  it('M13 nothing is ended', async () => {
    const opened = await (databases[0] as (typeof databases)[number]).open();
    const { sessions, session, grant, isThere, isLive } = openSessions(opened.db);
    const app = await grant('acc_a', 'app', 'openid offline_access');
    const [one, two] = [await session('acc_a', { app }), await session('acc_a')];
    const id = (await sessions.grantsOfAccount('acc_a'))[0]?.id ?? '';
    await opened.db.run('DROP TABLE audit_events');
    await expect(sessions.end(one.handle, {}, admin)).rejects.toThrow();
    await expect(sessions.endOthers('acc_a', two.uid, admin)).rejects.toThrow();
    await expect(sessions.revokeGrant(id, {}, admin)).rejects.toThrow();
    expect([await isThere(one), await isThere(two), await isLive(app)]).toEqual([true, true, true]);
    await opened.close();
  });
});
