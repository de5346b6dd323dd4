/** A key that is taken out as compromised, and one that went in its time: what either has signed is worth from then on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SigningJwk, signable, signWith } from '../../../src/domain/keys/keys.ts';
import { createVisitor, signIn, type Visitor } from '../../../src/testing/sign-in.ts';
import { fetchKeySet, kidOf, kidsOf, verifyBy } from '../../support/key-set.ts';
import { expectRefusedHere } from '../../support/refusals.ts';
import { api, createTeam, payloadOf, type Team, type TeamApp } from '../../support/team.ts';
import { everything } from '../../support/told-apps.ts';

const by = { by: { type: 'operator' }, reason: 'a test' } as const;
const days = 86_400_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());
const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

describe.each(['sqlite', 'postgresql'] as const)('a key that has gone, over %s', (kind) => {
  let team: Team;
  let app: TeamApp;
  let person: Awaited<ReturnType<Team['person']>>;
  beforeEach(async () => {
    team = await createTeam(kind);
    app = await team.app();
    person = await team.person({ groups: ['engineering'] });
  });
  afterEach(() => team.stop());

  const signingKid = async () => (await team.postern.keys.signingSet()).active.get('RS256')?.kid ?? '';
  const both = { scope: 'openid read', resource: api };

  async function browserOf(): Promise<{ browser: Visitor; idToken: string }> {
    const browser = createVisitor(team.issuer);
    const answer = await signIn(browser, app.authorizeUrl(), person.typed);
    return { browser, idToken: (await app.redeem(answer.searchParams.get('code'))).body.id_token };
  }
  const isSignedIn = async (browser: Visitor) =>
    new URL((await browser.open(app.authorizeUrl({ prompt: 'none' }))).url).searchParams.has('code');
  const signOut = (browser: Visitor, hint: string) =>
    browser.request(`/logout?${new URLSearchParams({ id_token_hint: hint })}`);

  it('J05 a revoked key leaves the key set at once; its JWT access tokens are inactive, opaque and refresh tokens live', async () => {
    const { postern, issuer } = team;
    const jwt = await app.signIn(person, both);
    const opaque = await app.signIn(person, { scope: 'openid offline_access', prompt: 'consent' });
    const first = await signingKid();
    expect([jwt.access_token, jwt.id_token, opaque.id_token].map(kidOf)).toEqual([first, first, first]);
    expect(await team.introspect(jwt.access_token)).toMatchObject({ active: true });

    const { successor } = await postern.keys.revoke(first, by);
    const left = await fetchKeySet(issuer);
    expect(kidsOf(left, 'RS256')).toEqual([successor]);
    expect(await team.introspect(jwt.access_token)).toEqual({ active: false });
    expect(await app.introspect(jwt.access_token)).toEqual({ active: false });
    expect((await team.userinfo(opaque.access_token)).status).toBe(200);
    const refreshed = await app.refresh(opaque.refresh_token);
    expect(kidOf(refreshed.body.id_token)).toBe(successor);
    const again = await app.signIn(person, both);
    await verifyBy(left, again.access_token);
    expect(await team.introspect(again.access_token)).toMatchObject({ active: true });
  });

  it('J05 an id_token_hint of a revoked key is refused with a page that says why and what to do', async () => {
    const { browser, idToken } = await browserOf();
    await team.postern.keys.revoke(await signingKid(), by);
    const answer = await signOut(browser, idToken);
    expectRefusedHere(answer, 400);
    expect(answer.text).toContain('This issuer has revoked the key that signed the id_token_hint');
    expect(answer.text).toContain('sign out without it');
    expect(answer.text).not.toContain(idToken);
    expect(await isSignedIn(browser)).toBe(true);
    const silent = await browser.open(app.authorizeUrl({ prompt: 'none', id_token_hint: idToken }));
    expect(new URL(silent.url).searchParams.get('error')).toBe('invalid_request');
    // Without it, the person is asked and signs out.
    await browser.submit(await browser.open('/logout'), { logout: 'yes' });
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('J05 whoever has the private part of a revoked key forges nothing with it that is taken here', async () => {
    const { postern, issuer } = team;
    const { access_token } = await app.signIn(person, both);
    const stolen = (await postern.keys.signingSet()).active.get('RS256') as SigningJwk;
    const now = Math.floor(Date.now() / 1000);
    const forge = (type: string, claims: object) =>
      signWith(signable(stolen), type, {
        iss: issuer,
        sub: person.id,
        aud: app.id,
        iat: now,
        exp: now + 600,
        ...claims,
      });
    const forged = {
      hint: await forge('JWT', {}),
      token: await forge('at+jwt', { ...payloadOf(access_token), jti: 'x' }),
    };
    // It would be taken otherwise.
    expect(await team.introspect(forged.token)).toMatchObject({ active: true });
    await postern.keys.rotate('RS256', by);
    await postern.keys.revoke(stolen.kid, by);
    const { browser } = await browserOf();
    expectRefusedHere(await signOut(browser, forged.hint), 400);
    expect(await team.introspect(forged.token)).toEqual({ active: false });
    pass(60 * days);
    await postern.keys.advance();
    expectRefusedHere(await signOut((await browserOf()).browser, forged.hint), 400);
  });

  it('J05 a retiring key leaves the key set at once too, and the one that signs goes on', async () => {
    const { postern, issuer } = team;
    const before = await app.signIn(person, both);
    const first = await signingKid();
    const { kid: second } = await postern.keys.rotate('RS256', by);
    expect(await team.introspect(before.access_token)).toMatchObject({ active: true });
    await postern.keys.revoke(first, by);
    expect(kidsOf(await fetchKeySet(issuer), 'RS256')).toEqual([second]);
    expect(await team.introspect(before.access_token)).toEqual({ active: false });
    expect(kidOf((await app.signIn(person)).id_token)).toBe(second);
  });

  it('J05 an expired ID token of a key that only went in its time still signs out', async () => {
    const { idToken } = await browserOf();
    await team.postern.keys.rotate('RS256', by);
    pass(31 * days);
    await team.postern.keys.advance();
    expect(kidsOf(await fetchKeySet(team.issuer))).not.toContain(kidOf(idToken));
    const { browser } = await browserOf();
    expect((await signOut(browser, idToken)).status).toBe(303);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('an ID token from before its client picked another algorithm still signs out', async () => {
    const { browser, idToken } = await browserOf();
    await team.postern.clients.update(app.id, { idTokenSignedResponseAlg: 'ES256' }, by);
    expect((await signOut(browser, idToken)).status).toBe(303);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

it('J05 in serve the person is told that they are still signed in and what to do, and nothing of keys', async () => {
  const team = await createTeam('sqlite', { mode: 'serve' });
  try {
    const visitor = team.visitor();
    const answer = await team.signIn(visitor, team.authorizeUrl('app'));
    const { body } = await team.token('app', team.codeForm('app', answer.searchParams.get('code')));
    const kid = kidOf(body.id_token);
    await team.postern.keys.revoke(kid, by);
    const page = await visitor.request(`/logout?${new URLSearchParams({ id_token_hint: body.id_token })}`);
    expectRefusedHere(page, 400);
    for (const part of ['This sign-out did not work', 'You are still signed in', 'id="error-reference"']) {
      expect(page.text).toContain(part);
    }
    expect(page.text).not.toMatch(/id_token_hint|revoked/);
    expect(page.text).not.toContain(kid);
    // Nobody is left without a way to sign out.
    expect(page.text).toContain('<a class="button primary" id="sign-out-again" href="/logout">Sign out here</a>');
    expect((await everything(visitor)).text).toContain('id="logout-done"');
  } finally {
    await team.stop();
  }
});
