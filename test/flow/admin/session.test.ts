import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { startPostern } from '../../../src/testing/testing.ts';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import { enter } from '../../support/door-visitor.ts';
import { cookieHeader, sessionCookie } from '../../support/silent.ts';

const [minute, hour] = [60, 3600];
/** The engine forgives clocks that differ by this much. */
const tolerance = 15;

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await createStage({ kind });
  });
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(() => stage.stop());

  const advance = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
  const admin = () => stage.at('/admin', stage.people.admin);
  const cookieName = () => `${sessionCookie(stage)}-admin`;

  describe('how long somebody is signed in to administer', () => {
    it('D06 unused for an hour it is over, and the person is asked again though the provider still knows them', async () => {
      const at = await admin();
      advance(hour - minute);
      expect((await at.get('/admin')).status).toBe(200);
      advance(hour - minute);
      expect((await at.get('/admin')).status).toBe(200);
      advance(hour + minute);
      const over = await at.get('/admin/groups');
      expect(over.status).toBe(303);
      const asked = await at.visitor.follow(over);
      expect(asked.text).toContain('id="signin-title"');
    });

    it('D06 used all the time it is over twelve hours after the sign-in', async () => {
      const at = await admin();
      for (let passed = 0; passed + 50 * minute < 12 * hour; passed += 50 * minute) {
        advance(50 * minute);
        expect([passed, (await at.get('/admin')).status]).toEqual([passed, 200]);
      }
      advance(50 * minute);
      const over = await at.get('/admin');
      expect(over.status).toBe(303);
      expect((await at.visitor.follow(over)).text).toContain('id="signin-title"');
    });

    it('D07 signed out it is over on the server: the old cookies are worth nothing, nor is the provider’s session', async () => {
      const at = await admin();
      const cookie = cookieHeader(at.visitor, '/admin');
      const left = await at.post('/admin/sign-out');
      expect([left.status, left.headers.get('location')]).toEqual([303, '/logout/success']);
      expect(at.visitor.jar.has(`${cookieName()} /admin`)).toBe(false);
      const replayed = await fetch(`${stage.issuer}/admin`, {
        headers: { cookie, accept: 'text/html' },
        redirect: 'manual',
      });
      expect(replayed.status).toBe(303);
      expect((await at.visitor.open('/admin')).text).toContain('id="signin-title"');
    });

    it('ends with the provider’s session, with the account, and with the role', async () => {
      const { accounts, sessions } = stage.postern;
      const someone = await stage.person(['admins']);
      const ends: (() => Promise<unknown>)[] = [
        async () => sessions.end((await sessions.listOfAccount(someone.id))[0]?.id ?? '', {}, by),
        () => accounts.setDisabled(someone.id, true, by),
      ];
      for (const end of ends) {
        const at = await stage.at('/admin', someone);
        expect((await at.get('/admin')).status).toBe(200);
        await end();
        expect((await at.get('/admin')).status).toBe(303);
        expect((await at.post('/admin/groups/new', { name: 'too-late' })).status).toBe(403);
      }
      await accounts.setDisabled(someone.id, false, by);
      const at = await stage.at('/admin', someone);
      await accounts.update(someone.id, { groups: ['auditors'] }, by);
      expect((await at.get('/admin')).status).toBe(200);
      expect((await at.post('/admin/groups/new', { name: 'too-late' })).status).toBe(403);
      await accounts.update(someone.id, { groups: [] }, by);
      expect((await at.get('/admin')).status).toBe(403);
      expect(await stage.postern.groups.find('too-late')).toBeUndefined();
    });
  });

  describe('the cookie', () => {
    it('is for this door alone, for no script and no other site, and nobody else can make one', async () => {
      const visitor = stage.visitor();
      const signIn = await visitor.open('/admin');
      const { username, password } = stage.people.admin;
      let answer = signIn;
      const set: string[] = [];
      const body = new URLSearchParams({
        username,
        password,
        csrf: /name="csrf" value="([^"]+)"/.exec(signIn.text)?.[1] ?? '',
      });
      answer = await visitor.request(signIn.url, { method: 'POST', body });
      for (let step = 0; step < 6 && set.length === 0; step++) {
        const refresh = /content="0; url=([^"]+)"/.exec(answer.text)?.[1]?.replaceAll('&amp;', '&');
        answer = await visitor.request(new URL(answer.headers.get('location') ?? refresh ?? '', answer.url).href);
        set.push(...answer.headers.getSetCookie().filter((cookie) => cookie.startsWith(`${cookieName()}=`)));
      }
      expect(set[0]?.replace(/=[^;]*/, '')).toBe(`${cookieName()}; path=/admin; samesite=strict; httponly`);
      // A page that goes on by itself: after a redirect from elsewhere the strict cookie would not be sent.
      expect([answer.status, answer.text.includes('id="continue-link"')]).toEqual([200, true]);

      const sealed = /=([^;]*)/.exec(set[0] ?? '')?.[1] ?? '';
      const flipped = Buffer.from(sealed, 'base64url');
      flipped[20] = (flipped[20] ?? 0) ^ 1;
      for (const value of [
        '',
        'x',
        `${sealed}AA`,
        flipped.toString('base64url'),
        JSON.stringify({ accountId: stage.people.admin.id }),
      ]) {
        const cookie = `${cookieName()}=${encodeURIComponent(value)}`;
        const { status } = await fetch(`${stage.issuer}/admin`, {
          headers: { cookie, accept: 'text/html' },
          redirect: 'manual',
        });
        expect([value, status]).toEqual([value, 303]);
      }
    });
  });

  describe('coming in', () => {
    it('in dev a sample person who may administer is one click away', async () => {
      const dev = await startPostern({ mode: 'dev', memory: true });
      try {
        const visitor = createVisitor(dev.issuer);
        const page = await visitor.submit(await visitor.open('/admin/groups'), { account: 'alice' });
        expect([page.url, page.status]).toEqual([`${dev.issuer}/admin/groups`, 200]);
        const made = await visitor.submit(await visitor.open('/admin/groups/new'), {
          name: 'made-in-dev',
          description: '',
        });
        expect(made.url).toBe(`${dev.issuer}/admin/groups/made-in-dev?done=group-created`);
      } finally {
        await dev.stop();
      }
    });

    it('D14 goes back to a path of this origin and nowhere else', async () => {
      const at = await admin();
      const landing = async (returnTo: string) => {
        const page = await at.visitor.open(`/admin/sign-in?${new URLSearchParams({ return_to: returnTo })}`);
        return page.url.slice(stage.issuer.length);
      };
      const evil = [
        '//evil',
        '/\\evil',
        'https:evil',
        '%2f%2fevil',
        '/%2f%2fevil',
        '/.//evil',
        '/\t/evil',
        'javascript:alert(1)',
        '',
      ];
      for (const returnTo of evil) expect([returnTo, await landing(returnTo)]).toEqual([returnTo, '/admin']);
      expect(await landing('/admin/groups?x=//evil')).toBe('/admin/groups?x=//evil');
    });

    it('D11 a change after five minutes asks for the password, comes back to the page and says that nothing is done', async () => {
      const at = await admin();
      advance(5 * minute + tolerance + 1);
      const stale = await at.post('/admin/groups/new', { name: 'office' });
      expect(stale.status).toBe(303);
      expect(await stage.postern.groups.find('office')).toBeUndefined();
      const asked = await at.visitor.follow(stale);
      expect(asked.text).toContain('id="signin-title"');
      const { username, password } = stage.people.admin;
      const back = await at.visitor.submit(asked, { username, password });
      expect(back.url).toBe(`${stage.issuer}/admin/groups/new?done=signed-in-again`);
      expect(back.text).toContain('Nothing was changed yet');
      // The form that stood in another tab all the while is still good.
      expect((await at.post('/admin/groups/new', { name: 'office' })).status).toBe(303);
      expect(await stage.postern.groups.find('office')).toBeDefined();
    });

    it('asks for nothing when somebody signed in just now, and for the password when it was an hour ago', async () => {
      const visitor = stage.visitor();
      await stage.signIn(visitor, stage.authorizeUrl('app'), 'admin');
      advance(30 * minute);
      expect((await visitor.open('/admin')).url).toBe(`${stage.issuer}/admin`);
      const later = stage.visitor();
      await stage.signIn(later, stage.authorizeUrl('app'), 'admin');
      advance(hour + tolerance + 1);
      expect((await later.open('/admin')).text).toContain('id="signin-title"');
    });

    it('lets two tabs sign in beside each other', async () => {
      const { visitor } = await admin();
      const [one, two] = [
        await visitor.request('/admin/sign-in?return_to=/admin/groups'),
        await visitor.request('/admin/sign-in'),
      ];
      expect((await visitor.follow(one)).url).toBe(`${stage.issuer}/admin/groups`);
      expect((await visitor.follow(two)).url).toBe(`${stage.issuer}/admin`);
    });

    it('refuses an answer that no sign-in of this browser waits for', async () => {
      const at = await admin();
      const begun = await at.visitor.request('/admin/sign-in');
      const answer = await at.visitor.request(begun.headers.get('location') ?? '');
      const callback = answer.headers.get('location') ?? '';
      expect(callback).toContain('/admin/callback?code=');
      const stranger = await stage.visitor().request(callback);
      expect(stranger.status).toBe(400);
      expect((await at.visitor.request('/admin/callback?error=access_denied&state=x')).status).toBe(400);
    });

    it('shows somebody without a role that they may not, once in the log, and offers another account', async () => {
      const last = await stage.lastEvent();
      const visitor = stage.visitor();
      const page = await enter(visitor, '/admin', stage.people.alice);
      expect([page.status, page.text.includes('id="refusal-title"')]).toEqual([403, true]);
      expect(page.text).not.toContain('class="side"');
      expect((await stage.eventsSince(last)).filter((event) => event === 'access.refused')).toHaveLength(1);
      const asked = await visitor.open('/admin/sign-in?switch=1');
      const { username, password } = stage.people.admin;
      const inside = await visitor.submit(asked, { username, password });
      expect([inside.url, inside.status]).toEqual([`${stage.issuer}/admin`, 200]);
      expect(await stage.eventsSince(last)).toContain('admin.signed_in');
    });

    it('says so when the sign-in was given up', async () => {
      const visitor = stage.visitor();
      const page = await visitor.open('/admin');
      const given = await visitor.submit(page, { do: 'cancel' });
      expect([given.status, given.text.includes('You are not signed in')]).toEqual([403, true]);
    });
  });
});
