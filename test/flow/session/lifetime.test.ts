import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sessionCookie, silently, typed } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const [hour, day] = [3_600, 86_400];
/** The engine forgives clocks that differ by this much (`clockTolerance`). */
const tolerance = 15;

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ kind });
  });
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(() => world.stop());

  const advance = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

  async function signedIn() {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    return visitor;
  }

  describe('how long a session lasts', () => {
    it('D06 unused for a day it is over; used before that it goes on', async () => {
      const visitor = await signedIn();
      advance(day - 1);
      expect(await silently(world, visitor)).toBe('signed in');
      advance(day - 1);
      expect(await silently(world, visitor)).toBe('signed in');
      advance(day + 1 + tolerance);
      expect(await silently(world, visitor)).toBe('login_required');
      // And the person is asked.
      const page = await visitor.open(world.authorizeUrl('app'));
      expect(page.text).toContain('id="signin-title"');
    });

    it('D06 used all the time it is over 30 days after the sign-in', async () => {
      const visitor = await signedIn();
      const began = Date.now();
      while (Date.now() + 20 * hour * 1000 < began + 30 * day * 1000) {
        advance(20 * hour);
        expect(await silently(world, visitor)).toBe('signed in');
      }
      vi.setSystemTime(began + (30 * day - 5) * 1000);
      expect(await silently(world, visitor)).toBe('signed in');
      vi.setSystemTime(began + (30 * day + 1 + tolerance) * 1000);
      expect(await silently(world, visitor)).toBe('login_required');
    });

    it('D06 signing in once more begins the 30 days anew', async () => {
      const visitor = await signedIn();
      advance(23 * hour);
      await world.signIn(visitor, world.authorizeUrl('app', { prompt: 'login' }));
      const began = Date.now();
      for (let at = 0; at < 29; at++) {
        advance(day - 60);
        expect(await silently(world, visitor)).toBe('signed in');
      }
      expect(Date.now() - began).toBeLessThan(30 * day * 1000);
    });

    it('D06 the cookie ends when the session does', async () => {
      const visitor = await signedIn();
      const { headers } = await visitor.request(world.authorizeUrl('app', { prompt: 'none' }));
      const line = headers.getSetCookie().find((cookie) => cookie.startsWith(`${sessionCookie(world)}=`)) ?? '';
      const expires = Date.parse(/expires=([^;]+)/i.exec(line)?.[1] ?? '');
      expect(Math.abs(expires - (Date.now() + day * 1000))).toBeLessThan(2000);
    });

    it('D06 max_age asks a person again whose sign-in is older, and auth_time says when it was', async () => {
      const visitor = await signedIn();
      const signedInAt = Math.floor(Date.now() / 1000);
      advance(600);
      const url = (maxAge: string) => world.authorizeUrl('app', { prompt: 'none', max_age: maxAge });
      const young = new URL((await visitor.request(url('3600'))).headers.get('location') ?? '');
      const old = new URL((await visitor.request(url('300'))).headers.get('location') ?? '');
      expect(old.searchParams.get('error')).toBe('login_required');
      const { body } = await world.token('app', world.codeForm('app', young.searchParams.get('code')));
      const claims = JSON.parse(Buffer.from(String(body.id_token).split('.')[1] ?? '', 'base64url').toString());
      expect(Math.abs(claims.auth_time - signedInAt)).toBeLessThanOrEqual(1);
    });

    it('D02 a sign-in page that was open for more than ten minutes is over', async () => {
      const visitor = world.visitor();
      const page = await visitor.open(world.authorizeUrl('app'));
      advance(600 + 1 + tolerance);
      const answer = await visitor.submit(page, typed(world, 'alice'));
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('This sign-in is over');
    });
  });
});
