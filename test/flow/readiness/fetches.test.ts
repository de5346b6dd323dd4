import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, post } from '../../support/endpoint.ts';
import { createReadinessWorld, type ReadinessWorld } from '../../support/readiness-world.ts';
import { createWorld } from '../../support/world.ts';

let world: ReadinessWorld;
let count = 0;
/** An address that nobody has had in this file. */
const nextAddress = () => `198.51.100.${++count}`;
beforeAll(async () => {
  world = await createReadinessWorld({
    resources: [
      { identifier: 'https://orders.example', scopes: ['read'], format: 'jwt' },
      { identifier: 'https://stock.example', scopes: ['read'], format: 'jwt' },
    ],
  });
});
afterAll(() => world?.stop());

describe('who has fetched the key set', () => {
  it('a client that fetches from its own address is behind until it has, and then has the key', async () => {
    const app = await world.client('solo', nextAddress());
    await app.signIn();
    await app.fetchKeys();
    const kid = await world.publish();
    expect(await world.row(kid, 'solo')).toMatchObject({ state: 'behind', how: 'address', name: 'solo' });
    // The first answer of a generation comes from the engine, the others from memory.
    const { keys } = (await (await app.fetchKeys()).json()) as { keys: { kid: string }[] };
    expect(keys.map((key) => key.kid)).toContain(kid);
    expect(await world.row(kid, 'solo')).toMatchObject({ state: 'fetched', how: 'address' });
    expect((await world.row(kid, 'solo'))?.sharedWith).toBeUndefined();
  });

  it('from memory too, and where nothing has changed since (304)', async () => {
    const kid = await world.publish();
    const [first, second] = [await world.client('memory', nextAddress()), await world.client('cache', nextAddress())];
    for (const app of [first, second]) await app.signIn();
    const etag = (await first.fetchKeys()).headers.get('etag') ?? '';
    expect(await world.row(kid, 'memory')).toMatchObject({ state: 'fetched' });
    expect(await world.row(kid, 'cache')).toMatchObject({ state: 'unknown' });
    expect((await second.fetchKeys({ 'if-none-match': etag })).status).toBe(304);
    expect(await world.row(kid, 'cache')).toMatchObject({ state: 'fetched' });
  });

  it('but who only asks for the headers, or for the discovery document, has no keys', async () => {
    const kid = await world.publish();
    const address = nextAddress();
    await (await world.client('head', address)).signIn();
    // Answered by the engine, and from memory once somebody has got it.
    expect((await world.keySet(address, {}, 'HEAD')).status).toBe(200);
    await world.keySet(nextAddress());
    expect((await world.keySet(address, {}, 'HEAD')).status).toBe(200);
    await fetch(`${world.issuer}/.well-known/openid-configuration`, { headers: { 'x-forwarded-for': address } });
    expect(await world.row(kid, 'head')).toMatchObject({ state: 'unknown' });
    expect((await fetch(`${world.issuer}/JWKS/`, { headers: { 'x-forwarded-for': address } })).status).toBe(200);
    expect(await world.row(kid, 'head')).toMatchObject({ state: 'fetched' });
  });

  it('two at one address are perhaps ready, each beside the other', async () => {
    const kid = await world.publish();
    const address = nextAddress();
    const [one, other] = [await world.client('one', address), await world.client('other', address)];
    await one.signIn();
    await other.signIn();
    await one.fetchKeys();
    expect(await world.row(kid, 'one')).toMatchObject({ state: 'perhaps', how: 'address', sharedWith: ['other'] });
    expect(await world.row(kid, 'other')).toMatchObject({ state: 'perhaps', how: 'address', sharedWith: ['one'] });
  });

  it('a machine at the same address makes it unsure as well, though it needs no key', async () => {
    const kid = await world.publish();
    const address = nextAddress();
    const app = await world.client('beside', address);
    await app.signIn();
    const machine = await world.client('machine', address, { kind: 'machine', redirectUris: [] });
    expect((await machine.ask('/token', { grant_type: 'client_credentials' })).status).toBe(200);
    await app.fetchKeys();
    expect(await world.row(kid, 'beside')).toMatchObject({ state: 'perhaps', sharedWith: ['machine'] });
    expect(await world.row(kid, 'machine')).toBeUndefined();
  });

  it('a page is known by its origin, whoever has it open, and its visitors’ addresses are nobody’s', async () => {
    const kid = await world.publish();
    const office = nextAddress();
    const origin = 'https://board.example';
    const page = await world.client('board', office, { kind: 'spa', redirectUris: [`${origin}/cb`] }, origin);
    const app = await world.client('in-the-office', office);
    await page.signIn();
    await app.signIn();
    expect(await world.row(kid, 'board')).toMatchObject({ state: 'unknown' });
    await page.fetchKeys();
    expect(await world.row(kid, 'board')).toMatchObject({ state: 'fetched', how: 'origin' });
    // What the page has fetched, the app at the same address has not; and it is alone there.
    expect(await world.row(kid, 'in-the-office')).toMatchObject({ state: 'unknown' });
    await app.fetchKeys();
    expect(await world.row(kid, 'in-the-office')).toMatchObject({ state: 'fetched' });
  });

  it('an address that is no client’s is counted, and named for none', async () => {
    const kid = await world.publish();
    const before = (await world.postern.readiness.of(kid)).unattributed;
    expect(before).toEqual({ sources: 0 });
    const address = nextAddress();
    await world.keySet(address);
    await world.keySet(address);
    await world.keySet(nextAddress(), { origin: 'https://nobody.example' });
    const after = (await world.postern.readiness.of(kid)).unattributed;
    expect(after).toEqual({ sources: 2, lastAt: expect.any(Number) });
    await (await world.client('late', address)).signIn();
    expect((await world.postern.readiness.of(kid)).unattributed.sources).toBe(1);
    expect(await world.row(kid, 'late')).toMatchObject({ state: 'fetched' });
  });

  it('a resource server is known by where it introspects from; a resource without one is named', async () => {
    const kid = await world.publish();
    const resourceServer = ['https://orders.example'];
    const server = await world.client('orders', nextAddress(), { kind: 'machine', redirectUris: [], resourceServer });
    expect(await world.row(kid, 'orders')).toMatchObject({ state: 'idle' });
    await server.ask('/introspect', { token: 'of-nobody' });
    expect(await world.row(kid, 'orders')).toMatchObject({ state: 'unknown' });
    await server.fetchKeys();
    expect(await world.row(kid, 'orders')).toMatchObject({ state: 'fetched' });
    expect((await world.postern.readiness.of(kid)).unseenResources).toEqual(['https://stock.example']);
  });

  it('the address is that of the connection, where nobody is trusted to say another', async () => {
    const direct = await createWorld({ strictClients: true });
    const { issuer, postern, secrets } = direct;
    const kid = (await postern.keys.signingSet()).active.get('RS256')?.kid ?? '';
    const headers = { ...basic('app', secrets.app), 'x-forwarded-for': '198.51.100.200' };
    await post(`${issuer}/token`, { grant_type: 'client_credentials' }, headers);
    const fetchFrom = (localAddress: string) =>
      new Promise<void>((resolve, reject) => {
        const { hostname, port } = new URL(issuer);
        const options = {
          host: '127.0.0.1',
          port,
          path: '/jwks',
          localAddress,
          headers: { host: `${hostname}:${port}` },
        };
        request(options, (response) => response.resume().on('end', resolve))
          .on('error', reject)
          .end();
      });
    const state = async () =>
      (await postern.readiness.of(kid)).clients.find(({ clientId }) => clientId === 'app')?.state;
    await fetchFrom('127.0.0.2');
    expect(await state()).toBe('unknown');
    expect((await postern.readiness.of(kid)).unattributed.sources).toBe(1);
    await fetchFrom('127.0.0.1');
    expect(await state()).toBe('fetched');
    await direct.stop();
  });
});

