import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createVisitor, type Visitor } from '../../../src/testing/sign-in.ts';
import { sessionCookie, silently } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ kind });
  });
  afterEach(() => void vi.useRealTimers());
  afterAll(() => world.stop());

  const by = (id: string) => ({ by: { type: 'account', id } }) as const;

  /** A browser that names itself, in which that person signs in. */
  async function signedIn(name: 'alice' | 'bob', userAgent: string, client: 'app' | 'app2' = 'app'): Promise<Visitor> {
    const visitor = createVisitor(world.issuer, { userAgent });
    await world.signIn(visitor, world.authorizeUrl(client), name);
    return visitor;
  }

  const listOf = (name: 'alice' | 'bob') => world.postern.sessions.listOfAccount(world.people[name].id);

  describe('where a person is signed in', () => {
    it('D16 alice sees hers alone, with when, where from and with what; one that is ended is anonymous at once', async () => {
      const began = Date.now();
      const phone = await signedIn('alice', 'Phone/1.0');
      const laptop = await signedIn('alice', 'x'.repeat(1000), 'app2');
      const bobs = await signedIn('bob', 'Bob/1.0');
      const list = await listOf('alice');
      expect(list).toHaveLength(2);
      const [his] = list.filter(({ userAgent }) => userAgent === 'Phone/1.0');
      expect(his).toMatchObject({ accountId: world.people.alice.id, ip: '127.0.0.1', clientIds: ['app'] });
      expect(his?.startedAt).toBeGreaterThanOrEqual(began - 1000);
      expect(his?.lastUsedAt).toBeLessThanOrEqual(Date.now());
      expect(list.find(({ clientIds }) => clientIds.includes('app2'))?.userAgent).toBe('x'.repeat(256));
      expect((await listOf('bob')).map(({ userAgent }) => userAgent)).toEqual(['Bob/1.0']);

      await world.postern.sessions.end(his?.id ?? '', { accountId: world.people.alice.id }, by(world.people.alice.id));
      expect(await silently(world, phone)).toBe('login_required');
      expect([await silently(world, laptop, 'app2'), await silently(world, bobs)]).toEqual(['signed in', 'signed in']);
    });

    it('D16 keeps its handle and tells the last use when the session goes on under a new id', async () => {
      const visitor = await signedIn('bob', 'Again/1.0');
      const find = async () => (await listOf('bob')).find(({ userAgent }) => userAgent === 'Again/1.0');
      const cookie = () => visitor.jar.get(sessionCookie(world))?.value;
      const [before, cookieBefore] = [await find(), cookie()];
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
      await world.signIn(visitor, world.authorizeUrl('app', { prompt: 'login' }), 'bob');
      expect(cookie()).not.toBe(cookieBefore);
      const again = await find();
      expect(again?.id).toBe(before?.id);
      expect(again).toMatchObject({ startedAt: Math.floor(Date.now() / 1000) * 1000, lastUsedAt: Date.now() });
      expect(before?.lastUsedAt).toBeLessThan(Date.now());
      vi.setSystemTime(Date.now() + 60_000);
      await silently(world, visitor);
      expect((await find())?.lastUsedAt).toBe(Date.now());
    });

    it('C06 a grant for offline access is listed, outlives its session, and ends when it is taken back', async () => {
      const visitor = world.visitor();
      const url = world.authorizeUrl('app', { scope: 'openid offline_access', prompt: 'consent' });
      const back = await world.signIn(visitor, url, 'admin');
      const { body } = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
      const { sessions, people } = { ...world.postern, ...world };
      const [session] = await sessions.listOfAccount(people.admin.id);
      await sessions.end(session?.id ?? '', {}, { by: { type: 'operator' } });
      const refresh = () => world.token('app', { grant_type: 'refresh_token', refresh_token: body.refresh_token });
      const refreshed = await refresh();
      expect(refreshed.status).toBe(200);
      const grants = await sessions.grantsOfAccount(people.admin.id);
      expect(grants).toMatchObject([{ clientId: 'app', isOffline: true, scopes: ['openid', 'offline_access'] }]);
      await sessions.revokeGrant(grants[0]?.id ?? '', { accountId: people.admin.id }, by(people.admin.id));
      expect((await refresh()).body.error).toBe('invalid_grant');
      expect(await sessions.grantsOfAccount(people.admin.id)).toEqual([]);
    });
  });
});
