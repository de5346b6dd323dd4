import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, endpointsOf, post } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  at = endpointsOf(world);
});
afterAll(() => world?.stop());

const refresh = (client: 'app' | 'spa', refresh_token: string) =>
  at.token(client, { grant_type: 'refresh_token', refresh_token });

describe('revocation', () => {
  it('C13 by another client is refused, and the token lives', async () => {
    const { access_token, refresh_token } = await at.tokens('app');
    for (const token of [access_token, refresh_token]) {
      for (const stranger of ['app2', 'spa'] as const) {
        expect(await at.revoke(stranger, { token })).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      }
    }
    expect((await at.userinfo(access_token)).status).toBe(200);
    expect((await refresh('app', refresh_token)).status).toBe(200);
  });

  it('C13 of an unknown token is no error', async () => {
    for (const token of ['a-token-of-nobody', 'x'.repeat(43), 'é', '\0']) {
      for (const token_type_hint of [undefined, 'access_token', 'refresh_token', 'nonsense']) {
        expect((await at.revoke('app', { token, token_type_hint })).status).toBe(200);
      }
    }
    expect((await at.revoke('app', {})).status).toBe(400);
  });

  it('C13 by nobody is refused', async () => {
    const { access_token: token } = await at.tokens('app');
    const url = `${world.issuer}/revoke`;
    expect((await post(url, { token })).status).toBe(400);
    expect((await post(url, { token, client_id: 'app' })).status).toBe(401);
    expect((await post(url, { token }, basic('app', 'wrong'))).status).toBe(401);
    expect((await at.userinfo(token)).status).toBe(200);
  });

  it.each(['app', 'spa'] as const)('C13 of its own refresh token ends all that %s has of it', async (client) => {
    const first = await at.tokens(client);
    const second = (await refresh(client, first.refresh_token)).body;
    expect((await at.revoke(client, { token: second.refresh_token })).status).toBe(200);
    for (const { access_token } of [first, second]) expect((await at.userinfo(access_token)).status).toBe(401);
    expect(await refresh(client, second.refresh_token)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    expect((await at.revoke(client, { token: second.refresh_token })).status).toBe(200);
  });

  it('C13 of its own access token ends that one', async () => {
    const { access_token } = await at.tokens('app');
    expect((await at.revoke('app', { token: access_token })).status).toBe(200);
    expect((await at.userinfo(access_token)).status).toBe(401);
    expect((await at.introspect('app', { token: access_token })).body).toEqual({ active: false });
  });
});
