import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpsWorld } from '../../support/https-world.ts';
import { type Tour, tourPages } from '../../support/page-tour.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { formOf, nextOf, typed } from '../../support/silent.ts';
import { ask } from '../../support/two-servers.ts';
import { createWorld, type World } from '../../support/world.ts';

const policyOf = (headers: Headers): Map<string, string> =>
  new Map(
    (headers.get('content-security-policy') ?? '').split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(/\s+/);
      return [name, values.join(' ')];
    }),
  );

describe.each([
  ['http, testing', createWorld],
  ['https, serve', createHttpsWorld],
])('every page over %s', (kind, create) => {
  let world: World;
  let pages: Tour;
  beforeAll(async () => {
    world = await create();
    pages = await tourPages(world);
  });
  afterAll(() => world.stop());

  it('G03 G10 G12 is HTML with the headers, whatever made it', () => {
    expect(Object.keys(pages).length).toBeGreaterThan(35);
    for (const [name, page] of Object.entries(pages)) {
      expectHarmless(page);
      const { headers } = page;
      expect([name, headers.get('content-type')]).toEqual([name, 'text/html; charset=utf-8']);
      const fixed = [
        ...['x-content-type-options', 'referrer-policy', 'x-frame-options', 'cross-origin-opener-policy'],
        ...['cross-origin-resource-policy', 'cache-control'],
      ].map((header) => headers.get(header));
      const noStore = expect.stringMatching(/no-store/);
      expect([name, ...fixed]).toEqual([name, 'nosniff', 'no-referrer', 'DENY', 'same-origin', 'same-origin', noStore]);
      expect(headers.get('permissions-policy')).toContain('camera=()');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      for (const telling of ['x-powered-by', 'server', 'via']) expect(headers.get(telling)).toBeNull();
    }
  });

  it('G12 Strict-Transport-Security is there on https and nowhere else', () => {
    for (const { headers } of Object.values(pages)) {
      const expected = kind.startsWith('https') ? 'max-age=31536000; includeSubDomains' : null;
      expect(headers.get('strict-transport-security')).toBe(expected);
    }
  });

  it('G03 G10 the policy allows no frame, no other origin and nothing inline', () => {
    for (const [name, { headers, text }] of Object.entries(pages)) {
      const policy = policyOf(headers);
      expect([name, policy.get('default-src'), policy.get('frame-ancestors'), policy.get('base-uri')]).toEqual([
        ...[name, "'none'", "'none'", "'none'"],
      ]);
      expect(policy.get('object-src')).toBe("'none'");
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe-|\*|https?:(?!\/\/rp\.example)|blob:/);
      // The one inline script is the engine's on the form_post page, by its hash; that page alone posts to the app.
      const scripts = text.match(/<script/g)?.length ?? 0;
      expect([name, scripts]).toEqual([name, name === 'form post' ? 1 : 0]);
      expect(policy.get('script-src')).toMatch(scripts ? /^'self' 'sha256-[\w+/=]+'$/ : /^'self'$/);
      expect(policy.get('form-action')).toBe(scripts ? "'self' https://rp.example" : "'self'");
      expect(text).not.toMatch(/\sstyle=|<style|\son[a-z]+=/i);
    }
  });

  it('G14 no page names another host in an address that is loaded', () => {
    for (const { text, url } of Object.values(pages)) {
      const loaded = [
        ...text.matchAll(/<(?:link|img|script|iframe|source|object|embed)\b[^>]*(?:href|src|data)="([^"]+)"/g),
      ];
      for (const [, target = ''] of loaded) expect(new URL(target, url).origin).toBe(world.issuer);
    }
  });
});

describe('answers that are no pages', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.stop());

  it('G12 tokens, userinfo, refusals and assets have the headers too; documents and assets may be kept', async () => {
    const back = await world.signIn(world.visitor(), world.authorizeUrl('app'));
    const token = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
    const bearer = { headers: { authorization: `Bearer ${token.body.access_token}` } };
    const answers: [string, Headers, string][] = [
      ['token', token.headers, 'no-store'],
      [
        'token refused',
        (await world.token('app', { grant_type: 'authorization_code', code: 'x' })).headers,
        'no-store',
      ],
      ['userinfo', (await fetch(`${world.issuer}/userinfo`, bearer)).headers, 'no-store'],
      ['userinfo refused', (await fetch(`${world.issuer}/userinfo`)).headers, 'no-store'],
      ['introspect', (await fetch(`${world.issuer}/introspect`, { method: 'POST' })).headers, 'no-store'],
      ['asset', (await fetch(`${world.issuer}/assets/postern.css`)).headers, ''],
      ['discovery', (await fetch(`${world.issuer}/.well-known/openid-configuration`)).headers, ''],
      ['405', (await fetch(`${world.issuer}/token`, { method: 'DELETE' })).headers, 'no-store'],
    ];
    for (const [name, headers, cache] of answers) {
      expect([name, headers.get('x-content-type-options')]).toEqual([name, 'nosniff']);
      expect([name, headers.get('x-frame-options'), headers.get('referrer-policy')]).toEqual([
        name,
        'DENY',
        'no-referrer',
      ]);
      expect([name, headers.get('cache-control')]).toEqual([name, expect.stringContaining(cache)]);
      expect(headers.get('x-powered-by') ?? headers.get('server')).toBeNull();
      expect(headers.has('content-security-policy')).toBe(true);
    }
    const refused = await ask({ port: world.postern.port, host: 'evil.example' }, '/');
    expect(refused.status).toBe(421);
    expect(refused.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
  });

  it('G13 every redirect on the way is a 303: none repeats a password', async () => {
    const visitor = world.visitor();
    const seen: number[] = [];
    const step = async (url: string, init?: RequestInit) => {
      const answer = await visitor.request(url, init);
      seen.push(answer.status);
      return answer;
    };
    const begun = await step(world.authorizeUrl('app'));
    const page = await step(begun.headers.get('location') ?? '');
    const signedIn = await step(page.url, { method: 'POST', body: formOf(page, typed(world, 'alice')) });
    const resumed = await step(nextOf(signedIn));
    const consent = await step(resumed.headers.get('location') ?? '');
    const allowed = await step(consent.url, { method: 'POST', body: formOf(consent, { do: 'allow' }) });
    const back = await step(nextOf(allowed));
    expect(back.headers.get('location')).toContain('code=');
    const signOut = await step('/logout');
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(signOut.text)?.[1] ?? '';
    const body = new URLSearchParams({ xsrf, logout: 'yes' });
    const signedOut = await step('/logout/confirm', { method: 'POST', body });
    await step(signedOut.headers.get('location') ?? '');
    expect(seen).toEqual([303, 200, 200, 303, 200, 200, 303, 200, 303, 200]);
  });
});
