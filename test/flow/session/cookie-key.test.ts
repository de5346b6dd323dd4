/** The key that cookies are signed and sealed with changes: nobody is signed out by it, and a cookie of a removed key is worth nothing. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Visitor } from '../../../src/testing/sign-in.ts';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { sessionCookie, silently, typed } from '../../support/silent.ts';
import { startTwoServers } from '../../support/two-servers.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { by: { type: 'operator' }, reason: 'a test' } as const;
const kinds = ['sqlite', 'postgresql'] as const;
/** How long a new key is known everywhere before it signs. */
const aheadMilliseconds = 10_000;

describe.each(kinds)('a new key for cookies over %s', (kind) => {
  let world: World;
  let drop: (() => Promise<void>) | undefined;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    drop = server?.drop;
    const secret = ['a-secret-of-this-test-alone-0123456789-0123456789'];
    world = await createWorld({ ...(server && { database: { url: server.url }, secret }) });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await world.stop();
    await drop?.();
  });

  /** What the job of every process does each second. */
  async function pass(milliseconds: number): Promise<void> {
    vi.setSystemTime(Date.now() + milliseconds);
    await world.postern.oidc.follow();
  }

  /** Signed in at an app and at both of Postern's own doors. */
  async function everywhere(): Promise<Visitor> {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'), 'admin');
    await visitor.open('/account');
    await visitor.open('/admin');
    expect(await seenBy(visitor)).toEqual(allIn);
    return visitor;
  }

  /** The issuer's session as an app sees it, and each door without going to sign in. */
  async function seenBy(visitor: Visitor) {
    const doors = [await visitor.request('/account'), await visitor.request('/admin')];
    for (const answer of doors) expectHarmless(answer);
    return [await silently(world, visitor), ...doors.map(({ status }) => status)];
  }
  const allIn = ['signed in', 200, 200];
  const copyOf = (visitor: Visitor): Visitor => {
    const copy = world.visitor();
    for (const [name, cookie] of visitor.jar) copy.jar.set(name, { ...cookie });
    return copy;
  };
  const sealed = (visitor: Visitor) =>
    [...visitor.jar.values()].filter(({ path }) => path.startsWith('/a')).map(({ value }) => value);

  it('D05 sessions of the issuer, /account and /admin go on through two rotations, in their old cookies and in new ones', async () => {
    const visitor = await everywhere();
    const { cookies } = world.postern.dataKeys;
    const signature = `${sessionCookie(world)}.sig`;
    for (let round = 0; round < 2; round++) {
      const old = copyOf(visitor);
      const [before, sealedBefore] = [visitor.jar.get(signature)?.value, sealed(visitor)];
      await pass(1000);
      await cookies.rotate(by);
      await pass(0);
      expect(await seenBy(visitor)).toEqual(allIn);
      expect(visitor.jar.get(signature)?.value).toBe(before);
      await pass(aheadMilliseconds);
      expect(await seenBy(visitor)).toEqual(allIn);
      // A cookie that is used comes back under the new key; ours are written again once in a minute.
      await pass(61_000);
      expect(await seenBy(visitor)).toEqual(allIn);
      expect(visitor.jar.get(signature)?.value).not.toBe(before);
      expect(sealed(visitor).filter((value) => sealedBefore.includes(value))).toEqual([]);
      expect(await seenBy(old)).toEqual(allIn);
    }
    expect(cookies.list()).toHaveLength(3);
  });

  it('D05 a sign-in that is under way goes on', async () => {
    const visitor = world.visitor();
    const page = await visitor.open(world.authorizeUrl('app'));
    await pass(1000);
    await world.postern.dataKeys.cookies.rotate(by);
    await pass(aheadMilliseconds);
    const consent = await visitor.submit(page, typed(world, 'alice'));
    await world.postern.dataKeys.cookies.rotate(by);
    await pass(aheadMilliseconds);
    const back = await visitor.submit(consent, { do: 'allow' });
    expect(new URL(back.url).searchParams.get('code')).toMatch(/./);
  });

  it('D05 a cookie of a removed key is anonymous, one that was renewed in time is not', async () => {
    const visitor = await everywhere();
    const stale = copyOf(visitor);
    const { cookies } = world.postern.dataKeys;
    await pass(1000);
    await cookies.rotate(by);
    await pass(aheadMilliseconds + 61_000);
    expect(await seenBy(visitor)).toEqual(allIn);
    await cookies.advance({ rotateSeconds: 86_400, keepSeconds: 60 });
    await pass(0);
    expect(cookies.list()).toHaveLength(1);
    expect(await seenBy(visitor)).toEqual(allIn);
    expect(await seenBy(stale)).toEqual(['login_required', 303, 303]);
    await world.signIn(stale, world.authorizeUrl('app'), 'admin');
    expect(await silently(world, stale)).toBe('signed in');
  });
});

it('D05 on two nodes a person is signed in at both all the time, from before a rotation until the new key signs', async () => {
  const servers = await startTwoServers('postgresql');
  try {
    const query = {
      ...{ client_id: 'demo', redirect_uri: 'http://localhost:3000/callback', response_type: 'code', scope: 'openid' },
      ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    };
    const visitor = createVisitor(servers.issuer);
    await signIn(visitor, `/authorize?${new URLSearchParams(query)}`, { username: 'alice', password: 'alice' });
    await visitor.open('/account');
    const cookie = () => [...visitor.jar.values()].map(({ name, value }) => `${name}=${value}`).join('; ');
    const silent = `/authorize?${new URLSearchParams({ ...query, prompt: 'none' })}`;
    const seen = async () => {
      const here = await visitor.request(silent);
      const there = await servers.ask(1, silent, { headers: { cookie: cookie() } });
      const doors = [(await visitor.request('/account')).status];
      doors.push((await servers.ask(1, '/account', { headers: { cookie: cookie() } })).status);
      const locations = [here.headers.get('location'), there.headers.location].map(String);
      return [...locations.map((location) => new URL(location).searchParams.has('code')), ...doors];
    };
    const name = `postern-${servers.ports[0]}.sig`;
    const before = visitor.jar.get(name)?.value;
    expect(before).toBeDefined();
    expect(await seen()).toEqual([true, true, 200, 200]);
    await servers.app.dataKeys.cookies.rotate(by);
    for (let after = 0; after < 20; ) {
      expect(await seen()).toEqual([true, true, 200, 200]);
      if (visitor.jar.get(name)?.value !== before) after++;
    }
  } finally {
    await servers.stop();
  }
}, 60_000);
