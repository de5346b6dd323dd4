import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../support/world.ts';
import { createRange, junk, parameters, play, protectedState } from './fuzz.ts';

let world: World;
let range: ReturnType<typeof createRange>;
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  range = createRange(world);
});
afterAll(async () => {
  range.close();
  await world.stop();
});

const form = 'application/x-www-form-urlencoded';
const codeNames = ['client_id', 'client_secret', 'scope', 'resource', 'user_code', 'device_code', 'nonce', '__proto__'];
const pageNames = [
  'xsrf',
  'user_code',
  'confirm',
  'abort',
  'client_id',
  'device_code',
  'csrf',
  '__proto__',
  'confirm[]',
];

describe('junk at the device endpoints', () => {
  it('P04 gets codes for its own client alone at /device/code', async () => {
    await play(parameters(codeNames, { client_id: 'cli', scope: 'openid' }), async (body) => {
      const { status } = await range.fire({
        method: 'POST',
        path: '/device/code',
        body,
        headers: { 'content-type': form },
      });
      if (status === 200) expect(new URLSearchParams(body).getAll('client_id')).toEqual(['cli']);
      else expect(status).toBeGreaterThanOrEqual(400);
    });
  });

  it('P04 neither breaks nor approves anything at the person’s page', async () => {
    const started = await fetch(`${world.issuer}/device/code`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'cli', scope: 'openid' }),
    });
    const { user_code: userCode, device_code: deviceCode } = (await started.json()) as Record<string, string>;
    const visitor = world.visitor();
    const page = await visitor.open(`${world.issuer}/device`);
    const xsrf = /name="xsrf"[^>]*value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    expect(xsrf).not.toBe('');
    const own = [...visitor.jar].map(([name, { value }]) => `${name}=${value}`).join('; ');
    const cookie = fc.oneof(
      fc.constant(own),
      fc.constant(undefined),
      junk.map((text) => encodeURIComponent(text.toWellFormed())),
    );
    const method = fc.constantFrom('POST', 'POST', 'POST', 'GET', 'HEAD', 'PUT');
    const path = fc.constantFrom(
      '/device',
      '/device',
      '/device/',
      '/device/x',
      '/DEVICE',
      '/device/x/y',
      '/device/%20',
    );
    const right = { xsrf, user_code: userCode ?? '' };
    const before = await protectedState(world.postern.db);
    await play(fc.tuple(method, path, parameters(pageNames, right), cookie), async ([verb, place, query, jar]) => {
      const hasBody = verb === 'POST' || verb === 'PUT';
      const headers = { 'content-type': form, ...(jar !== undefined && { cookie: jar }) };
      const target = hasBody ? { path: place, body: query } : { path: `${place}?${query}` };
      await range.fire({ method: verb, ...target, headers });
    });
    expect(await protectedState(world.postern.db)).toEqual(before);
    const polled = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: deviceCode };
    const { status, body } = await world.token('cli', polled);
    expect(status).toBe(400);
    expect(['authorization_pending', 'access_denied']).toContain(body.error);
  });
});
