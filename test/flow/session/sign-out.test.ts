import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer, Visitor } from '../../../src/testing/sign-in.ts';
import { expectHarmless, expectRefusedHere } from '../../support/refusals.ts';
import { cookieHeader, sessionCookie, silently } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const appHome = 'https://rp.example/';

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ kind });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(() => world.stop());

  /** A browser in which a person is signed in at `app`, and the ID token that the app has of them. */
  async function signedIn(name: 'alice' | 'bob' = 'alice') {
    const visitor = world.visitor();
    const back = await world.signIn(
      visitor,
      world.authorizeUrl('app', { scope: 'openid offline_access', prompt: 'consent' }),
      name,
    );
    const { body } = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
    return { visitor, idToken: String(body.id_token), refreshToken: String(body.refresh_token) };
  }

  const logoutUrl = (parameters: Record<string, string>) => `/logout?${new URLSearchParams(parameters)}`;
  const xsrfOf = (page: Answer) => /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const post = (visitor: Visitor, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    visitor.request('/logout/confirm', { method: 'POST', body: new URLSearchParams(fields), headers });
  const ended = async (accountId: string) =>
    (await world.postern.audit.list(world.postern.db, { limit: 500, event: 'session.ended' })).items.filter(
      (event) => event.accountId === accountId,
    ).length;

  describe('signing out', () => {
    it('D07 ends the session on the server: the old cookie is worth nothing', async () => {
      const { visitor } = await signedIn();
      const kept = new Map(visitor.jar);
      const before = await ended(world.people.alice.id);
      const done = await visitor.submit(await visitor.open('/logout'), { logout: 'yes' });
      expect(done.text).toContain('id="logout-done"');
      expect(visitor.jar.has(sessionCookie(world))).toBe(false);
      expect(await ended(world.people.alice.id)).toBe(before + 1);

      const thief = world.visitor();
      for (const [name, cookie] of kept) thief.jar.set(name, cookie);
      expect(await silently(world, thief)).toBe('login_required');
      expect((await thief.open(world.authorizeUrl('app'))).text).toContain('id="signin-title"');
    });

    it('D07 what apps were given for the session goes with it, what works without the person stays', async () => {
      const visitor = world.visitor();
      const tokensOf = async (scope: string) => {
        const back = await world.signIn(visitor, world.authorizeUrl('app', { scope, prompt: 'consent' }));
        return (await world.token('app', world.codeForm('app', back.searchParams.get('code')))).body;
      };
      const userinfo = async (token: unknown) =>
        (await fetch(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status;
      const bound = await tokensOf('openid');
      expect(await userinfo(bound.access_token)).toBe(200);
      await visitor.submit(await visitor.open('/logout'), { logout: 'yes' });
      expect(await userinfo(bound.access_token)).toBe(401);
      expect((await refresh(bound.refresh_token)).status).toBe(400);

      const { refreshToken, visitor: other } = await signedIn('bob');
      await other.submit(await other.open('/logout'), { logout: 'yes' });
      expect((await refresh(refreshToken)).status).toBe(200);
    });

    it('D08 opening the address, in any way, ends nothing: the person is asked', async () => {
      const { visitor } = await signedIn();
      for (const url of ['/logout', logoutUrl({ client_id: 'app', post_logout_redirect_uri: appHome, state: 's' })]) {
        for (const method of ['GET', 'HEAD']) {
          const answer = await visitor.request(url, { method });
          expectHarmless(answer);
          expect(answer.status).toBe(200);
          if (method === 'GET') expect(answer.text).toContain('id="logout-yes"');
          expect(await silently(world, visitor)).toBe('signed in');
        }
      }
      const posted = await visitor.request('/logout', {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'app' }),
      });
      expect([posted.status, posted.headers.get('location')]).toEqual([303, '/logout?client_id=app']);
      expect((await visitor.request('/logout/confirm?logout=yes')).status).toBe(404);
      expect(await silently(world, visitor)).toBe('signed in');
    });

    it('D08 the form counts with its token alone', async () => {
      const { visitor } = await signedIn();
      const other = await signedIn('bob');
      const foreign = xsrfOf(await other.visitor.open('/logout'));
      expectRefusedHere(await post(visitor, { logout: 'yes', xsrf: foreign }), 400);
      const page = await visitor.open('/logout');
      expectRefusedHere(await post(visitor, { logout: 'yes' }), 400);
      for (const xsrf of ['', 'x'.repeat(48), foreign]) {
        expectRefusedHere(await post(visitor, { logout: 'yes', xsrf }), 400);
        expect(await silently(world, visitor)).toBe('signed in');
      }
      const twice = new URLSearchParams('xsrf=a&xsrf=b&logout=yes');
      expectRefusedHere(await visitor.request('/logout/confirm', { method: 'POST', body: twice }), 400);
      expect(await silently(world, visitor)).toBe('signed in');
      expect((await visitor.submit(page, { logout: 'yes' })).text).toContain('id="logout-done"');
    });

    it('D08 "no" keeps the person signed in', async () => {
      const { visitor } = await signedIn();
      const page = await visitor.open(logoutUrl({ client_id: 'app2' }));
      const answer = await post(visitor, { xsrf: xsrfOf(page) }, { origin: world.issuer });
      expectHarmless(answer);
      expect(await silently(world, visitor)).toBe('signed in');
    });

    it('D08 with an ID token of the same person there is nothing to confirm', async () => {
      const { visitor, idToken } = await signedIn();
      const kept = cookieHeader(visitor, '/');
      const before = await ended(world.people.alice.id);
      const url = logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: appHome, state: 'x&y' });
      const answer = await visitor.request(url);
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe('https://rp.example/?state=x%26y');
      expect(visitor.jar.has(sessionCookie(world))).toBe(false);
      expect(await ended(world.people.alice.id)).toBe(before + 1);
      const replay = await fetch(world.authorizeUrl('app', { prompt: 'none', scope: 'openid' }), {
        headers: { cookie: kept },
        redirect: 'manual',
      });
      expect(replay.headers.get('location')).toContain('error=login_required');
      // Once more, by nobody: the app gets its answer, nothing else happens.
      expect((await visitor.request(url)).headers.get('location')).toBe('https://rp.example/?state=x%26y');
    });

    it('D08 without an address to return to the person is told; HEAD ends nothing', async () => {
      const { visitor, idToken } = await signedIn();
      const url = logoutUrl({ id_token_hint: idToken });
      await visitor.request(url, { method: 'HEAD' });
      expect(await silently(world, visitor)).toBe('signed in');
      expect((await visitor.open(url)).text).toContain('id="logout-done"');
      expect(await silently(world, visitor)).toBe('login_required');
    });

    it('D09 the ID token of somebody else asks first, and ends nothing until the person says yes', async () => {
      const alice = await signedIn('alice');
      const bob = await signedIn('bob');
      const url = logoutUrl({ id_token_hint: alice.idToken, post_logout_redirect_uri: appHome });
      const page = await bob.visitor.open(url);
      expect(page.status).toBe(200);
      expect(page.text).toContain('id="logout-yes"');
      expect(await silently(world, bob.visitor)).toBe('signed in');
      expect(await silently(world, alice.visitor)).toBe('signed in');

      const done = await bob.visitor.submit(await bob.visitor.open(url), { logout: 'yes' });
      expect(done.url).toBe(appHome);
      expect(await silently(world, bob.visitor)).toBe('login_required');
      expect(await silently(world, alice.visitor)).toBe('signed in');
    });

    it('D10 an ID token that has expired is still a proof', async () => {
      vi.useFakeTimers({ toFake: ['Date'] });
      const { visitor, idToken } = await signedIn();
      vi.setSystemTime(Date.now() + 20 * 3600 * 1000);
      const answer = await visitor.request(logoutUrl({ id_token_hint: idToken, post_logout_redirect_uri: appHome }));
      expect(answer.headers.get('location')).toBe(appHome);
      expect(await silently(world, visitor)).toBe('login_required');
    });
  });

  const refresh = (token: unknown) => world.token('app', { grant_type: 'refresh_token', refresh_token: String(token) });
});
