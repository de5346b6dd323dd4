import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/db.ts';
import type { Payload } from '../../src/domain/records/records.ts';
import { fresh, openSessions } from '../domain/sessions/room.ts';
import { databases, type OpenedDatabase } from '../support/databases.ts';
import { gateDatabase, untilSomebodyWaits } from '../support/gated-database.ts';

const day = 86_400_000;
const why = { reason: 'signed_out', circumstances: { by: { type: 'anonymous' } } } as const;
type House = ReturnType<typeof openSessions>;

describe.each(databases)('sessions whose time is over, over $name', ({ open, name }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
  });
  afterAll(() => opened.close());

  /** Who was told of that person's sign-outs: the apps, in order. */
  const told = async ({ deliveries }: House, accountId: string) =>
    (await deliveries.list({ limit: 500, accountId })).items.map(({ clientId }) => clientId).sort();

  /** Somebody who is signed in at an app of their own. */
  async function signedIn(house: House) {
    const [accountId, clientId] = [fresh('acc'), fresh('app')];
    const grant = await house.grant(accountId, clientId);
    return { accountId, clientId, grant, ...(await house.session(accountId, { [clientId]: grant })) };
  }
  /** Until nothing is left that is over: other tests leave theirs in the same tables. */
  const reapAll = async ({ sessions }: House, limit = 50) => {
    while ((await sessions.reap(limit)) > 0);
  };

  it('D06 end with what apps got in them, and each app is told by the name it has for the session', async () => {
    const house = openSessions(db);
    const alice = fresh('acc');
    const [bound, offline, own] = [
      await house.grant(alice, 'app'),
      await house.grant(alice, 'app2', 'openid offline_access'),
      await house.grant(alice, 'postern-admin'),
    ];
    const used = { app: bound, app2: { ...offline, isOffline: true }, 'postern-admin': own };
    const session = await house.session(alice, used);
    const sids = (await house.records.findByUid(session.uid))?.authorizations as Record<string, { sid: string }>;
    house.clock.advance(day - 1);
    const other = await signedIn(house);
    await reapAll(house);
    expect([await house.isThere(session), await told(house, alice)]).toEqual([true, []]);
    house.clock.advance(1);
    await reapAll(house);
    expect(await Promise.all([session, other].map(house.isThere))).toEqual([false, true]);
    expect(await Promise.all([bound, offline, own, other.grant].map(house.isLive))).toEqual([false, true, false, true]);
    const { items } = await house.deliveries.list({ limit: 10, accountId: alice });
    expect(items.map(({ clientId, sid, reason, by }) => ({ clientId, sid, reason, by: by.type }))).toEqual(
      expect.arrayContaining([
        { clientId: 'app', sid: sids.app?.sid, reason: 'expired', by: 'system' },
        { clientId: 'app2', sid: sids.app2?.sid, reason: 'expired', by: 'system' },
      ]),
    );
    expect(items).toHaveLength(2);
    const detail = { reason: 'expired', signOutId: expect.stringMatching(/^so_/) };
    const expired = { event: 'session.ended', detail, by: undefined };
    expect(await house.eventsAbout(alice)).toEqual([expired]);
    await reapAll(house);
    expect(await told(house, alice)).toEqual(['app', 'app2']);
  });

  it('are taken so many at a time', async () => {
    const house = openSessions(db);
    await reapAll(house);
    for (let index = 0; index < 5; index++) await signedIn(house);
    house.clock.advance(day);
    expect([await house.sessions.reap(2), await house.sessions.reap(2), await house.sessions.reap(2)]).toEqual([
      2, 2, 1,
    ]);
  });

  it('are not purged, however old, before the apps have their rows; those of nobody are', async () => {
    const house = openSessions(db);
    const person = await signedIn(house);
    const nobody = fresh('uid');
    await house.records.upsert('Session', nobody, { jti: nobody, uid: nobody, kind: 'Session' }, 60);
    house.clock.advance(400 * day);
    await house.records.purge({ batch: 500 });
    // Asked of a node that remembers nothing.
    const { isThere } = openSessions(db, house.keys, house.clock);
    expect([await isThere(person), await isThere({ uid: nobody })]).toEqual([true, false]);
    expect(await told(house, person.accountId)).toEqual([]);
    await reapAll(house);
    await house.records.purge({ batch: 500 });
    expect([await house.isThere(person), await told(house, person.accountId)]).toEqual([false, [person.clientId]]);
  });

  it('told once each, whoever else purges, reaps, signs out and ends them at the same time', async () => {
    const house = openSessions(db);
    const nodes = [house, openSessions(db, house.keys, house.clock), openSessions(db, house.keys, house.clock)];
    const people = [];
    for (let index = 0; index < 60; index++) people.push(await signedIn(house));
    house.clock.advance(2 * day);
    await Promise.all([
      ...nodes.map((node) => node.records.purge({ batch: 10 })),
      ...nodes.map((node) => reapAll(node, 7)),
      ...people.slice(0, 15).map(({ uid }) => nodes[1]?.sessions.signOut(uid, why)),
      ...people
        .slice(10, 25)
        .map(({ accountId }) =>
          db.transaction((tx) => house.sessions.endAllIn(tx, accountId, { ...why, reason: 'account_disabled' })),
        ),
    ]);
    for (const person of people) {
      expect(await told(house, person.accountId)).toEqual([person.clientId]);
      expect([await house.isThere(person), await house.isLive(person.grant)]).toEqual([false, false]);
    }
  });

  it('one that somebody goes on with in that very moment lives and is not told, or is over and is told', async () => {
    const house = openSessions(db);
    const outcomes = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const person = await signedIn(house);
      const payload = (await house.records.findByUid(person.uid)) as Payload;
      house.clock.advance(day);
      const goOn = () => house.records.continueSession(person.uid, person.uid, payload, 3600);
      const [goesOn] =
        round % 2
          ? await Promise.all([goOn(), reapAll(house)])
          : (await Promise.all([reapAll(house), goOn()])).reverse();
      const isThere = await house.isThere(person);
      expect(isThere).toBe(goesOn);
      expect(await told(house, person.accountId)).toEqual(isThere ? [] : [person.clientId]);
      expect(await house.isLive(person.grant)).toBe(isThere);
      outcomes.add(isThere ? 'lives' : 'over');
    }
    expect([...outcomes].sort()).toEqual(name === 'PostgreSQL' ? expect.any(Array) : ['lives', 'over']);
  });

  /** Somebody whose time is over, and the same rooms over a database that holds its next commit. */
  async function atTheGate() {
    const house = openSessions(db);
    await reapAll(house);
    const person = await signedIn(house);
    const payload = (await house.records.findByUid(person.uid)) as Payload;
    house.clock.advance(day);
    const gated = gateDatabase(db);
    return { house, person, payload, held: openSessions(gated.db, house.keys, house.clock), ...gated.holdNextCommit() };
  }

  it('the reaper that is about to commit is waited for, and then the session is over', async () => {
    const { house, person, payload, held, reached, release } = await atTheGate();
    const reaping = held.sessions.reap(10);
    await reached;
    const goesOn = house.records.continueSession(person.uid, person.uid, payload, 3600);
    if (name === 'PostgreSQL') await untilSomebodyWaits(db, goesOn);
    // A second reaper passes over what the first one has.
    if (name === 'PostgreSQL') expect(await house.sessions.reap(10)).toBe(0);
    release();
    expect([await reaping, await goesOn]).toEqual([1, false]);
    expect([await house.isThere(person), await told(house, person.accountId)]).toEqual([false, [person.clientId]]);
  });

  it('one that is just being written is passed over, and lives', async () => {
    const { house, person, payload, held, reached, release } = await atTheGate();
    const goesOn = held.records.continueSession(person.uid, person.uid, payload, 3600, async () => true);
    await reached;
    const reaping = house.sessions.reap(10);
    // On PostgreSQL it has passed over it before it is committed; SQLite lets one write after the other.
    if (name === 'PostgreSQL') expect(await reaping).toBe(0);
    release();
    expect([await goesOn, await reaping]).toEqual([true, 0]);
    expect([await house.isThere(person), await told(house, person.accountId)]).toEqual([true, []]);
  });

  it('stay when the apps’ rows can’t be written, and are ended once they can', async () => {
    const house = openSessions(db);
    const person = await signedIn(house);
    house.clock.advance(day);
    await db.run('ALTER TABLE deliveries RENAME TO deliveries_away');
    await expect(house.sessions.reap(10)).rejects.toThrow();
    await db.run('ALTER TABLE deliveries_away RENAME TO deliveries');
    expect([await house.isThere(person), await house.isLive(person.grant)]).toEqual([true, true]);
    expect(await house.eventsAbout(person.accountId)).toEqual([]);
    await reapAll(house);
    expect([await house.isThere(person), await told(house, person.accountId)]).toEqual([false, [person.clientId]]);
  });

  it('one that can’t be opened is removed, and the log says so', async () => {
    const house = openSessions(db);
    await reapAll(house);
    const person = await signedIn(house);
    house.clock.advance(day);
    const stranger = openSessions(db, { ...house.keys, payloadKey: openSessions(db).keys.payloadKey }, house.clock);
    await reapAll(stranger);
    expect(await house.isThere(person)).toBe(false);
    const { items } = await house.audit.list(db, { limit: 1, event: 'record.unreadable' });
    expect(items).toMatchObject([{ detail: { table: 'records', reason: 'Session' } }]);
  });
});
