/** A database that is away, at every place of the engine at which it can be: 503 in the form of the door, never 500. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PosternError } from '../../../src/base/errors.ts';
import { enterCode } from '../../support/device.ts';
import { endpointsOf } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({ throttle: { enabled: true }, resources: [] });
  at = endpointsOf(world);
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => world.stop());

type Rooms = 'accounts' | 'clients' | 'records' | 'throttles';

/** From now on that function of a room finds no database. */
function away(room: Rooms, name: string): void {
  const functions = world.postern[room] as unknown as Record<string, () => Promise<unknown>>;
  vi.spyOn(functions, name).mockImplementation(async () => {
    throw new PosternError('unavailable', 'The database is away.', { retryAfterSeconds: 7 });
  });
}

function expectJson(answer: { status: number; headers: Headers; text: string }): void {
  expect(JSON.parse(answer.text)).toMatchObject({ error: 'temporarily_unavailable' });
  expectAway(answer);
}
function expectPage(answer: { status: number; headers: Headers; text: string }): void {
  expect(answer.text).toContain('id="error-title"');
  expectAway(answer);
}
function expectAway({ status, headers }: { status: number; headers: Headers }): void {
  expect(status).toBe(503);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('location')).toBeNull();
}
async function send(path: string, init: RequestInit) {
  const answer = await fetch(`${world.issuer}${path}`, init);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
const token = (form: Record<string, string>, authorization = world.basic('app')) =>
  send('/token', { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) });
const machine = { grant_type: 'client_credentials' };

describe('a database that is away', () => {
  it('R07 at the accounts: /userinfo and a refresh are JSON', async () => {
    const { access_token, refresh_token } = await at.tokens('app', {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    away('accounts', 'find');
    expectJson(await send('/userinfo', { headers: { authorization: `Bearer ${access_token}` } }));
    expectJson(await token({ grant_type: 'refresh_token', refresh_token }));
  });

  it('R07 at the accounts: the sign-out page is a page', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    away('accounts', 'find');
    expectPage(await visitor.request('/logout'));
  });

  it('R07 at the clients, the tokens and the throttles: JSON at /token', async () => {
    away('clients', 'metadata');
    expectJson(await token(machine));
    vi.restoreAllMocks();
    away('records', 'upsert');
    expectJson(await token(machine));
    vi.restoreAllMocks();
    away('throttles', 'reserve');
    expectJson(await token(machine, 'Basic YXBwOndyb25n'));
  });

  it('R07 before the engine: first use and the guesses of a device code are pages', async () => {
    away('clients', 'registerOnFirstUse');
    expectPage(await world.visitor().request(world.authorizeUrl('app')));
    const visitor = world.visitor();
    await visitor.open('/device');
    away('throttles', 'reserve');
    expectPage(await enterCode(visitor, 'BBBB-BBBB'));
  });

  it('R07 after the engine: a session that cannot be saved is a page, and nobody is sent on', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    away('records', 'continueSession');
    const answer = await visitor.request('/device');
    expectPage(answer);
    expect(answer.headers.getSetCookie()).toEqual([]);
    const told = await visitor.request('/device', { headers: { accept: 'application/json' } });
    expectJson(told);
  });

  it('R07 behind our own pages: a sign-in and a consent are pages, and go on when it is back', async () => {
    const { username, password } = world.people.alice;
    const visitor = world.visitor();
    let page = await visitor.open(world.authorizeUrl('app', { prompt: 'consent' }));
    const again = page;
    away('records', 'replace');
    page = await visitor.submit(page, { username, password });
    expect(page.status).toBe(503);
    vi.restoreAllMocks();
    page = await visitor.submit(again, { username, password });
    away('records', 'find');
    expectPage(await visitor.submit(page, { do: 'allow' }));
    vi.restoreAllMocks();
    page = await visitor.submit(page, { do: 'allow' });
    expect(page.url).toContain('code=');
  });
});

describe('addresses of the engine that nothing answers', () => {
  it.each([
    ['GET', '/token'],
    ['GET', '/par'],
    ['PUT', '/authorize'],
    ['DELETE', '/logout'],
    ['GET', '/token/x'],
    ['GET', '/userinfo/x/y'],
  ])('%s %s is our page to a browser and JSON to a program', async (method, path) => {
    const page = await world.visitor().request(path, { method });
    expect(page.status).toBe(404);
    expect(page.text).toContain('id="error-title"');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const answer = await fetch(`${world.issuer}${path}`, { method });
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([404, 'invalid_request']);
  });
});
