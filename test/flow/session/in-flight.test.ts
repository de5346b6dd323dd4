import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/app/store.ts';
import type { Visitor } from '../../../src/testing/sign-in.ts';
import { openDelayedStore } from '../../support/delayed-database.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { cookieHeader, formOf, nextOf, silently, typed } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const rounds = 6;
const stores: [string, () => Promise<Store | undefined>][] = [
  ['every call 5 to 50 ms late', () => openDelayedStore('sqlite')],
  ['PostgreSQL and every call late', () => openDelayedStore('postgresql')],
];

describe.each(stores)('requests that are under way, %s', (_, openStore) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ store: await openStore() });
  });
  afterAll(() => world?.stop());

  /** The same request several times at once, as the browser is now; its jar stays as it is. */
  const atOnce = (visitor: Visitor, url: string, count = 6) => {
    const headers = { cookie: cookieHeader(visitor, '/'), accept: 'text/html' };
    return Promise.all(Array.from({ length: count }, () => fetch(url, { headers, redirect: 'manual' })));
  };
  const silentUrl = () => world.authorizeUrl('app', { prompt: 'none', scope: 'openid' });
  const inRounds = (round: () => Promise<void>) => Promise.all(Array.from({ length: rounds }, round));

  it(`D07 bring nobody back who signs out meanwhile, ${rounds} times`, async () => {
    await inRounds(async () => {
      const visitor = world.visitor();
      await world.signIn(visitor, world.authorizeUrl('app'));
      const page = await visitor.request('/logout');
      const kept = new Map(visitor.jar);
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const body = new URLSearchParams({ xsrf, logout: 'yes' });
      const [others, done] = await Promise.all([
        atOnce(visitor, silentUrl()),
        visitor.request('/logout/confirm', { method: 'POST', body }),
      ]);
      expectHarmless(done);
      for (const { status } of others) expect(status).toBeLessThan(500);
      const thief = world.visitor();
      for (const [name, cookie] of kept) thief.jar.set(name, cookie);
      expect(await silently(world, thief)).toBe('login_required');
    });
  });

  it(`D01 do not bring back the id of before a sign-in, ${rounds} times`, async () => {
    await inRounds(async () => {
      const visitor = world.visitor();
      await world.signIn(visitor, world.authorizeUrl('app'));
      const before = new Map(visitor.jar);
      const page = await visitor.open(world.authorizeUrl('app', { prompt: 'login', scope: 'openid' }));
      const answer = await visitor.request(page.url, { method: 'POST', body: formOf(page, typed(world, 'alice')) });
      const [others, back] = await Promise.all([atOnce(visitor, silentUrl()), visitor.request(nextOf(answer))]);
      expect(back.status).toBe(303);
      expect(back.headers.get('location')).toContain('code=');

      for (const { status } of others) expect(status).toBeLessThan(500);
      expect(await silently(world, visitor)).toBe('signed in');
      const thief = world.visitor();
      for (const [name, cookie] of before) thief.jar.set(name, cookie);
      expect(await silently(world, thief)).toBe('login_required');
    });
  });
});