describe('who pretends to be a client', () => {
  it('is not taken for it: neither alive nor at that address', async () => {
    const kid = await world.publish();
    const app = await world.client('target', nextAddress());
    const cli = await world.client('public', nextAddress(), { kind: 'native', redirectUris: ['http://127.0.0.1/cb'] });
    const evil = { 'x-forwarded-for': nextAddress() };
    const wrong = { ...basic('target', 'wrong'), ...evil };
    expect((await app.ask('/token', { grant_type: 'client_credentials' }, wrong)).status).toBe(401);
    expect((await app.ask('/introspect', { token: 'x' }, wrong)).status).toBe(401);
    expect((await app.ask('/revoke', { token: 'x' }, wrong)).status).toBe(401);
    // What anybody may ask in the name of a public client.
    expect((await cli.ask('/device/code', { scope: 'openid' }, evil)).status).toBe(200);
    expect((await cli.ask('/revoke', { token: 'x' }, evil)).status).toBe(200);
    expect((await cli.ask('/token', { grant_type: 'refresh_token', refresh_token: 'x' }, evil)).status).toBe(400);
    await world.keySet(evil['x-forwarded-for']);
    for (const id of ['target', 'public']) {
      expect(await world.row(kid, id), id).toMatchObject({ state: 'idle', places: { withKey: 0 } });
    }
    expect((await world.postern.readiness.of(kid)).unattributed.sources).toBe(1);
  });

  it('an origin without end is not kept', async () => {
    const origins = ['null', `https://${'a'.repeat(5000)}.example`, 'https://board.example.evil', 'board.example'];
    for (const origin of origins) await world.keySet(nextAddress(), { origin });
    await world.postern.readiness.flush();
    const rows = await world.postern.db.all<{ source: string }>('SELECT source FROM key_set_fetches');
    const odd = rows
      .map(({ source }) => source)
      .filter((source) => !/^([\d.]+|https:\/\/[a-z]+\.example)$/.test(source));
    expect(odd).toEqual(['page']);
  });
});
