import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

const corsOf = (headers: Headers) => ({
  origin: headers.get('access-control-allow-origin'),
  credentials: headers.get('access-control-allow-credentials'),
});
const none = { origin: null, credentials: null };
const own = new URL(redirectUris.spa).origin;

async function code(): Promise<string> {
  const back = await world.signIn(world.visitor(), world.authorizeUrl('spa'));
  return back.searchParams.get('code') ?? '';
}

const token = (origin: string, form: Record<string, string>) =>
  fetch(`${world.issuer}/token`, {
    method: 'POST',
    headers: { origin },
    body: new URLSearchParams({ client_id: 'spa', ...form }),
  });

describe('other origins', () => {
  it.each([
    'https://evil.example',
    'null',
    'https://spa.example.evil.example',
    'http://spa.example',
    'https://rp.example',
  ])('G15 %s reads nothing from /token for spa', async (origin) => {
    const response = await token(origin, world.codeForm('spa', await code()));
    expect(response.status).toBe(400);
    expect(corsOf(response.headers).origin).toBeNull();
    expect(await response.text()).not.toContain('access_token');
  });

  it('G15 the origin of its own redirect URI does, without cookies', async () => {
    const response = await token(own, world.codeForm('spa', await code()));
    expect(response.status).toBe(200);
    expect(corsOf(response.headers)).toEqual({ origin: own, credentials: null });
    const { access_token: accessToken } = (await response.json()) as { access_token: string };
    const userinfo = (origin: string) =>
      fetch(`${world.issuer}/userinfo`, { headers: { origin, authorization: `Bearer ${accessToken}` } });
    expect(corsOf((await userinfo(own)).headers)).toEqual({ origin: own, credentials: null });
    const foreign = await userinfo('https://evil.example');
    expect(corsOf(foreign.headers).origin).toBeNull();
    expect(await foreign.text()).not.toContain(world.people.alice.id);
  });

  it('G15 discovery and key set are for everybody, and never with cookies', async () => {
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/jwks']) {
      // The first answer is the engine's, the second comes from memory.
      for (let round = 0; round < 2; round++) {
        const { headers, status } = await fetch(`${world.issuer}${path}`, {
          headers: { origin: 'https://evil.example' },
        });
        expect(status).toBe(200);
        expect(['*', 'https://evil.example']).toContain(corsOf(headers).origin);
        expect(corsOf(headers).credentials).toBeNull();
      }
    }
  });

  it('G15 pages and forms never are, asked directly or beforehand', async () => {
    const visitor = world.visitor();
    const page = await visitor.open(world.authorizeUrl('spa'));
    const paths = [
      '/',
      '/start',
      new URL(page.url).pathname,
      '/logout',
      '/logout/confirm',
      '/device',
      '/authorize',
      '/assets/postern.css',
    ];
    for (const origin of [own, 'https://evil.example', 'null']) {
      for (const path of paths) {
        for (const method of ['GET', 'POST', 'OPTIONS']) {
          const headers = { origin, 'access-control-request-method': 'POST' };
          const answer = await visitor.request(path, { method, headers });
          expect([path, method, corsOf(answer.headers)]).toEqual([path, method, none]);
          expect(answer.status).toBeLessThan(500);
        }
      }
    }
  });
});
