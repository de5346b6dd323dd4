import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpsWorld } from '../../support/https-world.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { formOf, nextOf, sessionCookie, silently, typed } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

describe('the session id', () => {
  it('D01 one that an attacker has set is not the one that is signed in', async () => {
    const attacker = world.visitor();
    await attacker.request('/logout');
    const name = sessionCookie(world);
    const planted = [name, `${name}.sig`].map((cookie) => [cookie, attacker.jar.get(cookie)] as const);
    expect(planted.every(([, cookie]) => cookie !== undefined)).toBe(true);

    const victim = world.visitor();
    for (const [cookie, value] of planted) if (value) victim.jar.set(cookie, { ...value });
    await world.signIn(victim, world.authorizeUrl('app'));
    expect(victim.jar.get(name)?.value).not.toBe(attacker.jar.get(name)?.value);
    expect(await silently(world, victim)).toBe('signed in');
    expect(await silently(world, attacker)).toBe('login_required');
  });

  it('D01 changes when the person signs in once more, and the old one is worth nothing', async () => {
    const visitor = world.visitor();
    const name = sessionCookie(world);
    await world.signIn(visitor, world.authorizeUrl('app'));
    const before = new Map([...visitor.jar].map(([cookie, value]) => [cookie, { ...value }]));
    await world.signIn(visitor, world.authorizeUrl('app', { prompt: 'login' }));
    expect(visitor.jar.get(name)?.value).not.toBe(before.get(name)?.value);
    expect(await silently(world, visitor)).toBe('signed in');

    const thief = world.visitor();
    for (const [cookie, value] of before) thief.jar.set(cookie, value);
    expect(await silently(world, thief)).toBe('login_required');
  });
});

describe('a cookie that is not ours', () => {
  const flip = (text: string) => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;

  it.each(['value', 'signature', 'no signature', 'another session’s signature'])('D05 %s', async (kind) => {
    const visitor = world.visitor();
    const name = sessionCookie(world);
    await world.signIn(visitor, world.authorizeUrl('app'));
    const session = visitor.jar.get(name);
    const signature = visitor.jar.get(`${name}.sig`);
    if (!session || !signature) throw new Error('there is no session cookie');
    if (kind === 'value') session.value = flip(session.value);
    if (kind === 'signature') signature.value = flip(signature.value);
    if (kind === 'no signature') visitor.jar.delete(`${name}.sig`);
    if (kind.startsWith('another')) {
      const other = world.visitor();
      await world.signIn(other, world.authorizeUrl('app'), 'bob');
      signature.value = other.jar.get(`${name}.sig`)?.value ?? '';
    }
    expect(await silently(world, visitor)).toBe('login_required');
    expectHarmless(await visitor.request(world.authorizeUrl('app')));
  });

  it('G16 two session cookies are none: a tossed one signs nobody in as somebody else', async () => {
    const attacker = world.visitor();
    const victim = world.visitor();
    await world.signIn(attacker, world.authorizeUrl('app'), 'bob');
    await world.signIn(victim, world.authorizeUrl('app'), 'alice');
    const name = sessionCookie(world);
    const pairs = ({ jar }: typeof victim) =>
      [name, `${name}.sig`].map((cookie) => `${cookie}=${jar.get(cookie)?.value}`).join('; ');
    const orders = [`${pairs(attacker)}; ${pairs(victim)}`, `${pairs(victim)}; ${pairs(attacker)}`];
    for (const cookie of orders) {
      const url = world.authorizeUrl('app', { prompt: 'none' });
      const { headers } = await fetch(url, { headers: { cookie }, redirect: 'manual' });
      expect(new URL(headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
    }
    // The victim's own session is not ended by it.
    expect(await silently(world, victim)).toBe('signed in');
  });

  it('G16 a cookie header of 12 KiB and one of broken pairs are no trouble', async () => {
    const junk = Array.from({ length: 300 }, (_, index) => `c${index}=${'x'.repeat(30)}`).join('; ');
    for (const cookie of [
      junk,
      '=;;= ;a;%=%;__proto__=1; constructor=2',
      `${sessionCookie(world)}=${'y'.repeat(4000)}`,
    ]) {
      const response = await fetch(world.authorizeUrl('app'), { headers: { cookie }, redirect: 'manual' });
      expectHarmless({ status: response.status, headers: response.headers, text: await response.text() });
      expect(response.headers.get('location')).toContain('/interaction/');
    }
  });
});

/** The attributes of every cookie that a browser gets on the way from an app to its code, by cookie name. */
async function cookiesOnTheWay(of: World): Promise<Map<string, string[]>> {
  const visitor = of.visitor();
  const seen = new Map<string, string[]>();
  async function step(url: string, init?: RequestInit) {
    const answer = await visitor.request(url, init);
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim().toLowerCase());
      const isOver = attributes.includes('expires=thu, 01 jan 1970 00:00:00 gmt');
      if (!isOver) seen.set(pair.slice(0, pair.indexOf('=')), attributes);
    }
    return answer;
  }
  const page = await step((await step(of.authorizeUrl('app'))).headers.get('location') ?? '');
  const done = await step(page.url, { method: 'POST', body: formOf(page, typed(of, 'alice')) });
  expect(done.status).toBe(200);
  await step(nextOf(done));
  return seen;
}

describe('cookie flags', () => {
  it('D04 on https: __Host- or __Secure-, Secure, HttpOnly, SameSite=Lax, no Domain', async () => {
    const https = await createHttpsWorld();
    try {
      const cookies = await cookiesOnTheWay(https);
      expect([...cookies.keys()].sort()).toEqual([
        '__host-postern',
        '__host-postern-device',
        '__host-postern.sig',
        '__secure-postern-interaction',
        '__secure-postern-interaction.sig',
        '__secure-postern-resume',
        '__secure-postern-resume.sig',
      ]);
      for (const [name, attributes] of cookies) {
        expect([name, attributes]).toEqual([name, expect.arrayContaining(['secure', 'httponly', 'samesite=lax'])]);
        expect(attributes.some((attribute) => attribute.startsWith('domain'))).toBe(false);
        const path = attributes.find((attribute) => attribute.startsWith('path='));
        if (name.startsWith('__host-')) expect(path).toBe('path=/');
        else expect(path).toMatch(/^path=\/(interaction|authorize)\/[\w-]+$/);
      }
    } finally {
      await https.stop();
    }
  });

  it('D04 on http: the port is in the name, neither prefix nor Secure, the rest as on https', async () => {
    const cookies = await cookiesOnTheWay(world);
    expect(cookies.size).toBe(7);
    for (const [name, attributes] of cookies) {
      expect(name).toContain(`postern-${world.postern.port}`);
      expect([name, attributes]).toEqual([name, expect.arrayContaining(['httponly', 'samesite=lax'])]);
      expect(attributes.filter((attribute) => /^(domain|secure)/.test(attribute))).toEqual([]);
    }
  });
});
