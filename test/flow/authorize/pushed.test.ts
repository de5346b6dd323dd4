import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectRefusedHere } from '../../support/refusals.ts';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ mode: 'serve' });
});
afterEach(() => void vi.useRealTimers());
afterAll(() => world.stop());

type Pushed = { request_uri: string; expires_in: number };

function push(client: 'app' | 'app2' | 'spa', { authorization }: { authorization?: string | undefined } = {}) {
  const body = new URL(world.authorizeUrl(client)).searchParams;
  return fetch(`${world.issuer}/par`, { method: 'POST', body, headers: authorization ? { authorization } : {} });
}

async function pushed(client: 'app' | 'app2'): Promise<Pushed> {
  const response = await push(client, { authorization: world.basic(client) });
  expect(response.status).toBe(201);
  return (await response.json()) as Pushed;
}

const urlFor = (client: string, requestUri: string): string =>
  `${world.issuer}/authorize?${new URLSearchParams({ client_id: client, request_uri: requestUri })}`;

describe('a pushed request', () => {
  it('A17 is bound to the client that pushed it', async () => {
    const { request_uri: requestUri } = await pushed('app');
    expectRefusedHere(await world.visitor().request(urlFor('app2', requestUri)), 400);
    const back = await world.signIn(world.visitor(), urlFor('app', requestUri));
    expect(back.origin + back.pathname).toBe(redirectUris.app);
    expect(back.searchParams.has('code')).toBe(true);
  });

  it('A17 is used once', async () => {
    const { request_uri: requestUri } = await pushed('app');
    const visitor = world.visitor();
    const back = await world.signIn(visitor, urlFor('app', requestUri));
    expect(back.searchParams.has('code')).toBe(true);
    expectRefusedHere(await visitor.request(urlFor('app', requestUri)), 400);
    expectRefusedHere(await world.visitor().request(urlFor('app', requestUri)), 400);
  });

  it('A17 is over after 60 seconds', async () => {
    const { request_uri: requestUri, expires_in: seconds } = await pushed('app');
    expect(seconds).toBeLessThanOrEqual(60);
    vi.useFakeTimers({ toFake: ['Date'] });
    // The engine allows for 15 seconds of difference between clocks.
    vi.setSystemTime(Date.now() + (60 + 15 + 1) * 1000);
    expectRefusedHere(await world.visitor().request(urlFor('app', requestUri)), 400);
  });

  it('A17 is nobody’s when its address is invented', async () => {
    for (const uri of ['urn:ietf:params:oauth:request_uri:invented', 'urn:ietf:params:oauth:request_uri:']) {
      expectRefusedHere(await world.visitor().request(urlFor('app', uri)), 400);
    }
  });

  it.each([
    ['no secret', undefined],
    ['a wrong secret', `Basic ${Buffer.from('app:wrong').toString('base64')}`],
  ])('A17 of a confidential client with %s is refused', async (_, authorization) => {
    const response = await push('app', { authorization });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('A17 may not name another redirect URI', async () => {
    const body = new URL(world.authorizeUrl('app', { redirect_uri: 'https://evil.example/cb' })).searchParams;
    const headers = { authorization: world.basic('app') };
    const response = await fetch(`${world.issuer}/par`, { method: 'POST', body, headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });
});
