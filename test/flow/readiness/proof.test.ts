import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPostern } from '../../../src/testing/testing.ts';
import { by, createReadinessWorld, hour, kidOf, type ReadinessWorld } from '../../support/readiness-world.ts';
import { until } from '../../support/spawned.ts';

// Time goes on from one test to the next: a key that began to sign in the future would confuse the one after.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterAll(() => {
  vi.useRealTimers();
});
const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

describe('what shows that a client accepts the new key', () => {
  let world: ReadinessWorld;
  let kid = '';
  beforeAll(async () => {
    world = await createReadinessWorld();
  });
  afterAll(() => world?.stop());

  /** The next key signs from now on. */
  async function cutOver(): Promise<void> {
    kid = await world.publish();
    pass(hour);
    await world.postern.keys.advance();
    expect(await world.active()).toBe(kid);
    pass(1000);
  }

  it('userinfo, with what it got together with the token', async () => {
    const app = await world.client('userinfo', '198.51.100.1');
    const old = await app.signIn();
    await cutOver();
    const { id_token: idToken, access_token: token } = await app.signIn();
    expect(kidOf(idToken)).toBe(kid);
    expect(kidOf(old.id_token)).not.toBe(kid);
    expect(await world.row(kid, 'userinfo')).toMatchObject({ state: 'unknown' });
    expect((await app.userinfo(token)).status).toBe(200);
    expect(await world.row(kid, 'userinfo')).toMatchObject({ state: 'proven', how: 'use', usedAt: Date.now() });
  });

  it('a refresh with the refresh token from there, not with an older one', async () => {
    const app = await world.client('refreshing', '198.51.100.2');
    const old = await app.signIn();
    await cutOver();
    const renewed = await app.refresh(old.refresh_token);
    expect(kidOf(renewed.body.id_token)).toBe(kid);
    // It does not rotate: the token that it goes on with is older than the key.
    await app.refresh(old.refresh_token);
    expect(await world.row(kid, 'refreshing')).toMatchObject({ state: 'unknown' });
    const { refresh_token: token } = await app.signIn();
    expect((await app.refresh(token)).status).toBe(200);
    expect(await world.row(kid, 'refreshing')).toMatchObject({ state: 'proven' });
  });

  it('a refresh with one that was rotated since', async () => {
    const app = await world.client('rotating', '198.51.100.3', {
      kind: 'native',
      redirectUris: ['http://127.0.0.1/cb'],
    });
    const old = await app.signIn();
    await cutOver();
    const { body } = await app.refresh(old.refresh_token);
    expect(await world.row(kid, 'rotating')).toMatchObject({ state: 'unknown' });
    expect((await app.refresh(body.refresh_token)).status).toBe(200);
    expect(await world.row(kid, 'rotating')).toMatchObject({ state: 'proven' });
  });

  it('introspection by a gateway that the client has shown its token', async () => {
    const app = await world.client('shown', '198.51.100.4');
    const gateway = await world.client('gate', '198.51.100.5', { resourceServer: true });
    await cutOver();
    const { access_token: token } = await app.signIn();
    expect(await world.row(kid, 'shown')).toMatchObject({ state: 'unknown' });
    expect((await gateway.ask('/introspect', { token })).body).toMatchObject({ active: true });
    expect(await world.row(kid, 'shown')).toMatchObject({ state: 'proven' });
    expect(await world.row(kid, 'gate')).toMatchObject({ state: 'unknown' });
  });

  it('not that people try again and again, and the app takes no token', async () => {
    const app = await world.client('broken', '198.51.100.6');
    await app.signIn();
    await cutOver();
    for (let round = 0; round < 3; round++) {
      const { access_token: token } = await app.signIn();
      pass(2000);
      // It throws away what it does not believe.
      expect((await app.ask('/revoke', { token })).status).toBe(200);
    }
    expect(await world.row(kid, 'broken')).toMatchObject({ state: 'unknown' });
  });

  it.each(['revoke', 'introspect'])('a call of /%s shows that the client is in use, and no more', async (path) => {
    const app = await world.client(`calls-${path}`, '198.51.100.9');
    await cutOver();
    const before = await world.row(kid, `calls-${path}`);
    expect((await app.ask(`/${path}`, { token: 'x' })).status).toBe(200);
    const after = await world.row(kid, `calls-${path}`);
    expect([before?.state, after?.aliveAt]).toEqual(['idle', Date.now()]);
    expect(after?.state).toMatch(/unknown|behind/);
  });

  it('a client that gets its ID tokens through the browser alone is in use, though it never calls', async () => {
    const local = 'http://localhost:5000/signin-oidc';
    await world.client('front', '198.51.100.7', { redirectUris: [local], responseTypes: ['id_token'] });
    const now = await world.active();
    expect(await world.row(now, 'front')).toMatchObject({ state: 'idle' });
    const url = world.authorizeUrl('app', { client_id: 'front', redirect_uri: local, response_type: 'id_token' });
    await world.signIn(world.visitor(), url);
    expect(await world.row(now, 'front')).toMatchObject({ state: 'unknown', aliveAt: Date.now() });
  });
});

