import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { endpointsOf } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

const day = 24 * 3600 * 1000;
describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let world: World;
  let at: ReturnType<typeof endpointsOf>;
  beforeAll(async () => {
    world = await createWorld({ kind, strictClients: true });
    at = endpointsOf(world);
  });
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(() => world?.stop());

  const advance = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);
  const refresh = (client: 'app' | 'spa', refresh_token: string) =>
    at.token(client, { grant_type: 'refresh_token', refresh_token });
  const offline = { scope: 'openid offline_access', prompt: 'consent' };
  const refused = { status: 400, body: { error: 'invalid_grant' } };

  describe('how long a refresh token lasts', () => {
    it.each(['spa', 'app'] as const)('C05 of %s used every day is over after 30 days', async (client) => {
      let { refresh_token, access_token } = await at.tokens(client, offline);
      for (let passed = 1; passed < 30; passed++) {
        advance(day);
        const answer = await refresh(client, refresh_token);
        expect(answer.status, `day ${passed}`).toBe(200);
        ({ refresh_token, access_token } = answer.body);
      }
      advance(day + 60_000);
      expect(await refresh(client, refresh_token)).toMatchObject(refused);
      expect((await at.userinfo(access_token)).status).toBe(401);
    });

    it('C05 of a public client is over when it was not used for a week', async () => {
      const { refresh_token } = await at.tokens('spa', offline);
      advance(7 * day - 60_000);
      const second = await refresh('spa', refresh_token);
      expect(second.status).toBe(200);
      advance(7 * day + 60_000);
      expect(await refresh('spa', second.body.refresh_token)).toMatchObject(refused);
    });

    it('C05 an access token is over after ten minutes, whatever comes after', async () => {
      const { refresh_token, access_token } = await at.tokens('spa', offline);
      advance(11 * 60_000);
      expect((await at.userinfo(access_token)).status).toBe(401);
      expect((await refresh('spa', refresh_token)).status).toBe(200);
      expect((await at.userinfo(access_token)).status).toBe(401);
    });
  });

  describe('after the person has signed out', () => {
    async function signedOut(changes: Record<string, string>) {
      const visitor = world.visitor();
      const answer = await world.signIn(visitor, world.authorizeUrl('app', changes));
      const { body } = await at.token('app', world.codeForm('app', answer.searchParams.get('code')));
      expect((await at.userinfo(body.access_token)).status).toBe(200);
      const done = await visitor.submit(await visitor.open('/logout'), { logout: 'yes' });
      expect(done.text).toContain('id="logout-done"');
      return body;
    }

    it('C06 tokens of the session are dead', async () => {
      const { refresh_token, access_token } = await signedOut({ scope: 'openid profile' });
      expect(await refresh('app', refresh_token)).toMatchObject(refused);
      expect((await at.userinfo(access_token)).status).toBe(401);
      for (const token of [refresh_token, access_token]) {
        expect((await at.introspect('app', { token })).body).toEqual({ active: false });
      }
    });

    it('C06 with offline_access they live on', async () => {
      const { refresh_token, access_token } = await signedOut(offline);
      expect((await at.userinfo(access_token)).status).toBe(200);
      const answer = await refresh('app', refresh_token);
      expect(answer.status).toBe(200);
      expect((await at.userinfo(answer.body.access_token)).status).toBe(200);
    });

    it('C06 tokens of the session end with it when it merely runs out', async () => {
      const { refresh_token } = await at.tokens('app', { scope: 'openid' });
      advance(day + 60_000);
      expect(await refresh('app', refresh_token)).toMatchObject(refused);
    });
  });
});
