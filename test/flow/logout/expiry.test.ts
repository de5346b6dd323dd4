/** A session that merely runs out is a sign-out too: the apps are told, whatever happens in that very moment. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createToldTeam, heardBy, offline, type ToldTeam } from '../../support/told-team.ts';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
/** The engine forgives clocks that differ by this much: so long a session that is over still opens the page to sign out. */
const tolerance = 15_000;

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let team: ToldTeam;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const advance = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

  async function signedIn() {
    const [bound, kept] = [await team.told(), await team.told()];
    const person = await team.person();
    const visitor = team.visitor();
    const tokens = [
      await team.enter(visitor, bound, person),
      await team.enter(visitor, kept, person, offline),
    ] as const;
    return { bound, kept, person, visitor, tokens };
  }

  describe('with the job that looks for them', () => {
    beforeAll(async () => {
      team = await createToldTeam(kind, { purge: { intervalSeconds: 1, batch: 500 } });
    });
    afterAll(() => team.stop());

    it('D06 D15 unused for a day it is over, and the apps are told; C06 what works without the person stays', async () => {
      const { bound, kept, person, visitor, tokens } = await signedIn();
      advance(day - minute);
      const answer = await visitor.request(bound.authorizeUrl({ prompt: 'none' }));
      expect(answer.headers.get('location')).toContain('code=');
      advance(day - minute);
      // Anything that the purge and the reaper do at their intervals, they have done by now.
      await team.postern.records.purge({ batch: 500 });
      expect(await team.postern.sessions.reap(50)).toBe(0);
      expect(await team.postern.deliveries.list({ limit: 1, accountId: person.id })).toMatchObject({ items: [] });
      expect((await bound.refresh(tokens[0].refresh_token)).status).toBe(200);
      advance(minute + 1000);
      await team.arrived(person.id, 2, { byJob: true });
      for (const row of await team.settled(person.id))
        expect(row).toMatchObject({ reason: 'expired', by: 'system', state: 'confirmed' });
      expect(heardBy(bound)).toEqual([{ sub: person.id, sid: tokens[0].sid }]);
      expect(heardBy(kept)).toEqual([{ sub: person.id, sid: tokens[1].sid }]);
      expect((await bound.refresh(tokens[0].refresh_token)).status).toBe(400);
      expect((await kept.refresh(tokens[1].refresh_token)).status).toBe(200);
      const grants = await team.postern.sessions.grantsOfAccount(person.id);
      expect(grants).toMatchObject([{ clientId: kept.id, isOffline: true }]);
    });

    it('D06 D15 used all the time it is over after thirty days, and the apps are told', async () => {
      const { bound, person, visitor, tokens } = await signedIn();
      const began = Date.now();
      while (Date.now() + 20 * hour < began + 30 * day) {
        advance(20 * hour);
        await visitor.request(bound.authorizeUrl({ prompt: 'none' }));
      }
      expect(await team.postern.deliveries.list({ limit: 1, accountId: person.id })).toMatchObject({ items: [] });
      vi.setSystemTime(began + 30 * day + 1000);
      await team.arrived(person.id, 2, { byJob: true });
      await team.settled(person.id);
      expect(heardBy(bound)).toEqual([{ sub: person.id, sid: tokens[0].sid }]);
    });
  });

  describe('before that job has come by', () => {
    beforeAll(async () => {
      team = await createToldTeam(kind);
    });
    afterAll(() => team.stop());

    it('D15 who signs out in the seconds after it ran out, signs out of the apps', async () => {
      const { bound, kept, person, visitor } = await signedIn();
      const page = await visitor.open('/logout');
      advance(day + tolerance / 3);
      const done = await visitor.submit(page, { logout: 'yes' });
      expect(done.text).toContain('id="logout-done"');
      await team.postern.sessions.reap(50);
      expect(await team.settled(person.id)).toHaveLength(2);
      expect([heardBy(bound).length, heardBy(kept).length]).toEqual([1, 1]);
    });

    it('D15 who leaves one app in the seconds after it ran out, leaves it', async () => {
      const { bound, person, visitor } = await signedIn();
      const page = await visitor.open(`/logout?client_id=${bound.id}`);
      advance(day + tolerance / 3);
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const headers = { origin: team.issuer, 'sec-fetch-site': 'same-origin' };
      await visitor.request('/logout/confirm', { method: 'POST', body: new URLSearchParams({ xsrf }), headers });
      await team.postern.sessions.reap(50);
      await team.settled(person.id);
      expect(heardBy(bound)).toHaveLength(1);
    });

    it('D15 who signs in as somebody else in the seconds after it ran out, has signed out the one before', async () => {
      const { bound, kept, person, visitor, tokens } = await signedIn();
      const other = await team.person();
      advance(day - 1000);
      const page = await visitor.open(bound.authorizeUrl({ prompt: 'login' }));
      advance(1000 + tolerance / 3);
      await visitor.submit(page, other.typed);
      await team.postern.sessions.reap(50);
      await team.settled(person.id);
      expect(heardBy(bound)).toEqual([{ sub: person.id, sid: tokens[0].sid }]);
      expect(heardBy(kept)).toEqual([{ sub: person.id, sid: tokens[1].sid }]);
    });

    it('D15 disabled when the session is over and not yet reaped: told once, by that session', async () => {
      const { bound, kept, person, tokens } = await signedIn();
      advance(day + minute);
      await team.postern.accounts.setDisabled(person.id, true, { by: { type: 'operator' } });
      await team.postern.sessions.reap(50);
      expect(await team.settled(person.id)).toHaveLength(2);
      expect([heardBy(bound), heardBy(kept)]).toEqual([
        [{ sub: person.id, sid: tokens[0].sid }],
        [{ sub: person.id, sid: tokens[1].sid }],
      ]);
    });
  });
});
