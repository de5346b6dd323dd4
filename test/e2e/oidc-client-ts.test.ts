/** A single-page app with oidc-client-ts, in a real browser under its rules for other origins. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Postern, startPostern } from '../../src/testing/testing.ts';
import { launchChromium } from '../support/chromium.ts';
import { type StaticApp, startStaticApp } from '../support/static-app.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';

const library = readFileSync(
  new URL('../../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url),
);

/** Reads its settings from the page's own address, so that one app serves every client id. */
const script = `
  const kept = sessionStorage.settings ?? decodeURIComponent(location.hash.slice(1));
  sessionStorage.settings = kept;
  window.manager = new oidc.UserManager({
    ...JSON.parse(kept),
    redirect_uri: location.origin + '/callback',
    post_logout_redirect_uri: location.origin + '/',
    scope: 'openid profile email groups',
    loadUserInfo: true,
    automaticSilentRenew: false,
  });
  const show = (text) => { document.querySelector('#state').textContent = text; };
  if (location.pathname === '/callback') {
    manager.signinRedirectCallback().then((user) => show('in: ' + user.profile.name), (error) => show('error: ' + error.message));
  } else if (location.search.includes('state=')) {
    manager.signoutRedirectCallback().then(() => show('out'), (error) => show('error: ' + error.message));
  } else show('ready');`;

const html = `<!doctype html><title>App</title><p id="state"></p>
<script src="/library.js"></script><script src="/app.js"></script>`;

type User = {
  access_token: string;
  refresh_token?: string;
  id_token: string;
  expires_at: number;
  profile: Record<string, unknown>;
};

let postern: Postern;
let app: StaticApp;
let browser: Browser;
const contexts: { close(): Promise<void> }[] = [];

const state = (page: Page) => page.locator('#state');
/** `manager` is the app's UserManager; scripts are texts, since they belong to the page. */
const run = <Result>(page: Page, expression: string) => page.evaluate(expression) as Promise<Result>;

async function openApp(clientId: string): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  const page = await context.newPage();
  const settings = JSON.stringify({ authority: postern.issuer, client_id: clientId });
  await page.goto(`${app.origin}/#${encodeURIComponent(settings)}`);
  await expect.poll(() => state(page).textContent()).toBe('ready');
  return page;
}

async function signInAs(page: Page, username: string): Promise<User> {
  await run(page, 'void manager.signinRedirect()');
  await page.click(`[data-account="${username}"]`);
  await page.click('#consent-allow');
  await page.waitForURL(`${app.origin}/callback?*`);
  await expect.poll(() => state(page).textContent()).toMatch(/^(in|error): /);
  return run<User>(page, 'manager.getUser()');
}

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');

ifChromium('oidc-client-ts in Chromium', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    postern = await startPostern({ mode: 'dev', memory: true });
    app = await startStaticApp({
      '/': { body: html },
      '/callback': { body: html },
      '/app.js': { type: 'text/javascript', body: script },
      '/library.js': { type: 'text/javascript', body: library },
    });
    const page = { id: 'page', name: 'The page', tokenEndpointAuthMethod: 'none' } as const;
    const addresses = { redirectUris: [`${app.origin}/callback`], postLogoutRedirectUris: [`${app.origin}/`] };
    const grantTypes = ['authorization_code' as const, 'refresh_token' as const];
    await postern.clients.create({ ...page, ...addresses, grantTypes }, { by: { type: 'system' } });
    browser = await launchChromium();
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    await postern?.stop();
  });

  it('signs in, reads the claims of userinfo, refreshes and signs out', async () => {
    const page = await openApp('page');
    const user = await signInAs(page, 'alice');
    expect(user.profile).toMatchObject({
      iss: postern.issuer,
      ...{ aud: 'page', name: 'Alice Archer', email: 'alice@example.test', groups: ['admins', 'engineering'] },
    });
    expect(user.expires_at).toBeGreaterThan(Date.now() / 1000);

    const renewed = await run<User>(page, 'manager.signinSilent()');
    expect(renewed.access_token).not.toBe(user.access_token);
    expect(renewed.refresh_token).not.toBe(user.refresh_token);
    expect(renewed.profile.sub).toBe(user.profile.sub);

    await run(page, 'void manager.signoutRedirect({ state: "kept" })');
    await page.waitForURL(`${app.origin}/?state=*`);
    await expect.poll(() => state(page).textContent()).toBe('out');
    const headers = { authorization: `Bearer ${renewed.access_token}` };
    expect((await fetch(`${postern.issuer}/userinfo`, { headers })).status).toBe(401);
  });

  it('signs in without being registered', async () => {
    const page = await openApp('nobody-knows-me');
    const user = await signInAs(page, 'bob');
    expect(user.profile).toMatchObject({ name: 'Bob Brenner', aud: 'nobody-knows-me' });
    const renewed = await run<User>(page, 'manager.signinSilent()');
    expect(renewed.access_token).not.toBe(user.access_token);
  });

  it('revokes its tokens', async () => {
    const page = await openApp('page');
    const user = await signInAs(page, 'carol');
    await run(page, 'manager.revokeTokens()');
    const headers = { authorization: `Bearer ${user.access_token}` };
    expect((await fetch(`${postern.issuer}/userinfo`, { headers })).status).toBe(401);
  });

  it('is told that the person cancelled', async () => {
    const page = await openApp('page');
    await run(page, 'void manager.signinRedirect()');
    await page.click('#interaction-cancel');
    await page.waitForURL(`${app.origin}/callback?*`);
    await expect.poll(() => state(page).textContent()).toContain('the person cancelled the sign-in');
  });

  it('G15 a page of another origin reads the public documents and nothing else', async () => {
    const page = await openApp('page');
    const user = await signInAs(page, 'alice');
    await page.goto(`http://127.0.0.1:${app.port}/`);
    const reach = (path: string, init: object = {}) =>
      run<string>(
        page,
        `fetch('${postern.issuer}${path}', ${JSON.stringify(init)}).then((answer) => String(answer.status), () => 'refused')`,
      );
    const bearer = { headers: { authorization: `Bearer ${user.access_token}` } };
    expect(await reach('/.well-known/openid-configuration')).toBe('200');
    expect(await reach('/jwks')).toBe('200');
    expect(await reach('/userinfo', bearer)).toBe('refused');
    const form = `grant_type=refresh_token&client_id=page&refresh_token=${user.refresh_token}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await reach('/token', { method: 'POST', headers, body: form })).toBe('refused');
    await page.goto(`${app.origin}/`);
    expect(await reach('/userinfo', bearer)).toBe('200');
  });
});
