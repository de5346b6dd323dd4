import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';

const discovery = '/.well-known/openid-configuration';
let dev: World;
let serve: World;
beforeAll(async () => {
  [dev, serve] = await Promise.all([createWorld(), createWorld({ mode: 'serve' })]);
});
afterAll(async () => {
  await Promise.all([dev.stop(), serve.stop()]);
});

const get = (world: World, path: string, headers: Record<string, string> = {}) =>
  fetch(`${world.issuer}${path}`, { headers });

describe('discovery and key set', () => {
  it('name the endpoints that scripts rely on, under the issuer', async () => {
    const document = (await (await get(dev, discovery)).json()) as Record<string, unknown>;
    const { issuer } = dev;
    expect(document).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      introspection_endpoint: `${issuer}/introspect`,
      revocation_endpoint: `${issuer}/revoke`,
      pushed_authorization_request_endpoint: `${issuer}/par`,
      device_authorization_endpoint: `${issuer}/device/code`,
      end_session_endpoint: `${issuer}/logout`,
      authorization_response_iss_parameter_supported: true,
      response_types_supported: ['code', 'id_token', 'code id_token'],
      code_challenge_methods_supported: ['S256'],
      ui_locales_supported: ['en', 'de'],
    });
  });

  it.each([discovery, '/jwks', '/.well-known/oauth-authorization-server'])(
    'answer %s the same from the engine and from memory',
    async (path) => {
      const first = await get(serve, path);
      const second = await get(serve, path);
      expect(await second.text()).toBe(await first.text());
      expect(second.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(second.headers.get('cache-control')).toBe('public, max-age=300');
      expect(second.headers.get('access-control-allow-origin')).toBe('*');
      const etag = second.headers.get('etag') ?? '';
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
        expect((await get(serve, path, { 'if-none-match': known })).status, known).toBe(304);
      }
      expect((await get(serve, path, { 'if-none-match': '"other"' })).status).toBe(200);
    },
  );

  it.each([discovery, '/jwks', '/.well-known/oauth-authorization-server'])(
    'J03 say of %s how long it may be kept also when the first who asks wants the headers alone',
    async (path) => {
      await serve.postern.oidc.refresh();
      const head = await fetch(`${serve.issuer}${path}`, { method: 'HEAD' });
      const etag = head.headers.get('etag') ?? '';
      expect(head.status).toBe(200);
      expect(head.headers.get('cache-control')).toBe('public, max-age=300');
      const unchanged = await get(serve, path, { 'if-none-match': etag });
      expect(unchanged.status).toBe(304);
      expect(unchanged.headers.get('etag')).toBe(etag);
    },
  );

  it('may not be kept in testing, where keys change at once', async () => {
    expect((await get(dev, '/jwks')).headers.get('cache-control')).toBe('no-cache');
  });

  it('J01 publish one key of each algorithm, without private parts', async () => {
    const { keys } = (await (await get(dev, '/jwks')).json()) as { keys: Record<string, unknown>[] };
    expect(keys.map((key) => key.alg)).toEqual(['RS256', 'ES256', 'EdDSA']);
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) });
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret);
    }
  });
});
