import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { basic, post } from '../../support/endpoint.ts';
import { createRequestApi, type RequestApi } from '../../support/request-api.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { by: { type: 'operator' as const } };
const hour = 3_600_000;
let world: World;
let api: RequestApi;
beforeAll(async () => {
  world = await createWorld({ mode: 'serve' });
  const key = await world.postern.apiKeys.create({ name: 'clients', scopes: ['clients:write'] }, by);
  api = createRequestApi(world.issuer, key.secret);
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => world?.stop());

const statusWith = async (secret: string, path = '/token') =>
  (
    await post(
      `${world.issuer}${path}`,
      { grant_type: 'client_credentials', token: 'a-token-of-nobody' },
      basic('app', secret),
    )
  ).status;

describe('a new secret beside the old one', () => {
  it('B18 both get in during the overlap, the old one is 401 after it, at every endpoint', async () => {
    const old = world.secrets.app;
    const answer = await api('POST', '/clients/app/secrets', { body: { overlapSeconds: 3600 } });
    expect(answer.status).toBe(201);
    const { secret: fresh } = answer.body;
    vi.setSystemTime(Date.now() + hour - 1000);
    for (const path of ['/token', '/introspect', '/revoke']) {
      expect([await statusWith(old, path), await statusWith(fresh, path)]).toEqual([200, 200]);
    }
    vi.setSystemTime(Date.now() + 2000);
    for (const path of ['/token', '/introspect', '/revoke']) {
      expect([await statusWith(old, path), await statusWith(fresh, path)]).toEqual([401, 200]);
    }
    const again = await api('POST', '/clients/app/secrets', { body: { overlapSeconds: 3600 } });
    const { body } = await api('GET', '/clients/app');
    expect(again.status).toBe(201);
    expect(body.secrets).toHaveLength(2);
    // B18: one that leaked is retired before its time.
    const [leaked] = body.secrets;
    expect((await api('DELETE', `/clients/app/secrets/${leaked.id}`)).status).toBe(204);
    expect([await statusWith(fresh), await statusWith(again.body.secret)]).toEqual([401, 200]);
    expect((await api('DELETE', `/clients/app/secrets/${body.secrets[1].id}`)).status).toBe(409);
  });
});
