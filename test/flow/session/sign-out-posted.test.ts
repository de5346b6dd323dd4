/**
 * What is posted: an app asks for a sign-out (RP-Initiated Logout 1.0 §2), from its own site and so without the cookie, as
 * browsers do; and the person's "yes", more often than once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Visitor } from '../../../src/testing/sign-in.ts';
import { signedInAt } from '../../support/signing-out.ts';
import { cookieHeader } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const home = 'https://rp.example/';
let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world?.stop());

/** What a form of another site is answered with. */
const posted = (fields: Record<string, string> | string) =>
  fetch(`${world.issuer}/logout`, {
    ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) },
    headers: { origin: 'https://rp.example', 'sec-fetch-site': 'cross-site', accept: 'text/html' },
  });

async function isSignedIn(visitor: Visitor): Promise<boolean> {
  const answer = await visitor.request(world.authorizeUrl('app', { prompt: 'none', scope: 'openid' }));
  return answer.headers.get('location')?.includes('code=') === true;
}

describe('a sign-out by POST', () => {
  it('D08 goes on as if it had been a link: with an ID token of the same person nothing is asked', async () => {
    const visitor = world.visitor();
    const back = await world.signIn(visitor, world.authorizeUrl('app'), 'alice');
    const { body } = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
    const answer = await posted({
      id_token_hint: String(body.id_token),
      post_logout_redirect_uri: home,
      state: 'a b&c',
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await isSignedIn(visitor)).toBe(true);
    const done = await visitor.request(answer.headers.get('location') ?? '');
    expect(done.headers.get('location')).toBe('https://rp.example/?state=a+b%26c');
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('D08 without one the person is asked, and nothing ends', async () => {
    const visitor = await signedInAt(world, ['app']);
    const answer = await posted({ post_logout_redirect_uri: home, state: 's' });
    const page = await visitor.request(answer.headers.get('location') ?? '');
    expect(page.text).toContain('id="logout-yes"');
    expect(await isSignedIn(visitor)).toBe(true);
  });

  it('D14 leads to the page of the sign-out, whatever is sent', async () => {
    const answer = await posted({ redirect: '//evil.example', state: '\r\nLocation: https://evil.example', xsrf: 'x' });
    expect(answer.headers.get('location')).toBe('/logout?state=%0D%0ALocation%3A+https%3A%2F%2Fevil.example');
  });

  it('refuses a repeated parameter, another type of body and one that is too large', async () => {
    expect((await posted('state=a&state=b')).status).toBe(400);
    expect((await posted({ state: 'x'.repeat(20_000) })).status).toBe(413);
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect((await fetch(`${world.issuer}/logout`, json)).status).toBe(415);
  });
});

describe('the form of the sign-out page', () => {
  it('D07 pressed twice, or in two tabs, ends on the page that says so', async () => {
    const visitor = await signedInAt(world, ['app']);
    const { alice } = world.people;
    const ended = async () =>
      (await world.postern.audit.list(world.postern.db, { limit: 500, event: 'session.ended' })).items.filter(
        ({ accountId }) => accountId === alice.id,
      ).length;
    const before = await ended();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec((await visitor.open('/logout')).text)?.[1] ?? '';
    const cookie = cookieHeader(visitor, '/');
    const press = () =>
      fetch(`${world.issuer}/logout/confirm`, {
        ...{ method: 'POST', redirect: 'manual', body: new URLSearchParams({ xsrf, logout: 'yes' }) },
        headers: { cookie, accept: 'text/html', origin: world.issuer },
      });
    const answers = [...(await Promise.all([press(), press(), press()])), await press()];
    const last = `${world.issuer}/logout/success`;
    expect(answers.map(({ status, headers }) => [status, headers.get('location')])).toEqual(Array(4).fill([303, last]));
    expect(await ended()).toBe(before + 1);
  });
});
