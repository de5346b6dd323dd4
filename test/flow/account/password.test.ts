import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { visitorAt } from '../../support/door-visitor.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { createThrottledWorld } from '../../support/sign-in-door.ts';
import { silently } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { by: { type: 'operator' } } as const;
const changed = 'an entirely different lantern nine';

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ kind });
  });
  afterEach(() => void vi.useRealTimers());
  afterAll(() => world.stop());

  let count = 0;
  async function person(of = world) {
    const username = `person${++count}`;
    const password = `quiet lantern over ${username} seven`;
    const { id } = await of.postern.accounts.create({ username, password }, by);
    return { id, username, password };
  }
  const hashOf = async (id: string, of = world) =>
    (await of.postern.db.get<{ hash: string }>('SELECT password_hash AS hash FROM accounts WHERE id = ?', [id]))?.hash;
  const both = (password: string) => ({ password, repeat: password });

  describe('the own password', () => {
    it('C08 changes, ends every other sign-in and what apps got elsewhere, and keeps this one', async () => {
      const someone = await person();
      const { username, password } = someone;
      const tokenOf = async (visitor = world.visitor()) => {
        const url = world.authorizeUrl('app', { scope: 'openid offline_access', prompt: 'consent' });
        const page = await visitor.open(url);
        const consent = page.text.includes('id="signin-title"')
          ? await visitor.submit(page, { username, password })
          : page;
        const back = new URL((await visitor.submit(consent, { do: 'allow' })).url);
        const { body } = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
        return { visitor, token: body.refresh_token as string };
      };
      const refresh = async (token: string) =>
        (await world.token('app', { grant_type: 'refresh_token', refresh_token: token })).status;
      const [other, away] = [await tokenOf(), await tokenOf()];
      const here = await visitorAt(world, '/account', someone);
      const own = await tokenOf(here.visitor);

      const answer = await here.post('/account/password', { current: password, ...both(changed) });
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account?done=password-changed']);
      const page = await here.visitor.follow(answer);
      expect([page.status, page.text.includes('You are signed out everywhere else.')]).toEqual([200, true]);
      expect([await silently(world, other.visitor), await silently(world, away.visitor)]).toEqual([
        'login_required',
        'login_required',
      ]);
      expect([await refresh(other.token), await refresh(away.token), await refresh(own.token)]).toEqual([
        400, 400, 200,
      ]);
      const signIn = await world.visitor().open('/account');
      const visitor = world.visitor();
      expect((await visitor.submit(await visitor.open('/account'), { username, password })).text).toContain(
        'signin-error',
      );
      expect(signIn.text).toContain('id="signin-title"');
      expect((await visitorAt(world, '/account', { username, password: changed })).page.text).toContain('own-title');
    });

    it('E16 is not changed without the current one: 422 beside the field, and it stands in the log', async () => {
      const someone = await person();
      const here = await visitorAt(world, '/account', someone);
      const before = await hashOf(someone.id);
      for (const current of ['not the password', '', `${someone.password} `]) {
        const answer = await here.post('/account/password', { current, ...both(changed) });
        expectHarmless(answer, [changed, someone.password]);
        expect([current, answer.status]).toEqual([current, 422]);
        expect(answer.text).toMatch(/id="current"[^>]*aria-invalid="true"/);
        expect(answer.text).toContain('This is not your current password.');
        expect(answer.text).not.toMatch(/id="password"[^>]*aria-invalid/);
      }
      expect((await here.post('/account/password', both(changed))).status).toBe(422);
      expect(await hashOf(someone.id)).toBe(before);
      const { items } = await world.postern.audit.list(world.postern.db, {
        ...{ accountId: someone.id, event: 'signin.failed', limit: 10 },
      });
      expect(items).toHaveLength(4);
      expect(JSON.stringify(items)).not.toContain('lantern');
    });

    it('E15 says what is wrong with the new one, and with its repetition', async () => {
      const someone = await person();
      const here = await visitorAt(world, '/account', someone);
      const before = await hashOf(someone.id);
      const wrong = {
        'fourteen chars': 'It has 14 characters and needs at least 15.',
        postern2026postern: 'It is little more than a name',
        mailcreated5240: 'It is one of those that are tried first.',
        ['x'.repeat(257)]: 'It has 257 characters; at most 256 are possible.',
        'a line\nand another one': 'It holds a control character.',
      };
      for (const [password, sentence] of Object.entries(wrong)) {
        const answer = await here.post('/account/password', { current: someone.password, ...both(password) });
        expectHarmless(answer, [password]);
        expect([password.slice(0, 20), answer.status]).toEqual([password.slice(0, 20), 422]);
        expect(answer.text).toMatch(/id="password"[^>]*aria-invalid="true"/);
        expect(answer.text).toContain(sentence);
      }
      const headers = { 'accept-language': 'de' };
      const short = { current: someone.password, ...both('kurz') };
      expect((await here.post('/account/password', short, { headers })).text).toContain(
        'Es hat 4 Zeichen und braucht mindestens 15.',
      );
      const other = { current: someone.password, password: changed, repeat: `${changed}!` };
      const answer = await here.post('/account/password', other);
      expect([answer.status, answer.text.includes('This is not the same as the new password.')]).toEqual([422, true]);
      expect(await hashOf(someone.id)).toBe(before);
    });

    it('M09 says first which API keys end with it', async () => {
      const { apiKeys } = world.postern;
      const someone = await person();
      const here = await visitorAt(world, '/account', someone);
      const own = { by: { type: 'account', id: someone.id } } as const;
      const ending = async () => /id="ending-keys">([^<]*)</.exec((await here.get('/account')).text)?.[1];
      await apiKeys.create({ name: 'of nobody', scopes: ['audit:read'] }, by);
      expect(await ending()).toBeUndefined();
      const { apiKey } = await apiKeys.create({ name: 'one', scopes: ['audit:read'] }, own);
      await apiKeys.create({ name: 'other', scopes: ['audit:read'], expiresInDays: 2 }, own);
      expect(await ending()).toContain('The API keys that you made (2) end with the old password');
      const { token } = await world.postern.accounts.issueLink(someone.id, by);
      expect((await world.visitor().open(`/link?token=${token}`)).text).toContain('that you made (2) end');
      await apiKeys.revoke(apiKey.id, by);
      expect(await ending()).toContain('(1)');
      await here.post('/account/password', { current: someone.password, ...both(changed) });
      expect(await ending()).toBeUndefined();
      expect((await apiKeys.list()).filter(({ revokedAt }) => revokedAt === undefined).map(({ name }) => name)).toEqual(
        ['of nobody'],
      );
    });

    it('D11 asks for the password again when the sign-in is older than five minutes, and comes back', async () => {
      const someone = await person();
      const here = await visitorAt(world, '/account', someone);
      const before = await hashOf(someone.id);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 320_000 });
      const form = { current: someone.password, ...both(changed) };
      const stale = await here.post('/account/password', form);
      expect([stale.status, await hashOf(someone.id)]).toEqual([303, before]);
      const asked = await here.visitor.follow(stale);
      expect(asked.text).toContain('id="signin-title"');
      const { username, password } = someone;
      const back = await here.visitor.submit(asked, { username, password });
      expect(back.url).toBe(`${world.issuer}/account?done=signed-in-again`);
      expect(back.text).toContain('Nothing was changed yet');
      expect((await here.post('/account/password', form)).status).toBe(303);
      expect(await hashOf(someone.id)).not.toBe(before);
      // The rest of the page asks for nothing.
      vi.setSystemTime(Date.now() + 320_000);
      const saved = await here.post('/account/profile', { name: 'Later' });
      expect(saved.headers.get('location')).toBe('/account?done=profile-saved');
    });
  });

  describe('guessing the current password', () => {
    it('E16 counts as failed sign-ins do: after too many 429 on the page, also for the right one, and at the sign-in', async () => {
      const throttled = await createThrottledWorld({ throttle: { device: { limit: 3, windowSeconds: 900 } } });
      try {
        const someone = await person(throttled);
        const here = await visitorAt(throttled, '/account', someone);
        const before = await hashOf(someone.id, throttled);
        const statuses: number[] = [];
        for (let guess = 0; guess < 12; guess++) {
          const answer = await here.post('/account/password', { current: `guess ${guess}`, ...both(changed) });
          statuses.push(answer.status);
        }
        expect(statuses.slice(0, 3)).toEqual([422, 422, 422]);
        expect(statuses.at(-1)).toBe(429);
        const right = await here.post('/account/password', { current: someone.password, ...both(changed) });
        expect([right.status, await hashOf(someone.id, throttled)]).toEqual([429, before]);
        expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(right.text).toContain('You can try again in');
        expect(right.text).toContain('id="own-title"');
        // The same device, at the sign-in.
        const { username, password } = someone;
        const asked = await here.visitor.open('/account/sign-in?switch=1');
        const refused = await here.visitor.submit(asked, { username, password });
        expect(refused.status).toBe(429);
      } finally {
        await throttled.stop();
      }
    });
  });
});
