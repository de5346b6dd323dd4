import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpointsOf } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  at = endpointsOf(world);
});
afterAll(() => world?.stop());

type ClientName = 'app' | 'app2' | 'spa';
const refresh = (client: ClientName, refresh_token: string, scope?: string) =>
  at.token(client, { grant_type: 'refresh_token', refresh_token, scope });
const refused = { status: 400, body: { error: 'invalid_grant' } };

describe('a refresh token', () => {
  it('C01 of a public client is replaced at each use; used again, it ends its whole family', async () => {
    const { audit, db } = world.postern;
    const first = await at.tokens('spa');
    const second = (await refresh('spa', first.refresh_token)).body;
    const third = (await refresh('spa', second.refresh_token)).body;
    expect(new Set([first.refresh_token, second.refresh_token, third.refresh_token]).size).toBe(3);
    expect((await at.userinfo(third.access_token)).status).toBe(200);

    expect(await refresh('spa', first.refresh_token)).toMatchObject(refused);
    expect(await refresh('spa', third.refresh_token)).toMatchObject(refused);
    for (const { access_token } of [first, second, third]) expect((await at.userinfo(access_token)).status).toBe(401);
    const [event] = (await audit.list(db, { limit: 1, event: 'refresh_token.reuse' })).items;
    expect(event).toMatchObject({ clientId: 'spa' });
  });

  it('C01 of a confidential client stays the same', async () => {
    const { refresh_token } = await at.tokens('app');
    for (let use = 0; use < 3; use++)
      expect((await refresh('app', refresh_token)).body).toMatchObject({ refresh_token });
  });

  it('C01 tokens of other sign-ins live on', async () => {
    const [mine, other] = [await at.tokens('spa'), await at.tokens('spa')];
    await refresh('spa', mine.refresh_token);
    expect(await refresh('spa', mine.refresh_token)).toMatchObject(refused);
    expect((await at.userinfo(other.access_token)).status).toBe(200);
    expect((await refresh('spa', other.refresh_token)).status).toBe(200);
  });

  it('C03 of another client is refused, and stays good', async () => {
    for (const [owner, thieves] of [
      ['app', ['app2', 'spa']],
      ['spa', ['app', 'app2']],
    ] as const) {
      const { refresh_token } = await at.tokens(owner);
      for (const thief of thieves) expect(await refresh(thief, refresh_token)).toMatchObject(refused);
      expect((await refresh(owner, refresh_token)).status).toBe(200);
    }
  });

  it('C04 gives no more than was allowed, less when asked', async () => {
    const { refresh_token } = await at.tokens('app', { scope: 'openid profile' });
    for (const scope of ['openid profile email', 'groups', 'openid offline_access', 'openid read']) {
      const answer = await refresh('app', refresh_token, scope);
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    }
    const less = await refresh('app', refresh_token, 'openid');
    expect(less.body.scope).toBe('openid');
    const { body } = await at.userinfo(less.body.access_token);
    expect(Object.keys(body)).not.toContain('name');
    // What was asked for once does not bind the next time.
    expect((await refresh('app', refresh_token)).body.scope.split(' ').sort()).toEqual(['openid', 'profile']);
  });
});
