/** A sign-out of which the apps could not be told does not happen, and says so (D07). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/testing/sign-in.ts';
import { visitorAt } from '../../support/door-visitor.ts';
import { leave, logoutUrl, signedInAt } from '../../support/signing-out.ts';
import { cookieHeader, silently } from '../../support/silent.ts';
import { createTeam, type Team } from '../../support/team.ts';

const by = { by: { type: 'operator' } } as const;

describe.each(['sqlite', 'postgresql'] as const)('notices that cannot be written, over %s', (kind) => {
  let team: Team;
  let isAway = false;
  beforeAll(async () => {
    team = await createTeam(kind);
  });
  afterEach(async () => {
    if (isAway) await back();
  });
  afterAll(() => team.stop());

  /** The table of the notices is away: nothing else of the database is. */
  async function away(): Promise<void> {
    await team.postern.db.run('ALTER TABLE deliveries RENAME TO deliveries_away', []);
    isAway = true;
  }
  async function back(): Promise<void> {
    await team.postern.db.run('ALTER TABLE deliveries_away RENAME TO deliveries', []);
    isAway = false;
  }
  const all = async () => ({
    grants: await team.postern.sessions.grantsOfAccount(team.people.alice.id),
    sessions: (await team.postern.sessions.listOfAccount(team.people.alice.id)).map(({ id }) => id),
    ended: (await team.postern.audit.list(team.postern.db, { limit: 100, event: 'session.ended' })).items.length,
  });

  function expectStillSignedIn(answer: Answer, language = 'en'): void {
    expect(answer.status).toBe(503);
    expect(answer.text).toContain(language === 'en' ? 'You are still signed in' : 'Sie sind noch angemeldet');
    expect(answer.text).toContain('id="sign-out-again" href="/logout"');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('location')).toBeNull();
    // Nothing is taken from the browser, and nothing is kept in it for the page after a sign-out.
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).not.toMatch(/1970|signed-out/);
    expect(answer.text).not.toMatch(/deliveries|SQLITE|relation/);
  }

  it.each(['everything', 'the app'] as const)(
    'D07 of %s: the person is still signed in, and can try again',
    async (what) => {
      const visitor = await signedInAt(team, ['app', 'app2']);
      const page = await visitor.open(logoutUrl({ client_id: 'app', post_logout_redirect_uri: 'https://rp.example/' }));
      const before = await all();
      await away();
      expectStillSignedIn(await leave(visitor, page, what));
      await back();
      expect(await all()).toEqual(before);
      expect([await silently(team, visitor), await silently(team, visitor, 'app2')]).toEqual([
        'signed in',
        'signed in',
      ]);
      const retried = await visitor.follow(await leave(visitor, await visitor.open(page.url), what));
      expect(retried.url).toBe('https://rp.example/');
      expect(await silently(team, visitor)).toBe(what === 'everything' ? 'login_required' : 'consent_required');
    },
  );

  it('D07 by the ID token of the same person: no redirect, in the language of the request', async () => {
    const visitor = team.visitor();
    const callback = await team.signIn(visitor, team.authorizeUrl('app'));
    const { body } = await team.token('app', team.codeForm('app', callback.searchParams.get('code')));
    const url = logoutUrl({ id_token_hint: body.id_token, post_logout_redirect_uri: 'https://rp.example/' });
    const before = await all();
    await away();
    expectStillSignedIn(await visitor.request(url));
    expectStillSignedIn(await visitor.request(`${url}&ui_locales=de`), 'de');
    await back();
    expect(await all()).toEqual(before);
    expect((await visitor.request(url)).headers.get('location')).toBe('https://rp.example/');
  });

  it.each(['/account', '/admin'])('D07 at %s: the door is still open', async (path) => {
    const { admin } = team.people;
    const at = await visitorAt(team, path, admin);
    await team.signIn(at.visitor, team.authorizeUrl('app'), 'admin');
    const cookies = cookieHeader(at.visitor, path);
    await away();
    expectStillSignedIn(await at.post(`${path}/sign-out`));
    await back();
    expect(cookieHeader(at.visitor, path)).toBe(cookies);
    expect((await at.get(path)).status).toBe(200);
    expect(await silently(team, at.visitor)).toBe('signed in');
    const left = await at.post(`${path}/sign-out`);
    expect([left.status, left.headers.get('location')]).toEqual([303, '/logout/success']);
  });

  it('D07 nor does what an administrator ends: by page and by program it is an error, and the session goes on', async () => {
    const visitor = await signedInAt(team, ['app'], 'bob');
    const [session] = await team.postern.sessions.listOfAccount(team.people.bob.id);
    const { secret } = await team.postern.apiKeys.create({ name: `ends ${kind}`, scopes: ['sessions:write'] }, by);
    const end = () =>
      fetch(`${team.issuer}/api/v1/sessions/${session?.id}`, {
        ...{ method: 'DELETE', headers: { authorization: `Bearer ${secret}` } },
      });
    const at = await visitorAt(team, '/admin', team.people.admin);
    await away();
    expect((await end()).status).toBeGreaterThanOrEqual(500);
    expect((await at.post('/admin/sessions/end', { session: session?.id ?? '' })).status).toBeGreaterThanOrEqual(500);
    await back();
    expect(await silently(team, visitor)).toBe('signed in');
    expect((await end()).status).toBe(204);
    expect(await silently(team, visitor)).toBe('login_required');
  });
});