describe('a key that waits for clients', () => {
  const waiting = { publishAheadSeconds: hour / 1000, waitsForClients: true, waitSeconds: 7200 };
  const advance = ({ postern: { keys, readiness } }: ReadinessWorld) => keys.advance({ isReady: readiness.isReady });

  it('does not sign before all have it, and does when they have, by itself', async () => {
    const world = await createReadinessWorld({ keys: waiting });
    const [first, second] = [await world.client('first', '198.51.100.1'), await world.client('second', '198.51.100.2')];
    for (const app of [first, second]) await app.signIn();
    const kid = await world.publish();
    await first.fetchKeys();
    pass(hour);
    await advance(world);
    expect(await world.active()).not.toBe(kid);
    expect(kidOf((await first.signIn()).id_token)).not.toBe(kid);
    await second.fetchKeys();
    // The job of the server does it; nobody else asks here.
    await until(async () => (await world.active()) === kid);
    expect(kidOf((await second.signIn()).id_token)).toBe(kid);
    await world.stop();
  }, 20_000);

  it('signs when it has waited for as long as it may', async () => {
    const world = await createReadinessWorld({ keys: waiting });
    await (await world.client('never', '198.51.100.1')).signIn();
    const kid = await world.publish();
    pass(hour + 7_200_000 - 1);
    await advance(world);
    expect(await world.active()).not.toBe(kid);
    pass(1);
    await advance(world);
    expect(await world.active()).toBe(kid);
    expect(await world.row(kid, 'never')).toMatchObject({ state: 'unknown' });
    await world.stop();
  });

  it('waits for nobody who has not been heard of for a month, and not without being told to', async () => {
    const world = await createReadinessWorld({ keys: waiting });
    await (await world.client('gone', '198.51.100.1')).signIn();
    pass(31 * 24 * hour);
    const kid = await world.publish();
    pass(hour);
    await advance(world);
    expect(await world.active()).toBe(kid);
    await world.stop();

    const hasty = await createReadinessWorld();
    await (await hasty.client('never', '198.51.100.1')).signIn();
    const next = await hasty.publish();
    pass(hour);
    await advance(hasty);
    expect(await hasty.active()).toBe(next);
    await hasty.stop();
  });
});

describe('what was noted', () => {
  it('outlives the process that noted it', async () => {
    const data = await mkdtemp(join(tmpdir(), 'postern-readiness-'));
    const start = () => startPostern({ mode: 'dev', data });
    const before = await start();
    await before.clients.create({ id: 'app', kind: 'web', redirectUris: ['https://app.example/cb'] }, by);
    before.readiness.noteLife({ clientId: 'app', address: '198.51.100.1' });
    await before.stop();
    const after = await start();
    const kid = (await after.keys.signingSet()).active.get('RS256')?.kid ?? '';
    const { clients } = await after.readiness.of(kid);
    expect(clients.find(({ clientId }) => clientId === 'app')).toMatchObject({ state: 'unknown', aliveAt: Date.now() });
    await after.stop();
    await rm(data, { recursive: true });
  });
});
