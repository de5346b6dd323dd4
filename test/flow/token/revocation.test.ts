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

  it('is in the log once for each token that was there, with whose it was', async () => {
    const { audit, db } = world.postern;
    const rows = async () => (await audit.list(db, { limit: 200, event: 'grant.revoked' })).items;
    const before = await rows();
    const { access_token } = await at.tokens('app');
    const { refresh_token } = await at.tokens('app');
    const own = (await at.token('app2', { grant_type: 'client_credentials' })).body.access_token;
    await at.revoke('app2', { token: access_token });
    await at.revoke('app', { token: 'a-token-of-nobody' });
    expect(await rows()).toEqual(before);
    for (const token of [access_token, access_token, refresh_token, refresh_token]) await at.revoke('app', { token });
    await at.revoke('app2', { token: own });
    const about = (id: string) => ({ actor: { type: 'client', id }, clientId: id, ip: '127.0.0.1' });
    const scopes = expect.arrayContaining(['openid']);
    const ofAlice = { ...about('app'), accountId: world.people.alice.id, detail: { by: 'client', scopes } };
    const added = (await rows()).slice(0, -before.length || undefined).reverse();
    expect(added).toMatchObject([ofAlice, ofAlice, { ...about('app2'), accountId: undefined, detail: { scopes: [] } }]);
    for (const token of [access_token, refresh_token, own]) expect(JSON.stringify(added)).not.toContain(token);
  });

  it('C13 of its own access token ends that one', async () => {
    const { access_token } = await at.tokens('app');
    expect((await at.revoke('app', { token: access_token })).status).toBe(200);
    expect((await at.userinfo(access_token)).status).toBe(401);
    expect((await at.introspect('app', { token: access_token })).body).toEqual({ active: false });
  });
});
