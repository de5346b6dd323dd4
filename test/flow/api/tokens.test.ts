import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRequestApi } from '../../support/request-api.ts';
import { type ApiWorld, createApiWorld, operator } from './api-world.ts';

let world: ApiWorld;

beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(() => world.stop());

type Made = { id: string; secret: string };

type Tokens = { access_token: string; refresh_token?: string };

async function exchange({ id, secret }: Made, form: Record<string, string>): Promise<Tokens> {
  const response = await fetch(`${world.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ ...form, resource: `${world.issuer}/api/v1` }),
  });
  const body = (await response.json()) as Tokens;
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body;
}

describe('an access token that a client got for itself', () => {
  const tokenOf = async (scope: string) => {
    const input = { id: `machine-${scope.replace(':', '-')}`, kind: 'machine', scope };
    const { body: client } = await world.api('POST', '/clients', { body: input });
    const { access_token: token } = await exchange(client, { grant_type: 'client_credentials', scope });
    return { client, api: createRequestApi(world.issuer, token) };
  };

  it('does what its scope says, in the name of the client', async () => {
    const { client, api } = await tokenOf('admin:write');
    expect((await api('GET', '/accounts')).status).toBe(200);
    expect((await api('POST', '/groups', { body: { name: 'by-a-machine' } })).status).toBe(201);
    const { items } = await world.postern.audit.list(world.postern.db, { limit: 1, event: 'group.created' });
    expect(items[0]?.actor).toEqual({ type: 'client', id: client.id });
  });

  it('M05 only reads with admin:read, and ends with its client', async () => {
    const { client, api } = await tokenOf('admin:read');
    expect((await api('GET', '/accounts')).status).toBe(200);
    expect((await api('POST', '/groups', { body: { name: 'nope' } })).status).toBe(403);
    await world.postern.clients.setDisabled(client.id, true, operator);
    expect((await api('GET', '/accounts')).status).toBe(401);
  });
});

describe('a client that is removed and registered again under its id', () => {
  it('M10 does not get the tokens back that the one before had for itself, nor its API keys', async () => {
    const register = async () =>
      (await world.api('POST', '/clients', { body: { id: 'again', kind: 'machine', scope: 'admin:write' } })).body;
    const tokenOf = async (client: Made) =>
      createRequestApi(
        world.issuer,
        (await exchange(client, { grant_type: 'client_credentials', scope: 'admin:write' })).access_token,
      );
    const before = await tokenOf(await register());
    const { secret } = (await before('POST', '/api-keys', { body: { name: 'mine', scopes: ['accounts:read'] } })).body;
    const key = createRequestApi(world.issuer, secret);
    for (const api of [before, key]) expect((await api('GET', '/accounts')).status).toBe(200);
    expect((await world.api('DELETE', '/clients/again')).status).toBe(204);
    for (const api of [before, key]) expect((await api('GET', '/accounts')).status).toBe(401);
    const after = await tokenOf(await register());
    expect((await after('GET', '/accounts')).status).toBe(200);
    for (const api of [before, key]) expect((await api('GET', '/accounts')).status).toBe(401);
    const { items } = (await world.api('GET', '/api-keys')).body as { items: { createdByClient?: string }[] };
    expect(items.filter(({ createdByClient }) => createdByClient === 'again')).toHaveLength(1);
  });

  it('M05 makes keys that are worth what the client is by now', async () => {
    const input = { id: 'maker', kind: 'machine', scope: 'admin:read admin:write' };
    const { body: client } = await world.api('POST', '/clients', { body: input });
    const { access_token } = await exchange(client, { grant_type: 'client_credentials', scope: 'admin:write' });
    const api = createRequestApi(world.issuer, access_token);
    const { secret } = (await api('POST', '/api-keys', { body: { name: 'k', scopes: ['groups:write'] } })).body;
    const key = createRequestApi(world.issuer, secret);
    const make = (name: string) => key('POST', '/groups', { body: { name } });
    expect((await make('one')).status).toBe(201);
    await world.api('PATCH', '/clients/maker', { body: { scope: 'admin:read' } });
    expect([(await make('two')).status, (await key('GET', '/groups')).status]).toEqual([403, 200]);
    await world.api('POST', '/clients/maker/disable');
    expect((await key('GET', '/groups')).status).toBe(401);
  });
});

describe('an access token of a person', () => {
  const redirectUri = 'https://console.example/cb';
  let client: Made;

  beforeAll(async () => {
    const input = { id: 'console', redirectUris: [redirectUri], scope: 'openid admin:read admin:write' };
    client = (await world.api('POST', '/clients', { body: input })).body;
  });

  async function tokensOf(person: 'admin' | 'alice') {
    const changes = { client_id: 'console', redirect_uri: redirectUri, scope: 'openid admin:read admin:write' };
    const url = world.authorizeUrl('app', { ...changes, resource: `${world.issuer}/api/v1` });
    const callback = await world.signIn(world.visitor(), url, person);
    const form = world.codeForm('app', callback.searchParams.get('code')) as Record<string, string>;
    return exchange(client, { ...form, redirect_uri: redirectUri });
  }
  const apiOf = async (person: 'admin' | 'alice') =>
    createRequestApi(world.issuer, (await tokensOf(person)).access_token);
  afterEach(() => void vi.useRealTimers());

  it('D11 changes nothing more than five minutes after the sign-in, nor does what is refreshed; it goes on reading', async () => {
    const { access_token, refresh_token = '' } = await tokensOf('admin');
    const api = createRequestApi(world.issuer, access_token);
    expect((await api('POST', '/groups', { body: { name: 'in-time' } })).status).toBe(201);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 301_000);

    const late = await api('POST', '/groups', { body: { name: 'too-late' } });
    expect([late.status, late.body.code]).toEqual([401, 'unauthorized']);
    const challenge = late.headers.get('www-authenticate') ?? '';
    expect(challenge).toContain('error="insufficient_user_authentication"');
    expect(challenge).toContain('max_age="300"');
    expect((await api('GET', '/groups')).status).toBe(200);
    expect((await api('POST', '/directory/plan', { body: { groups: [] } })).status).toBe(200);

    const renewed = await exchange(client, { grant_type: 'refresh_token', refresh_token });
    const again = createRequestApi(world.issuer, renewed.access_token);
    expect((await again('DELETE', '/groups/in-time')).status).toBe(401);
    expect(await world.postern.groups.find('too-late')).toBeUndefined();
    const { items } = (await again('GET', '/groups')).body as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toContain('in-time');

    const fresh = await apiOf('admin');
    expect((await fresh('DELETE', '/groups/in-time')).status).toBe(204);
  });

  it('M05 counts while the person administers: as an auditor it reads, without a group it is 401', async () => {
    const { accounts } = world.postern;
    await accounts.create({ username: 'other', groups: ['admins'], password: 'quiet lantern over nine' }, operator);
    const { id } = world.people.admin;
    const api = await apiOf('admin');
    expect((await api('GET', '/groups')).status).toBe(200);
    expect((await api('POST', '/groups', { body: { name: 'by-a-person' } })).status).toBe(201);
    const { items } = await world.postern.audit.list(world.postern.db, { limit: 1, event: 'group.created' });
    expect(items[0]?.actor).toEqual({ type: 'account', id });

    await accounts.update(id, { groups: ['auditors'] }, operator);
    expect((await api('GET', '/groups')).status).toBe(200);
    expect((await api('POST', '/groups', { body: { name: 'nope' } })).status).toBe(403);
    await accounts.update(id, { groups: ['engineering'] }, operator);
    expect((await api('GET', '/groups')).status).toBe(401);
    await accounts.update(id, { groups: ['admins'] }, operator);
    expect((await api('GET', '/groups')).status).toBe(200);
    await accounts.setDisabled(id, true, operator);
    expect((await api('GET', '/groups')).status).toBe(401);
    await accounts.setDisabled(id, false, operator);
    expect((await api('GET', '/groups')).status).toBe(401);
  });

  it('M05 is worth nothing of somebody who does not administer', async () => {
    const api = await apiOf('alice');
    expect((await api('GET', '/groups')).status).toBe(401);
  });

  it('M05 is none when it is for something else, or an ID token', async () => {
    const callback = await world.signIn(world.visitor(), world.authorizeUrl('app', { scope: 'openid' }), 'admin');
    const { body } = await world.token('app', world.codeForm('app', callback.searchParams.get('code')));
    expect(body.access_token).toBeTypeOf('string');
    for (const credential of [body.access_token, body.id_token]) {
      expect((await createRequestApi(world.issuer, credential)('GET', '/groups')).status).toBe(401);
    }
  });
});

describe('a page of an administrator', () => {
  it('M05 opens nothing here: the cookies of a signed-in browser are no credential', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'), 'admin');
    const cookie = [...visitor.jar.values()].map(({ name, value }) => `${name}=${value}`).join('; ');
    expect(cookie).not.toBe('');
    expect((await world.anonymous('GET', '/accounts', { headers: { cookie } })).status).toBe(401);
  });
});
