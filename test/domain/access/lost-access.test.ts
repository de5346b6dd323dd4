import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/db/db.ts';
import { createLostAccess } from '../../../src/domain/access/lost-access.ts';
import type { AuditEntry } from '../../../src/domain/audit/audit.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { fresh, openSessions } from '../sessions/room.ts';

describe.each(databases)('lost access over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
  });
  afterAll(() => opened.close());

  /** Somebody signed in to two apps; `lose` takes one away, as the log would tell. `look` is one process that watches. */
  async function stage() {
    const house = openSessions(db);
    const [accountId, app, other] = [fresh('acc'), fresh('app'), fresh('other')];
    const [lost, kept] = [
      await house.grant(accountId, app, 'openid offline_access'),
      await house.grant(accountId, other),
    ];
    const session = await house.session(accountId, { [app]: { ...lost, isOffline: true }, [other]: kept });
    const closed = new Set<string>();
    const asked: string[] = [];
    const { audit, sessions } = house;
    const watch = (entitled = async (_: string, clientId: string) => !closed.has(clientId)) =>
      createLostAccess({
        ...{ db, audit, sessions },
        entitled: async (account, clientId) => {
          asked.push(clientId);
          return entitled(account, clientId);
        },
      });
    const note = (event: 'account.updated' | 'signin.failed' = 'account.updated') => {
      house.clock.advance(1);
      const detail = { before: {}, after: {} };
      return audit.record(db, {
        actor: { type: 'operator' },
        accountId: fresh('x'),
        event,
        detail,
      } as unknown as AuditEntry);
    };
    const lose = async () => {
      closed.add(app);
      await note();
    };
    const told = async () =>
      (await house.deliveries.list({ limit: 10, accountId })).items.map(({ clientId, reason }) => [clientId, reason]);
    return { ...house, accountId, app, other, session, grants: { lost, kept }, asked, watch, note, lose, told };
  }

  it('C07 whoever may not use an app any more is signed out of it, and of no other', async () => {
    const { watch, lose, told, app, session, grants, isThere, isLive, eventsAbout, accountId } = await stage();
    const look = watch();
    await look();
    expect(await told()).toEqual([]);
    await lose();
    expect(await look()).toBe(1);
    expect(await told()).toEqual([[app, 'access_lost']]);
    // Also what it could do without the person; the session goes on for the other one.
    expect([await isLive(grants.lost), await isLive(grants.kept), await isThere(session)]).toEqual([false, true, true]);
    const detail = { reason: 'access_lost', signOutId: expect.stringMatching(/^so_/) };
    expect(await eventsAbout(accountId)).toEqual([{ event: 'session.ended', detail, by: undefined, clientId: app }]);
  });

  it('C07 also of what it may do without the person, whose session here is over', async () => {
    const { watch, lose, told, app, other, sessions, session, grant, isLive, grants, eventsAbout, accountId } =
      await stage();
    const [again, kept] = [await grant(accountId, app), await grant(accountId, other, 'openid offline_access')];
    await sessions.signOut(session.uid, { reason: 'signed_out', circumstances: { by: { type: 'system' } } });
    expect(await isLive(grants.lost)).toBe(true);
    const before = (await told()).length;
    const looks = [watch(), watch()];
    await lose();
    // Whatever it was given is gone, and it is told once.
    expect((await Promise.all(looks.map((look) => look()))).sort()).toEqual([0, 1]);
    expect((await told()).slice(0, -before)).toEqual([[app, 'access_lost']]);
    expect([await isLive(grants.lost), await isLive(again), await isLive(kept)]).toEqual([false, false, true]);
    expect((await eventsAbout(accountId))[0]).toEqual({
      ...{ event: 'session.ended', clientId: app, by: undefined },
      detail: { reason: 'access_lost', signOutId: expect.stringMatching(/^so_/) },
    });
  });

  it('looks only when something has happened, and tells nobody twice', async () => {
    const { watch, lose, note, told, asked } = await stage();
    const look = watch();
    await look();
    asked.length = 0;
    expect(await look()).toBe(0);
    await note('signin.failed');
    expect(await look()).toBe(0);
    expect(asked).toEqual([]);
    await lose();
    expect(await look()).toBe(1);
    expect(asked.length).toBeGreaterThan(0);
    await note();
    expect(await look()).toBe(0);
    expect(await told()).toHaveLength(1);
  });

  it('a process that begins looks at everything: nothing is forgotten that happened while none was there', async () => {
    const { watch, lose, told } = await stage();
    await lose();
    expect(await watch()()).toBe(1);
    expect(await watch()()).toBe(0);
    expect(await told()).toHaveLength(1);
  });

  it('two processes that look at once tell it once', async () => {
    const { watch, lose, told } = await stage();
    const looks = [watch(), watch(), watch()];
    await lose();
    const counts = await Promise.all(looks.map((look) => look()));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await told()).toHaveLength(1);
  });

  it('what happens during a look is looked at the next time', async () => {
    const { lose, told, app, watch } = await stage();
    let isLost = false;
    const look = watch(async (_account, clientId) => {
      const isLetIn = !(isLost && clientId === app);
      // Just after it was asked about, the person loses it.
      if (clientId === app && !isLost) {
        isLost = true;
        await lose();
      }
      return isLetIn;
    });
    expect(await look()).toBe(0);
    expect(await look()).toBe(1);
    expect(await told()).toHaveLength(1);
  });

  it('one that was stopped is not done, and the next one is', async () => {
    const { watch, lose, told } = await stage();
    const look = watch();
    await look();
    await lose();
    expect(await look(AbortSignal.abort())).toBe(0);
    expect(await told()).toEqual([]);
    expect(await look()).toBe(1);
  });

  it('one that failed is not done either', async () => {
    const { watch, lose, told, app } = await stage();
    let isBroken = false;
    const look = watch(async (_account, clientId) => {
      if (isBroken) throw new Error('the database is away');
      return clientId !== app;
    });
    isBroken = true;
    await lose();
    await expect(look()).rejects.toThrow('the database is away');
    isBroken = false;
    expect(await look()).toBe(1);
    expect(await told()).toHaveLength(1);
  });
});
