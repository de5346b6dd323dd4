import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { models } from '../../../src/domain/records/model.ts';
import { createWorld, type World } from '../../support/world.ts';

const { DeviceCode, PushedAuthorizationRequest } = models;
const limit = 5;
const windowSeconds = 30;
let world: World;
beforeAll(async () => {
  const throttle = { enabled: true, authorize: { limit, windowSeconds } };
  world = await createWorld({ throttle, http: { trustProxy: ['127.0.0.1'] }, lifetimes: { interactionSeconds: 60 } });
});
afterEach(() => void vi.useRealTimers());
afterAll(() => world.stop());

/** An anonymous request, through a proxy, from that address. */
const askFrom = (ip: string) =>
  world.visitor().request(world.authorizeUrl('app'), { headers: { 'x-forwarded-for': ip } });

async function stored(model: number = models.Interaction): Promise<number> {
  const sql = 'SELECT COUNT(*) AS count FROM records WHERE model = ?';
  return Number((await world.postern.db.get<{ count: number }>(sql, [model]))?.count);
}

async function expectFull(ip: string): Promise<void> {
  const before = await stored();
  const answer = await askFrom(ip);
  expect(answer.status).toBe(429);
  const wait = Number(answer.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(windowSeconds);
  expect(answer.headers.get('location')).toBeNull();
  expect(answer.text).toContain('id="error-title"');
  expect(await stored()).toBe(before);
}

describe('many sign-ins that are begun and left', () => {
  it('O08 are refused beyond the limit, for this address alone, until its window ends', async () => {
    for (let count = 0; count < limit; count++) expect((await askFrom('192.0.2.1')).status).toBe(303);
    await expectFull('192.0.2.1');
    expect((await askFrom('192.0.2.2')).status).toBe(303);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + windowSeconds * 1000 + 1);
    expect((await askFrom('192.0.2.1')).status).toBe(303);
  });

  it('O08 count together for an IPv6 network of one subscriber', async () => {
    for (let count = 0; count < limit; count++) {
      expect((await askFrom(`2001:db8:0:1::${count + 1}`)).status).toBe(303);
    }
    await expectFull('2001:db8:0:1:ffff::1');
    expect((await askFrom('2001:db8:0:2::1')).status).toBe(303);
  });

  it('O08 are let through one by one, however many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 4 * limit }, () => askFrom('192.0.2.3')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(limit);
    expect(statuses.filter((status) => status === 429)).toHaveLength(3 * limit);
  });

  it('O08 do not lock out somebody who is signed in', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    for (let count = 0; count < 2 * limit; count++) {
      const answer = await visitor.request(world.authorizeUrl('app'));
      expect(answer.headers.get('location')).toContain('code=');
    }
  });

  it('O08 count for somebody who is signed in, when a page is asked for again', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.4' };
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    const again = (prompt: string) => visitor.request(world.authorizeUrl('app', { prompt }), { headers });
    for (let count = 0; count < limit; count++) expect((await again(count % 2 ? 'login' : 'consent')).status).toBe(303);
    expect((await again('login')).status).toBe(429);
    expect((await again('consent')).status).toBe(429);
    expect((await visitor.request(world.authorizeUrl('app'), { headers })).headers.get('location')).toContain('code=');
  });

  it.each([
    ['/par', 'app', PushedAuthorizationRequest],
    ['/device/code', 'cli', DeviceCode],
  ] as const)('O08 count at %s too', async (path, client, model) => {
    const url = new URL(world.authorizeUrl(client));
    const authorization = client === 'app' ? { authorization: world.basic('app') } : {};
    const headers = { ...authorization, 'x-forwarded-for': '192.0.2.5' };
    const send = () => fetch(`${world.issuer}${path}`, { method: 'POST', headers, body: url.searchParams });
    for (let count = 0; count < limit; count++) expect((await send()).ok).toBe(true);
    const before = await stored(model);
    const answer = await send();
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await stored(model)).toBe(before);
  });

  it('O08 are gone from the database after their time', async () => {
    expect(await stored()).toBeGreaterThan(0);
    const { records, throttles, clock } = world.postern;
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(clock.now() + 55_000);
    await records.purge({ batch: 3 });
    expect(await stored()).toBeGreaterThan(0);
    vi.setSystemTime(clock.now() + 3 * 60_000);
    await records.purge({ batch: 3 });
    expect(await stored()).toBe(0);
    await throttles.purge();
    expect(await world.postern.db.all("SELECT * FROM throttle_buckets WHERE key LIKE 'authorize%'")).toEqual([]);
  });
});

describe('the job that purges', () => {
  it('O08 runs by itself in a server', async () => {
    const purging = await createWorld({ purge: { intervalSeconds: 1 }, lifetimes: { interactionSeconds: 30 } });
    try {
      await purging.visitor().request(purging.authorizeUrl('app'));
      const count = async () =>
        Number((await purging.postern.db.get<{ count: number }>('SELECT COUNT(*) AS count FROM records'))?.count);
      expect(await count()).toBe(1);
      vi.useFakeTimers({ toFake: ['Date'] });
      vi.setSystemTime(Date.now() + 3 * 60_000);
      await vi.waitFor(async () => expect(await count()).toBe(0), { timeout: 5000, interval: 50 });
    } finally {
      await purging.stop();
    }
  });
});
