/** Deliveries by program: which apps have not confirmed, every attempt, and telling them again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDeliveries } from '../../support/told.ts';
import { type ApiWorld, createApiWorld, operator } from './api-world.ts';

type Item = { id: string; clientId: string; state: string };

describe.each(['sqlite', 'postgresql'] as const)('deliveries through the API, over %s', (kind) => {
  let world: ApiWorld;
  let api: ApiWorld['api'];
  let ids: string[];
  let signOutId: string;

  beforeAll(async () => {
    world = await createApiWorld({}, kind);
    api = world.api;
    const uris = { redirectUris: ['https://rp.example/cb'], backchannelLogoutUri: 'http://127.0.0.1:1/bye' };
    for (const id of ['wiki', 'pay', 'chat']) await world.postern.clients.create({ id, ...uris }, operator);
    const refused = { problem: 'http://127.0.0.1:1 refused the connection.', milliseconds: 3 };
    const apps = [
      {
        clientId: 'wiki',
        state: 'waiting' as const,
        sid: 'a-sid',
        tries: [refused, { status: 502, answer: 'Bad gateway' }],
      },
      { clientId: 'pay', state: 'given_up' as const, tries: [refused] },
      { clientId: 'chat', state: 'confirmed' as const, tries: [{ status: 200 }] },
      { clientId: 'app', state: 'not_told' as const },
    ];
    const accountId = world.people.alice.id;
    ({ ids, signOutId } = await addDeliveries(world.postern, { accountId, apps, reason: 'password_changed' }));
  });
  afterAll(() => world?.stop());

  const clientsOf = async (query: string): Promise<string[]> =>
    (await api('GET', `/deliveries?${query}`)).body.items.map(({ clientId }: Item) => clientId).sort();

  it('are listed by any filter, with the last attempt, and page by page', async () => {
    expect(await clientsOf('')).toEqual(['app', 'chat', 'pay', 'wiki']);
    expect(await clientsOf(`signOutId=${signOutId}&state=unconfirmed`)).toEqual(['app', 'pay', 'wiki']);
    expect(await clientsOf('state=given_up')).toEqual(['pay']);
    expect(await clientsOf(`accountId=${world.people.alice.id}&clientId=chat`)).toEqual(['chat']);
    expect(await clientsOf('accountId=acc_nobody')).toEqual([]);
    const [wiki] = (await api('GET', '/deliveries?clientId=wiki')).body.items;
    expect(wiki).toEqual({
      ...{ id: ids[0], signOutId, clientId: 'wiki', accountId: world.people.alice.id, sid: 'a-sid', state: 'waiting' },
      ...{ reason: 'password_changed', by: { type: 'operator' }, attempts: 2 },
      ...{ createdAt: expect.stringMatching(/Z$/), dueAt: expect.stringMatching(/Z$/), giveUpAt: expect.any(String) },
      last: { number: 2, at: expect.stringMatching(/Z$/), milliseconds: 12, status: 502, answer: 'Bad gateway' },
    });
    const found: string[] = [];
    for (let path: string | undefined = '/deliveries?limit=3&state=unconfirmed'; path !== undefined; ) {
      const answer = await api('GET', path);
      found.push(...answer.body.items.map(({ id }: Item) => id));
      path = /^<\/api\/v1([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(found.toSorted()).toEqual([ids[0], ids[1], ids[3]].toSorted());
  });

  it('M11 refuse with 400 what is no filter', async () => {
    for (const query of [
      'state=lost',
      'state=',
      'client=wiki',
      'sort=id',
      'after=abc',
      'state=waiting&state=confirmed',
    ]) {
      expect([query, (await api('GET', `/deliveries?${query}`)).status]).toEqual([query, 400]);
    }
  });

  it('one has every attempt, the last first; an unknown one is 404', async () => {
    const { body } = await api('GET', `/deliveries/${ids[0]}`);
    expect(body.tries).toMatchObject([
      { number: 2, status: 502 },
      { number: 1, problem: 'http://127.0.0.1:1 refused the connection.', milliseconds: 3 },
    ]);
    expect(body).not.toHaveProperty('last');
    for (const id of ['dl_x', "'%20OR%201=1", 'replay'])
      expect((await api('GET', `/deliveries/${id}`)).status).toBe(404);
  });

  it('M01 are told again by a key that may write alone', async () => {
    const reader = await world.apiWith('deliveries:read', 'sessions:write');
    expect((await reader('GET', `/deliveries/${ids[1]}`)).status).toBe(200);
    expect((await reader('POST', `/deliveries/${ids[1]}/replay`)).status).toBe(403);
    expect((await reader('POST', '/deliveries/replay', { body: {} })).status).toBe(403);
    expect((await api('GET', `/deliveries/${ids[1]}`)).body.state).toBe('given_up');
    const writer = await world.apiWith('deliveries:write');
    const { status, body } = await writer('POST', `/deliveries/${ids[1]}/replay`);
    expect([status, body.id, body.state]).toEqual([200, ids[1], 'waiting']);
    expect(body).not.toHaveProperty('settledAt');
    expect((await writer('POST', `/deliveries/${ids[2]}/replay`)).status).toBe(409);
    expect((await writer('POST', '/deliveries/dl_x/replay')).status).toBe(404);
  });

  it('are told again all that match; a filter that is wrong tells nobody', async () => {
    const before = (await world.postern.audit.list(world.postern.db, { limit: 1 })).items[0]?.id ?? '';
    for (const body of [
      { state: 'lost' },
      { clientId: '' },
      { clientId: 7 },
      { signOutId: 'x'.repeat(201) },
      { client: 'app' },
      { id: ids[0] },
    ]) {
      expect([body, (await api('POST', '/deliveries/replay', { body })).status]).toEqual([body, 422]);
    }
    expect((await api('POST', '/deliveries/replay', { body: { state: 'confirmed' } })).body).toEqual({ count: 0 });
    expect((await api('POST', '/deliveries/replay')).status).toBe(415);
    const since = { since: before, limit: 10, event: 'delivery.replayed' };
    expect(await world.postern.audit.listSince(world.postern.db, since)).toEqual([]);
    const body = { state: 'not_told', signOutId };
    expect((await api('POST', '/deliveries/replay', { body })).body).toEqual({ count: 1 });
    expect(await world.postern.audit.listSince(world.postern.db, since)).toMatchObject([
      { actor: { type: 'api_key', id: world.adminKey.apiKey.id }, detail: { count: 1, signOutId } },
    ]);
  });

  it('everybody is signed out of a client, and the answer says of how much', async () => {
    for (const person of ['alice', 'bob'] as const) {
      await world.signIn(world.visitor(), world.authorizeUrl('app2', { scope: 'openid' }), person);
    }
    await world.signIn(world.visitor(), world.authorizeUrl('app', { scope: 'openid' }), 'bob');
    expect((await api('DELETE', '/clients/app2/sessions')).body).toEqual({ sessions: 2, grants: 2 });
    expect((await api('GET', '/sessions?clientId=app2')).body.items).toEqual([]);
    expect((await api('GET', '/sessions?clientId=app')).body.items).toHaveLength(1);
    expect((await api('DELETE', '/clients/app2/sessions')).body).toEqual({ sessions: 0, grants: 0 });
    expect((await api('DELETE', '/clients/nobody/sessions')).status).toBe(404);
    const told = (await api('GET', '/deliveries?clientId=app2')).body.items;
    expect(told.map(({ reason, by }: { reason: string; by: object }) => [reason, by])).toEqual(
      Array.from({ length: 2 }, () => ['ended_by_admin', { type: 'api_key', id: world.adminKey.apiKey.id }]),
    );
  });
});
