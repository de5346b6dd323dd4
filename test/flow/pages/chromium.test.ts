import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { typePassword, useBrowser } from '../../support/browsing.ts';
import { type ListeningApp, startListeningApp } from '../../support/listening-app.ts';
import { chromium, skipUnless } from '../../support/system-packages.ts';

const markup = '"><script>document.title="taken over"</script><img src=x onerror="document.title=\'taken over\'">';

skipUnless(chromium(), 'apt-get install chromium')('every page in a browser', () => {
  const people = useBrowser();
  let postern: Postern;
  let app: ListeningApp;
  let page: Page;
  let hosts: Set<string>;
  let violations: string[];

  beforeAll(async () => {
    postern = await startPostern({ mode: 'dev', memory: true });
    app = await startListeningApp();
    const redirectUris = [`${app.origin}/cb`];
    const postLogoutRedirectUris = [`${app.origin}/bye`];
    const by = { type: 'system' } as const;
    await postern.clients.create(
      { id: 'web', name: markup, redirectUris, postLogoutRedirectUris, pkce: 'optional' },
      { by },
    );
    const device = ['urn:ietf:params:oauth:grant-type:device_code' as const];
    const tv = { id: 'tv', name: 'Television', applicationType: 'native', tokenEndpointAuthMethod: 'none' } as const;
    await postern.clients.create({ ...tv, grantTypes: device }, { by });
  });
  afterAll(async () => {
    await app?.stop();
    await postern?.stop();
  });

  beforeEach(async () => {
    page = await people.newPage();
    hosts = new Set();
    violations = [];
    app.arrivals.length = 0;
    page.context().on('request', (request) => hosts.add(new URL(request.url()).host));
    await page.exposeFunction('reportViolation', (text: string) => violations.push(text));
    await page.addInitScript(`document.addEventListener('securitypolicyviolation',
      (event) => reportViolation(event.violatedDirective + ' ' + event.blockedURI))`);
  });
  afterEach(() => {
    expect(violations).toEqual([]);
    for (const host of hosts) expect([new URL(postern.issuer).host, new URL(app.origin).host]).toContain(host);
    for (const { referer } of app.arrivals) expect(referer).toBeUndefined();
  });

  const authorizeUrl = (changes: Record<string, string> = {}) => {
    const parameters = {
      client_id: 'web',
      redirect_uri: `${app.origin}/cb`,
      response_type: 'code',
      scope: 'openid email',
    };
    return `${postern.issuer}/authorize?${new URLSearchParams({ ...parameters, ...changes })}`;
  };
  const arrived = () => expect.poll(() => page.title()).toBe('The app');

  it('G08 G10 G14 form_post to an app on another port: it gets the state as it was, no page is taken over', async () => {
    await page.goto(authorizeUrl({ response_mode: 'form_post', state: markup }));
    await page.click('[data-account="alice"]');
    expect(await page.locator('#consent-title').textContent()).toContain(markup);
    await page.click('#consent-allow');
    await arrived();
    expect(app.arrivals).toMatchObject([
      { method: 'POST', path: '/cb', parameters: { state: markup, iss: postern.issuer } },
    ]);
    expect(app.arrivals[0]?.parameters.code).toBeTruthy();
    // Signed in already: the page posts by itself at once. And an error takes the same way.
    await page.goto(authorizeUrl({ response_mode: 'form_post', state: markup }));
    await arrived();
    await page.goto(authorizeUrl({ response_mode: 'form_post', state: markup, scope: 'openid phone', prompt: 'none' }));
    await arrived();
    expect(app.arrivals.at(-1)?.parameters).toMatchObject({ error: 'consent_required', state: markup });
  });

  it('G06 G07 G10 G14 sign-in with everything that can go wrong, up to the app, without a violation', async () => {
    const titles = new Set<string>();
    const look = async () => titles.add(await page.title());
    for (const path of ['/', '/start', '/nothing', '/interaction/over', '/logout', '/logout/success', '/device']) {
      await page.goto(postern.issuer + path);
      await look();
    }
    const requests: Record<string, string>[] = [
      { redirect_uri: 'https://evil.example/' },
      { client_id: markup },
      { login_hint: markup, ui_locales: 'de' },
    ];
    for (const changes of requests) {
      await page.goto(authorizeUrl(changes));
      await look();
    }
    await page.goto(authorizeUrl());
    await typePassword(page, markup, 'wrong');
    expect(await page.locator('#signin-error').isVisible()).toBe(true);
    expect(await page.inputValue('#username')).toBe(markup);
    await look();
    await typePassword(page, 'alice', 'alice');
    await page.click('#consent-allow');
    await arrived();
    expect(app.arrivals).toMatchObject([{ method: 'GET', path: '/cb' }]);
    expect(titles.size).toBeGreaterThanOrEqual(6);
    expect([...titles]).not.toContain('taken over');
  });

  it('G10 "try it" up to the tokens', async () => {
    await page.goto(`${postern.issuer}/start`);
    await page.click('#try-it');
    await page.click('[data-account="bob"]');
    await page.click('#consent-allow');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/start/done');
    expect(await page.textContent('main')).toContain('Bob Brenner');
  });

  it('D12 G10 sign-out: confirmed on our page, it lands at the app with its state', async () => {
    await page.goto(authorizeUrl());
    await page.click('[data-account="alice"]');
    await page.click('#consent-allow');
    await arrived();
    const to = new URLSearchParams({ client_id: 'web', post_logout_redirect_uri: `${app.origin}/bye`, state: markup });
    await page.goto(`${postern.issuer}/logout?${to}`);
    await page.click('#logout-yes');
    await arrived();
    expect(app.arrivals.at(-1)).toMatchObject({ method: 'GET', path: '/bye', parameters: { state: markup } });
    await page.goto(authorizeUrl());
    expect(await page.locator('#signin-title').isVisible()).toBe(true);
  });

  it('D08 G10 sign-out with the ID token asks nothing', async () => {
    await page.goto(`${postern.issuer}/start`);
    await page.click('#try-it');
    await page.click('[data-account="alice"]');
    await page.click('#consent-allow');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/start/done');
    const idToken = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/.exec((await page.textContent('main')) ?? '')?.[0] ?? '';
    expect(idToken).not.toBe('');
    await page.goto(`${postern.issuer}/logout?${new URLSearchParams({ id_token_hint: idToken })}`);
    expect(await page.locator('#logout-done').isVisible()).toBe(true);
  });

  it('G10 the device pages', async () => {
    const body = new URLSearchParams({ client_id: 'tv', scope: 'openid' });
    const begun = await fetch(`${postern.issuer}/device/code`, { method: 'POST', body });
    const { user_code: userCode } = (await begun.json()) as { user_code: string };
    await page.goto(`${postern.issuer}/device`);
    await page.fill('#device-code', userCode);
    await page.click('#device-submit');
    await page.click('#device-confirm');
    await page.click('[data-account="bob"]');
    await page.click('#consent-allow');
    await expect.poll(() => page.title()).toMatch(/connected|done|ready/i);
  });

  it('G03 no page shows in a frame of the app', async () => {
    const refusing = await startListeningApp();
    try {
      for (const path of ['/start', '/device', '/logout/success', '/nothing', new URL(authorizeUrl()).pathname]) {
        const frame = path === '/authorize' ? authorizeUrl() : `${postern.issuer}${path}`;
        const framed = await (await page.context().browser()?.newContext())?.newPage();
        if (!framed) throw new Error('there is no browser');
        await framed.goto(`${refusing.origin}/?frame=${encodeURIComponent(frame)}`);
        const child = framed.frames().find((one) => one !== framed.mainFrame());
        await expect.poll(() => child?.url()).toMatch(/^chrome-error:/);
        await framed.context().close();
      }
    } finally {
      await refusing.stop();
    }
  });

  it('G16 a neighbour on the same host tosses its own session at the browser: nobody becomes somebody else', async () => {
    const attacker = createVisitor(postern.issuer);
    await signIn(attacker, authorizeUrl(), { username: 'bob', password: 'bob' });
    const name = `postern-${postern.port}`;
    const tossed = [name, `${name}.sig`].map((one) => `${one}=${attacker.jar.get(one)?.value}; Path=/authorize`);
    const neighbour = await startListeningApp({ 'set-cookie': tossed });
    try {
      const victim = await people.newPage();
      await victim.goto(authorizeUrl());
      await victim.click('[data-account="alice"]');
      await victim.click('#consent-allow');
      await expect.poll(() => victim.title()).toBe('The app');
      await victim.goto(neighbour.origin);
      const cookies = (await victim.context().cookies(`${postern.issuer}/authorize`)).filter(
        (one) => one.name === name,
      );
      expect(cookies).toHaveLength(2);
      await victim.goto(authorizeUrl({ prompt: 'none' }));
      expect(app.arrivals.at(-1)?.parameters.error).toBe('login_required');
    } finally {
      await neighbour.stop();
    }
  });
});
