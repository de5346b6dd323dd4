/** People sign out, and every app that they used in that browser hears of it (D15). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Visitor } from '../../../src/testing/sign-in.ts';
import { answerOf, createOwnDoor } from '../../support/own-door.ts';
import { createToldTeam, heardBy, offline, type ToldTeam } from '../../support/told-team.ts';

const xsrfOf = (page: Answer) => /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let team: ToldTeam;
  beforeAll(async () => {
    team = await createToldTeam(kind);
  });
  afterAll(() => team.stop());

  /** Somebody in two browsers, at two apps in the one and at a third in the other. */
  async function stage() {
    const [one, two, three] = [await team.told(), await team.told(), await team.told()];
    const person = await team.person();
    const [here, there] = [team.visitor(), team.visitor()];
    const used = {
      one: await team.enter(here, one, person),
      two: await team.enter(here, two, person, offline),
      three: await team.enter(there, three, person),
    };
    expect(new Set(Object.values(used).map(({ sid }) => sid)).size).toBe(3);
    return { one, two, three, person, here, there, used };
  }

  const logout = (parameters: Record<string, string> = {}) => `/logout?${new URLSearchParams(parameters)}`;
  const signOut = async (visitor: Visitor, parameters = {}) =>
    visitor.submit(await visitor.open(logout(parameters)), { logout: 'yes' });

  it('D15 D07 signed out by "yes": the apps of this browser are told, those of the other are not', async () => {
    const { one, two, three, person, here, there, used } = await stage();
    expect((await signOut(here)).text).toContain('id="logout-done"');
    const told = await team.settled(person.id);
    expect(told).toHaveLength(2);
    for (const [app, { sid }] of [
      [one, used.one],
      [two, used.two],
    ] as const) {
      const row = { clientId: app.id, sid, state: 'confirmed', reason: 'signed_out', by: 'account' };
      expect(told).toContainEqual(row);
      expect(heardBy(app)).toEqual([{ sub: person.id, sid }]);
    }
    // C06: what works without the person stays.
    expect((await one.refresh(used.one.refresh_token)).status).toBe(400);
    expect((await two.refresh(used.two.refresh_token)).status).toBe(200);
    expect((await three.refresh(used.three.refresh_token)).status).toBe(200);
    await signOut(there);
    await team.settled(person.id);
    expect(heardBy(three)).toEqual([{ sub: person.id, sid: used.three.sid }]);
    expect(heardBy(one)).toHaveLength(1);
  });

  it('D15 signed out by an app that proves who it is: nobody is asked, every app is told', async () => {
    const { one, two, three, person, here, used } = await stage();
    await here.request(logout({ id_token_hint: used.one.id_token }));
    expect(await team.settled(person.id)).toHaveLength(2);
    expect([heardBy(one), heardBy(two), heardBy(three)]).toEqual([
      [{ sub: person.id, sid: used.one.sid }],
      [{ sub: person.id, sid: used.two.sid }],
      [],
    ]);
  });

  it('D15 leaving the app that asks, and no other: it alone is told, and the session goes on', async () => {
    const { one, two, person, here, used } = await stage();
    const page = await here.open(logout({ client_id: one.id }));
    const headers = { origin: team.issuer, 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams({ xsrf: xsrfOf(page) });
    expect((await here.request('/logout/confirm', { method: 'POST', body, headers })).status).toBeLessThan(400);
    expect(await team.settled(person.id)).toMatchObject([
      { clientId: one.id, sid: used.one.sid, reason: 'signed_out' },
    ]);
    expect([heardBy(one), heardBy(two)]).toEqual([[{ sub: person.id, sid: used.one.sid }], []]);
    expect((await one.refresh(used.one.refresh_token)).status).toBe(400);
    // Still signed in, so that no password is asked for; the app gets another name for the session.
    const again = await team.enter(here, one, { ...person, typed: { username: '', password: '' } });
    expect(again.sid).not.toBe(used.one.sid);
    await signOut(here);
    await team.settled(person.id);
    expect(heardBy(one).map(({ sid }) => sid)).toEqual([used.one.sid, again.sid]);
    expect(heardBy(two)).toEqual([{ sub: person.id, sid: used.two.sid }]);
  });

  it('D15 "no" where no app asks tells nobody', async () => {
    const { one, two, person, here } = await stage();
    const page = await here.open(logout());
    const headers = { origin: team.issuer, 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams({ xsrf: xsrfOf(page) });
    await here.request('/logout/confirm', { method: 'POST', body, headers });
    expect((await team.postern.deliveries.list({ limit: 5, accountId: person.id })).items).toEqual([]);
    expect([heardBy(one), heardBy(two)]).toEqual([[], []]);
  });

  it('D15 somebody else signs in in the same browser: the apps of the one before are told', async () => {
    const { one, two, person, here, used } = await stage();
    const other = await team.person();
    const mine = await team.enter(here, one, other, { prompt: 'login' });
    expect(await team.settled(person.id)).toMatchObject([{ reason: 'switched' }, { reason: 'switched' }]);
    expect(heardBy(one)).toEqual([{ sub: person.id, sid: used.one.sid }]);
    expect(heardBy(two)).toEqual([{ sub: person.id, sid: used.two.sid }]);
    expect(mine.sid).not.toBe(used.one.sid);
    expect(await team.settled(other.id)).toEqual([]);
    expect((await one.refresh(mine.refresh_token)).status).toBe(200);
  });

  it('D15 the same person once more tells nobody', async () => {
    const { one, person, here } = await stage();
    await team.enter(here, one, person, { prompt: 'login' });
    expect((await team.postern.deliveries.list({ limit: 5, accountId: person.id })).items).toEqual([]);
  });

  it('D16 C06 the own list: one is ended, then everywhere else', async () => {
    const { one, two, three, person, there, used } = await stage();
    const { sessions } = team.postern;
    const mine = { by: { type: 'account', id: person.id } } as const;
    const listed = await sessions.listOfAccount(person.id);
    const theirs = listed.find(({ clientIds }) => clientIds.includes(three.id));
    await sessions.end(theirs?.id ?? '', { accountId: person.id }, mine);
    const told = await team.settled(person.id);
    expect(told).toMatchObject([{ clientId: three.id, sid: used.three.sid, reason: 'ended_by_owner', by: 'account' }]);

    await team.enter(there, three, person);
    const door = createOwnDoor(team.postern, 'postern-account');
    const begun = door.begin();
    const { sessionUid } = await door.finish(there, (await answerOf(there, begun.url)).answer, begun.kept);
    expect(await sessions.endOthers(person.id, sessionUid, mine)).toMatchObject({ sessions: 1 });
    await team.settled(person.id);
    expect([heardBy(one).length, heardBy(two).length, heardBy(three).length]).toEqual([1, 1, 1]);
  });

  it('C08 another password, chosen by the person: the apps of this browser are not told, all others are', async () => {
    const { one, two, three, person, there, used } = await stage();
    const away = await team.told();
    const elsewhere = await team.enter(team.visitor(), away, person, offline);
    const door = createOwnDoor(team.postern, 'postern-account');
    const begun = door.begin();
    const { sessionUid } = await door.finish(there, (await answerOf(there, begun.url)).answer, begun.kept);
    const change = { current: person.typed.password, password: 'an entirely different lantern nine' };
    await team.postern.accounts.changeOwnPassword(person.id, change, { ip: '127.0.0.1', keepUid: sessionUid });
    const told = await team.settled(person.id);
    expect(told.map(({ reason }) => reason)).toEqual(['password_changed', 'password_changed', 'password_changed']);
    expect([heardBy(one), heardBy(two), heardBy(away), heardBy(three)]).toEqual([
      ...[used.one, used.two, elsewhere].map(({ sid }) => [{ sub: person.id, sid }]),
      [],
    ]);
    // C06: offline access of the others too.
    for (const [app, tokens] of [
      [one, used.one],
      [two, used.two],
      [away, elsewhere],
    ] as const)
      expect((await app.refresh(tokens.refresh_token)).status).toBe(400);
    expect((await three.refresh(used.three.refresh_token)).status).toBe(200);
  });
});
