import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, createApiWorld, operator } from './api-world.ts';

let world: ApiWorld;
let api: ApiWorld['api'];

beforeAll(async () => {
  world = await createApiWorld();
  api = world.api;
});
afterAll(() => world.stop());

describe('pages', () => {
  it('go on by the cursor and by the link until there are none, each thing once', async () => {
    for (const path of ['/accounts', '/clients', '/audit-events']) {
      const all = (await api('GET', `${path}?limit=200`)).body.items.map(({ id }: { id: string }) => id);
      const found: string[] = [];
      let next: string | undefined = `${path}?limit=2`;
      while (next !== undefined && found.length <= all.length + 2) {
        const answer = await api('GET', next);
        expect(answer.status, answer.text).toBe(200);
        found.push(...answer.body.items.map(({ id }: { id: string }) => id));
        const link = /^<\/api\/v1([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
        expect(link === undefined).toBe(answer.body.next === null);
        next = link;
      }
      expect(found.slice(0, all.length), path).toEqual(all);
    }
  });

  it.each([
    '/accounts?sort=(select%201)',
    '/accounts?order=username;drop%20table%20accounts',
    '/accounts?limit=-1',
    '/accounts?limit=1%20union%20select%201',
    '/accounts?after=x',
    `/accounts?after=${Buffer.from('["\' OR 1=1 --", 1]').toString('base64url')}`,
    `/accounts?after=${Buffer.from('[1]').toString('base64url')}`,
    '/accounts?disabled=maybe',
    '/accounts?search=a&search=b',
    '/clients?after=%00',
    '/clients?after=eyJ9',
    '/sessions?after=abc',
    '/audit-events?after=abc',
    '/audit-events?event=account.created%27--',
    '/audit-events?from=yesterday',
    '/audit-events?since=%25',
    '/audit-events?ip=127.0.0.1',
    '/audit-events?ip=127.0.0.1&from=1970-01-01T00:00:00Z',
    '/audit-events?ip=127.0.0.1&since=00000000000000000000000000000000',
    '/audit-events?actorId=key_1&event=token.issued&clientId=app',
    '/groups?limit=2',
    '/clients/app/preview',
  ])('M11 refuse %s with 400', async (path) => {
    const answer = await api('GET', path);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('follow the log from an event on, oldest first', async () => {
    const [last] = (await api('GET', '/audit-events?limit=1')).body.items;
    for (const name of ['first', 'second']) await api('POST', '/groups', { body: { name } });
    const { items, next } = (await api('GET', `/audit-events?since=${last.id}&event=group.`)).body;
    expect(items.map(({ detail }: { detail: { name: string } }) => detail.name)).toEqual(['first', 'second']);
    expect(next).toBeNull();
    expect(items[0].at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });
});

describe('what belongs to somebody', () => {
  it('M02 is not found under the name of another: sessions and grants', async () => {
    const { alice, bob } = world.people;
    await world.signIn(world.visitor(), world.authorizeUrl('app'), 'alice');
    const [session] = (await api('GET', `/accounts/${alice.id}/sessions`)).body.items;
    const [grant] = (await api('GET', `/accounts/${alice.id}/grants`)).body.items;
    expect(session).toMatchObject({ accountId: alice.id, clientIds: ['app'], ip: '127.0.0.1' });
    expect((await api('DELETE', `/accounts/${bob.id}/sessions/${session.id}`)).status).toBe(404);
    expect((await api('DELETE', `/accounts/${bob.id}/grants/${grant.id}`)).status).toBe(404);
    expect((await api('GET', `/accounts/${alice.id}/sessions`)).body.items).toHaveLength(1);
    expect((await api('DELETE', `/accounts/${alice.id}/grants/${grant.id}`)).status).toBe(204);
    expect((await api('DELETE', `/accounts/${alice.id}/sessions/${session.id}`)).status).toBe(204);
    expect((await api('GET', `/accounts/${alice.id}/sessions`)).body.items).toEqual([]);
    expect((await api('DELETE', `/sessions/${session.id}`)).status).toBe(404);
  });

  it.each(['acc_nobody', 'app', '..%2f', '%00', '%27%20or%201=1'])('is 404 where %j is nobody', async (id) => {
    for (const path of [`/accounts/${id}`, `/accounts/${id}/sessions`, `/accounts/${id}/grants`]) {
      expect([400, 404], path).toContain((await api('GET', path)).status);
    }
    expect([400, 404]).toContain((await api('POST', `/accounts/${id}/link`)).status);
    expect([400, 404]).toContain((await api('DELETE', `/accounts/${id}`)).status);
  });
});

describe('what is made once', () => {
  it('is told once: a link, a client’s secret, a key', async () => {
    const { id } = world.people.alice;
    const { body: link } = await api('POST', `/accounts/${id}/link`);
    expect(link).toEqual({ url: expect.any(String), purpose: 'reset', expiresAt: expect.stringMatching(/Z$/) });
    const url = new URL(link.url);
    expect(`${url.origin}${url.pathname}`).toBe(`${world.issuer}/link`);
    const found = await world.postern.accounts.findLink(url.searchParams.get('token') ?? '');
    expect(found?.account?.id).toBe(id);

    const { body: client } = await api('POST', '/clients', {
      body: { id: 'told', redirectUris: ['https://t.example/'] },
    });
    expect(client.secret).toMatch(/^[\w-]{43}$/);
    const { body: rotated } = await api('POST', '/clients/told/secrets', { body: {} });
    expect(rotated.secret).not.toBe(client.secret);
    expect(rotated.secrets).toHaveLength(2);
    expect((await api('GET', '/clients/told')).text).not.toContain(rotated.secret);
    expect((await api('POST', '/clients/told/secrets', { body: {} })).status).toBe(409);
    expect((await api('DELETE', `/clients/told/secrets/${client.secrets[0].id}`)).status).toBe(204);
    expect((await api('DELETE', `/clients/told/secrets/${rotated.secrets[1].id}`)).status).toBe(409);
  });

  it('says what tokens would hold, by the code that makes them', async () => {
    const { alice } = world.people;
    const query = new URLSearchParams({ account: alice.id, scope: 'openid profile' });
    const { body } = await api('GET', `/clients/app/preview?${query}`);
    expect(body.scopes).toEqual(['openid', 'profile']);
    expect(body.idToken).toMatchObject({ sub: alice.id, preferred_username: 'alice' });
    expect(body.userinfo).not.toHaveProperty('email');
    expect(body.access).toEqual({ allowed: true });
    const missing = new URLSearchParams({ account: 'acc_nobody' });
    expect((await api('GET', `/clients/app/preview?${missing}`)).status).toBe(404);
    expect((await api('GET', `/clients/nobody/preview?${query}`)).status).toBe(404);
  });
});

describe('addresses', () => {
  it('that are none are 404 as problem details, for anybody', async () => {
    for (const path of ['', '/', '/nothing', '/accounts/a/b/c', '/../v2']) {
      const answer = await world.anonymous('GET', path);
      expect(answer.status, path).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  it('hold names with strange characters', async () => {
    const name = 'teams/a:b.ü';
    expect((await api('POST', '/groups', { body: { name } })).headers.get('location')).toBe(
      '/api/v1/groups/teams%2Fa%3Ab.%C3%BC',
    );
    expect((await api('GET', `/groups/${encodeURIComponent(name)}`)).body.name).toBe(name);
    await api('POST', '/clients', { body: { id: 'https://odd/client'.replace(':', ''), kind: 'machine' } });
    expect((await api('GET', `/clients/${encodeURIComponent('https//odd/client')}`)).body.id).toBe('https//odd/client');
  });

  it('show the document to anybody, and only GET it', async () => {
    const answer = await world.anonymous('GET', '/openapi.json');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ openapi: '3.1.0', servers: [{ url: `${world.issuer}/api/v1` }] });
    expect((await world.anonymous('POST', '/openapi.json', { body: {} })).status).toBe(405);
  });
});

describe('a person who is disabled through the API', () => {
  it('C07 is out at once: session, tokens and the next refresh', async () => {
    const { bob } = world.people;
    const callback = await world.signIn(world.visitor(), world.authorizeUrl('app'), 'bob');
    const { body } = await world.token('app', world.codeForm('app', callback.searchParams.get('code')));
    const userinfo = () =>
      fetch(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${body.access_token}` } });
    expect((await userinfo()).status).toBe(200);
    expect((await api('PATCH', `/accounts/${bob.id}`, { body: { disabled: true } })).body.disabled).toBe(true);
    expect((await userinfo()).status).toBe(401);
    expect((await api('GET', `/accounts/${bob.id}/sessions`)).body.items).toEqual([]);
    await world.postern.accounts.setDisabled(bob.id, false, operator);
  });
});
