import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientsOptions, secretMatches } from '../../../src/domain/clients/clients.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openRoom } from './room.ts';

const by = { by: { type: 'operator' as const } };
const web = { id: 'app', redirectUris: ['https://rp.example/cb'] };
const eightTimes = <Result>(work: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: 8 }, (_, index) => work(index)));

describe.each(databases)('first use on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const room = (options: Partial<ClientsOptions> = {}) => openRoom(opened.db, options);

  const request = { clientId: 'mine', redirectUri: 'http://localhost:3000/cb', ip: '127.0.0.1', requestId: 'r1' };

  it('takes an unknown client with exactly its redirect URI, then further ones', async () => {
    const { clients, audit } = room();
    expect(await clients.registerOnFirstUse(request)).toMatchObject({ outcome: 'registered' });
    expect(await clients.registerOnFirstUse(request)).toMatchObject({ outcome: 'known' });
    expect(await clients.metadata('mine')).toMatchObject({
      redirect_uris: ['http://localhost:3000/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      postern_origin: 'first_use',
      postern_pkce_optional: true,
      postern_auth_undecided: true,
    });
    const added = await clients.registerOnFirstUse({ ...request, redirectUri: 'https://192.168.1.4/cb' });
    expect(added).toMatchObject({
      outcome: 'added',
      client: { redirectUris: ['http://localhost:3000/cb', 'https://192.168.1.4/cb'], pkce: 'optional' },
    });
    expect((await audit.list(opened.db, { limit: 10 })).items).toMatchObject([
      { event: 'client.redirect_uri_added', clientId: 'mine', detail: { redirectUri: 'https://192.168.1.4/cb' } },
      {
        event: 'client.registered',
        clientId: 'mine',
        ip: '127.0.0.1',
        requestId: 'r1',
        detail: { redirectUri: request.redirectUri },
      },
    ]);
  });

  it('two dozen at once: one registers, each URI is added once', async () => {
    const { clients, events } = room();
    const requests = Array.from({ length: 24 }, (_, index) => ({
      ...request,
      redirectUri: `http://localhost:${3000 + (index % 8)}/cb`,
    }));
    const results = await Promise.all(requests.map((each) => clients.registerOnFirstUse(each)));
    const count = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
    expect({ registered: count('registered'), added: count('added'), known: count('known') }).toEqual({
      registered: 1,
      added: 7,
      known: 16,
    });
    expect([...((await clients.find('mine'))?.redirectUris ?? [])].sort()).toEqual(
      Array.from({ length: 8 }, (_, index) => `http://localhost:${3000 + index}/cb`),
    );
    expect(await events()).toEqual([
      'client.redirect_uri_added',
      'client.redirect_uri_added',
      'client.redirect_uri_added',
      'client.redirect_uri_added',
      'client.redirect_uri_added',
      'client.redirect_uri_added',
      'client.redirect_uri_added',
      'client.registered',
    ]);
  });

  it.each([
    ['redirect_uri', { redirectUri: 'https://rp.example/cb' }],
    ['redirect_uri', { redirectUri: 'http://localhost@evil.example/cb' }],
    ['redirect_uri', { redirectUri: 'javascript:alert(1)' }],
    ['redirect_uri', { redirectUri: '' }],
    ['client_id', { clientId: 'acc_abc' }],
    ['client_id', { clientId: 'with space' }],
    ['client_id', { clientId: '' }],
    ['client_id', { clientId: 'x'.repeat(300) }],
  ])('refuses %s of %j and writes nothing', async (reason, part) => {
    const { clients, events } = room();
    expect(await clients.registerOnFirstUse({ ...request, ...part })).toEqual({ outcome: 'refused', reason });
    expect(await opened.db.all('SELECT id FROM clients')).toEqual([]);
    expect(await events()).toEqual([]);
  });

  it('A09 is off when strict, and in serve', async () => {
    for (const options of [{ strict: true }, { mode: 'serve' as const }]) {
      const { clients } = room(options);
      expect(await clients.registerOnFirstUse(request)).toEqual({ outcome: 'refused', reason: 'off' });
      expect(await clients.metadata('mine')).toBeUndefined();
    }
  });

  it('A01 adds nothing to a client that somebody registered', async () => {
    const { clients } = room();
    await clients.create(web, by);
    expect(await clients.registerOnFirstUse({ ...request, clientId: 'app' })).toEqual({
      outcome: 'refused',
      reason: 'registered',
    });
    expect(await clients.registerOnFirstUse({ clientId: 'app', redirectUri: 'https://rp.example/cb' })).toMatchObject({
      outcome: 'known',
    });
    expect((await clients.find('app'))?.redirectUris).toEqual(web.redirectUris);
  });

  it('the first secret stays, whatever comes later', async () => {
    const { clients, audit } = room();
    await clients.registerOnFirstUse(request);
    expect(await clients.decideAuthentication('mine', 'weak', { method: 'client_secret_post' })).toBe('secret');
    expect(await clients.decideAuthentication('mine', 'other')).toBe('unchanged');
    expect(await clients.decideAuthentication('mine', undefined)).toBe('unchanged');
    const metadata = await clients.metadata('mine');
    expect(metadata).toMatchObject({
      token_endpoint_auth_method: 'client_secret_post',
      client_secret: 'kept-as-a-hash',
    });
    expect(metadata).not.toHaveProperty('postern_auth_undecided');
    expect(secretMatches(metadata?.postern_secrets ?? [], 'weak', 0)).toBe(true);
    expect(secretMatches(metadata?.postern_secrets ?? [], 'other', 0)).toBe(false);
    expect((await audit.list(opened.db, { limit: 10, event: 'client.secret_fixed' })).items).toMatchObject([
      { clientId: 'mine', detail: { method: 'secret' } },
    ]);
  });

  it('a client that presents no secret is public from then on', async () => {
    const { clients } = room();
    await clients.registerOnFirstUse(request);
    expect(await clients.decideAuthentication('mine', undefined)).toBe('none');
    expect(await clients.decideAuthentication('mine', 'late')).toBe('unchanged');
    expect(await clients.metadata('mine')).toMatchObject({ token_endpoint_auth_method: 'none' });
  });

  it('of eight first secrets at once one is fixed, and a URI added meanwhile is not lost', async () => {
    const { clients, events } = room();
    await clients.registerOnFirstUse(request);
    const [results] = await Promise.all([
      eightTimes((index) => clients.decideAuthentication('mine', `secret-${index}`)),
      eightTimes((index) => clients.registerOnFirstUse({ ...request, redirectUri: `http://localhost:${index}/cb` })),
    ]);
    expect(results.filter((result) => result === 'secret')).toHaveLength(1);
    const winner = results.indexOf('secret');
    const metadata = await clients.metadata('mine');
    expect(secretMatches(metadata?.postern_secrets ?? [], `secret-${winner}`, 0)).toBe(true);
    expect((await clients.find('mine'))?.redirectUris).toHaveLength(9);
    expect((await events()).filter((event) => event === 'client.secret_fixed')).toHaveLength(1);
  });

  it('decides nothing for other clients', async () => {
    const { clients } = room();
    await clients.create(web, by);
    expect(await clients.decideAuthentication('app', 'guess')).toBe('unchanged');
    expect(await clients.decideAuthentication('unknown', 'guess')).toBe('unchanged');
  });
});
