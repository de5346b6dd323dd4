import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostern } from '../../../src/testing/testing.ts';
import { expectHarmless, expectRefusedHere } from '../../support/refusals.ts';
import { silently } from '../../support/silent.ts';
import { ask } from '../../support/two-servers.ts';
import { createWorld, type World } from '../../support/world.ts';

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ kind });
  });
  afterAll(() => world.stop());

  const logoutUrl = (parameters: Record<string, string>) => `/logout?${new URLSearchParams(parameters)}`;
  const unregistered = [
    'https://evil.example/',
    'https://rp.example.evil.example/',
    'https://rp.example@evil.example/',
    'https://rp.example/?x=1',
    'https://rp.example/more',
    'https://RP.example/',
    'https://rp.example',
    'https://rp.example/#f',
    ' https://rp.example/',
    'https://rp.example/ ',
    'https://rp.example/%00',
    '/logout',
    '"><script>alert(1)</script>',
  ];
  /** Not even addresses of the web, or addresses that a browser reads otherwise than a server. */
  const disguised = [
    'https:\\\\evil.example',
    '//evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(document.domain)',
    'JavaScript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    '%2f%2fevil.example',
  ];

  describe('where a sign-out leads', () => {
    it.each(unregistered)('D12 %s is not registered: 400, nothing of it in a link, still signed in', expectRefused);
    it.each(unregistered)('D12 %s without client and hint is ignored: the last page is ours', expectIgnored);
    it.each(disguised)('D13 %s asked for by a client: 400, nothing of it in a link, still signed in', expectRefused);
    it.each(disguised)('D13 %s without client and hint is ignored: the last page is ours', expectIgnored);

    it('D12 the registered address gets the person back with the state, over a page of ours', async () => {
      const visitor = world.visitor();
      await world.signIn(visitor, world.authorizeUrl('app'));
      const to = { client_id: 'app', post_logout_redirect_uri: 'https://rp.example/', state: '"><script>&x=1' };
      const page = await visitor.open(logoutUrl(to));
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const body = new URLSearchParams({ xsrf, logout: 'yes' });
      const between = await visitor.request('/logout/confirm', { method: 'POST', body });
      expect(between.status).toBe(200);
      expect(between.headers.get('location')).toBeNull();
      expect(between.text).not.toContain('<script');
      const target = new URL((await visitor.follow(between)).url);
      expect(target.origin + target.pathname).toBe('https://rp.example/');
      expect(Object.fromEntries(target.searchParams)).toEqual({ state: to.state });
    });

    it('D12 nobody signed in: the registered address is followed, any other refused', async () => {
      const visitor = world.visitor();
      const to = (uri: string) => visitor.request(logoutUrl({ client_id: 'app', post_logout_redirect_uri: uri }));
      expect((await to('https://rp.example/')).headers.get('location')).toBe('https://rp.example/');
      expectRefusedHere(await to('https://evil.example/'), 400);
      expect((await visitor.open(logoutUrl({ post_logout_redirect_uri: 'https://evil.example/' }))).url).toBe(
        `${world.issuer}/logout/success`,
      );
    });

    it('D12 an unknown client → 400', async () => {
      const answer = await world.visitor().request(logoutUrl({ client_id: '<b>nobody</b>' }));
      expectRefusedHere(answer, 400);
      expect(answer.text).not.toContain('<b>nobody');
    });
  });

  async function expectRefused(uri: string): Promise<void> {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    const answer = await visitor.request(logoutUrl({ client_id: 'app', post_logout_redirect_uri: uri }));
    expectRefusedHere(answer, 400);
    expectNoWayTo(uri, answer.text);
    expect(await silently(world, visitor)).toBe('signed in');
  }

  async function expectIgnored(uri: string): Promise<void> {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    const page = await visitor.open(logoutUrl({ post_logout_redirect_uri: uri, state: 'kept-for-nobody' }));
    expectNoWayTo(uri, page.text);
    const done = await visitor.submit(page, { logout: 'yes' });
    expectHarmless(done);
    expect(new URL(done.url).origin).toBe(world.issuer);
    expect(done.text).toContain('id="logout-done"');
    expectNoWayTo(uri, done.text);
    expect(done.text).not.toContain('kept-for-nobody');
  }

  /** The value may be shown to a developer, escaped; it must be no address, no header and no markup. */
  function expectNoWayTo(uri: string, html: string): void {
    for (const [, written = ''] of html.matchAll(/(?:href|action|src|url)="?([^"\s>]*)/gi)) {
      const target = new URL(written.replaceAll('&amp;', '&'), world.issuer);
      expect([world.issuer, 'https://rp.example']).toContain(target.origin);
    }
    if (uri.includes('<')) expect(html).not.toContain(uri);
  }

  describe('addresses of our own that a request brings along', () => {
    const targets = [
      '//evil.example',
      '/\\evil.example',
      '///evil.example/x',
      '/\\/evil.example',
      '//evil.example/%2e%2e',
    ];

    it.each(targets)('D14 %s as a path: the language links and the 404 stay here', async (path) => {
      const reply = await ask({ port: world.postern.port, host: new URL(world.issuer).host }, path, {
        headers: { accept: 'text/html' },
      });
      expect(reply.status).toBe(404);
      const links = [...reply.text.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));
      expect(links.length).toBeGreaterThan(1);
      for (const href of links) expect(new URL(href, `${world.issuer}/somewhere`).origin).toBe(world.issuer);
    });

    it.each(targets)('D14 %s asked of another loopback name: the redirect leads to the issuer', async (path) => {
      const host = `127.0.0.1:${world.postern.port}`;
      const reply = await ask({ port: world.postern.port, host }, path, { headers: { accept: 'text/html' } });
      expect(reply.status).toBe(303);
      expect(new URL(String(reply.headers.location)).origin).toBe(world.issuer);
    });

    it('D14 return_to, rd, next and the like move nobody', async () => {
      const dev = await startPostern({ mode: 'dev', memory: true });
      try {
        for (const name of ['return_to', 'rd', 'next', 'redirect', 'target_link_uri', 'returnTo']) {
          for (const path of ['/', '/start', '/logout/success', '/device']) {
            const url = `${dev.issuer}${path}?${name}=${encodeURIComponent('//evil.example')}`;
            const response = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } });
            const text = await response.text();
            expect(response.headers.get('location') ?? '').not.toContain('evil');
            for (const [, href = ''] of text.matchAll(/(?:href|action)="([^"]*)"/g)) {
              expect(new URL(href.replaceAll('&amp;', '&'), url).hostname).not.toBe('evil.example');
            }
          }
        }
      } finally {
        await dev.stop();
      }
    });
  });
});
