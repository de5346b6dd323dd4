/** What people do with Postern, from the first page to the last, in a real browser. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postern, startPostern } from '../../src/testing/testing.ts';
import { typePassword, useBrowser } from '../support/browsing.ts';
import { serve } from '../support/spawned.ts';
import { type StaticApp, startStaticApp } from '../support/static-app.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');

ifChromium('journeys in Chromium', { timeout: 60_000 }, () => {
  let postern: Postern;
  let app: StaticApp;
  const browser = useBrowser();

  beforeAll(async () => {
    const arrived = { body: '<!doctype html><title>App</title><h1>The app</h1>' };
    app = await startStaticApp({ '/': arrived, '/callback': arrived });
    postern = await startPostern({ mode: 'dev', memory: true });
    const addresses = { redirectUris: [`${app.origin}/callback`], postLogoutRedirectUris: [`${app.origin}/`] };
    const client = { id: 'shop', name: 'The shop', pkce: 'optional' } as const;
    await postern.clients.create({ ...client, ...addresses }, { by: { type: 'system' } });
  });
  afterAll(async () => {
    await app?.stop();
    await postern?.stop();
  });

  const authorizeUrl = (issuer: string, changes: Record<string, string> = {}): string => {
    const parameters = { client_id: 'shop', response_type: 'code', scope: 'openid profile email', state: 'a-state' };
    return `${issuer}/authorize?${new URLSearchParams({ ...parameters, redirect_uri: `${app.origin}/callback`, ...changes })}`;
  };

  /** What the app gets, once the browser is there. */
  async function answerAt(page: Page): Promise<Record<string, string>> {
    await page.waitForURL(`${app.origin}/callback?*`);
    return Object.fromEntries(new URL(page.url()).searchParams);
  }

  describe.each([true, false])('with JavaScript: %s', (javaScriptEnabled) => {
    it('from the start page over "try it" to the tokens, and once more as somebody else', async () => {
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(postern.issuer);
      await page.click('#try-it');
      await page.click('[data-account="alice"]');
      await page.click('#consent-allow');
      await page.waitForURL('**/start/done?*');
      expect(await page.textContent('h1')).toContain('Alice Archer');
      expect(await page.textContent('table')).toContain('alice@example.test');
      expect((await page.textContent('#id-token'))?.split('.')).toHaveLength(3);

      await page.click('#try-again');
      await page.click('[data-account="bob"]');
      await page.click('#consent-allow');
      await page.waitForURL('**/start/done?*');
      expect(await page.textContent('h1')).toContain('Bob Brenner');
    });

    it('a wrong password is told, and the right one goes on', async () => {
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(authorizeUrl(postern.issuer));
      await typePassword(page, 'carol', 'not-carol');
      expect(await page.textContent('#signin-error')).toContain('do not match');
      expect(await page.inputValue('#username')).toBe('carol');
      expect(await page.inputValue('#password')).toBe('');
      await typePassword(page, 'carol', 'carol');
      await page.click('#consent-allow');
      expect(await answerAt(page)).toMatchObject({ state: 'a-state', iss: postern.issuer, code: expect.any(String) });
    });

    it('who does not allow it goes back to the app with a refusal', async () => {
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(authorizeUrl(postern.issuer));
      await page.click('[data-account="alice"]');
      expect(await page.textContent('#consent-title')).toContain('The shop');
      await page.click('#interaction-cancel');
      const answer = await answerAt(page);
      expect(answer).toMatchObject({ error: 'access_denied', state: 'a-state', iss: postern.issuer });
      expect(answer).not.toHaveProperty('code');
    });

    it('signs out, over a page of our own, and lands at the app', async () => {
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(authorizeUrl(postern.issuer));
      await page.click('[data-account="alice"]');
      await page.click('#consent-allow');
      await answerAt(page);
      const logout = `${postern.issuer}/logout?client_id=shop&state=bye&post_logout_redirect_uri=${app.origin}/`;
      await page.goto(logout);
      await page.click('#logout-no');
      await page.waitForURL(`${app.origin}/`);
      await page.goto(authorizeUrl(postern.issuer, { prompt: 'none' }));
      expect(await answerAt(page)).toHaveProperty('code');

      await page.goto(logout);
      await page.click('#logout-app');
      await page.waitForURL(`${app.origin}/?state=bye`);
      await page.goto(authorizeUrl(postern.issuer, { prompt: 'none' }));
      // Still signed in, but this app has to ask again.
      expect(await answerAt(page)).toMatchObject({ error: 'consent_required' });

      await page.goto(logout);
      await page.click('#logout-yes');
      await page.waitForURL(`${app.origin}/?state=bye`);
      await page.goto(authorizeUrl(postern.issuer, { prompt: 'none' }));
      expect(await answerAt(page)).toMatchObject({ error: 'login_required' });
    });
  });

  it('signs out of Postern alone: the last page says so', async () => {
    const page = await browser.newPage();
    await page.goto(authorizeUrl(postern.issuer));
    await page.click('[data-account="bob"]');
    await page.click('#consent-allow');
    await answerAt(page);
    await page.goto(`${postern.issuer}/logout`);
    await page.click('#logout-yes');
    await page.waitForSelector('#logout-done');
  });

  it('who is disabled is refused, and the app is told', async () => {
    const page = await browser.newPage();
    await page.goto(authorizeUrl(postern.issuer));
    await page.click('[data-account="dave"]');
    expect(await answerAt(page)).toMatchObject({ error: 'access_denied', state: 'a-state' });
  });

  it('a page of a sign-in that is over leads nowhere', async () => {
    const page = await browser.newPage();
    await page.goto(authorizeUrl(postern.issuer));
    const signIn = page.url();
    await page.click('[data-account="alice"]');
    await page.waitForSelector('#consent-allow');
    const consent = page.url();
    await page.click('#consent-allow');
    await answerAt(page);
    for (const address of [signIn, consent]) {
      const response = await page.goto(address);
      expect(response?.status()).toBe(400);
      expect(await page.textContent('#error-reference')).toBeTruthy();
    }
  });

  it('speaks German when the app asks for it, from the first page to the last', async () => {
    const page = await browser.newPage({ locale: 'en-GB' });
    await page.goto(authorizeUrl(postern.issuer, { ui_locales: 'fr de' }));
    expect(await page.getAttribute('html', 'lang')).toBe('de');
    expect(await page.textContent('#signin-title')).toBe('Wer möchten Sie sein?');
    await typePassword(page, 'alice', 'wrong');
    expect(await page.textContent('#signin-error')).toContain('passen nicht zusammen');
    await page.click('[data-account="alice"]');
    expect(await page.textContent('#consent-title')).toContain('Darf The shop Ihr Konto verwenden?');
    await page.click('#consent-allow');
    await answerAt(page);
  });

  it('speaks the language of the browser, and the other one on request', async () => {
    const page = await browser.newPage({ locale: 'de-AT' });
    await page.goto(authorizeUrl(postern.issuer));
    expect(await page.getAttribute('html', 'lang')).toBe('de');
    await page.click('a[hreflang="en"]');
    expect(await page.textContent('#signin-title')).toBe('Who do you want to be?');
    await page.click('[data-account="alice"]');
    await page.click('#consent-allow');
    expect(await answerAt(page)).toHaveProperty('code');
  });

  it('an app that nobody registered signs in, and the secret it brings first is its own', async () => {
    const page = await browser.newPage();
    await page.goto(authorizeUrl(postern.issuer, { client_id: 'brought-along' }));
    expect(await page.textContent('main')).toContain('brought-along');
    await page.click('[data-account="bob"]');
    await page.click('#consent-allow');
    const { code = '' } = await answerAt(page);
    const redeem = (secret: string, form: Record<string, string>) =>
      fetch(`${postern.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`brought-along:${secret}`).toString('base64')}` },
        body: new URLSearchParams(form),
      });
    const redirect = { redirect_uri: `${app.origin}/callback` };
    const first = await redeem('my own secret', { grant_type: 'authorization_code', code, ...redirect });
    expect(first.status).toBe(200);
    const { refresh_token: refreshToken } = (await first.json()) as { refresh_token: string };
    const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken };
    expect((await redeem('another secret', refresh)).status).toBe(401);
    expect((await redeem('my own secret', refresh)).status).toBe(200);
  });

  it('a session survives that the server stops and starts', async () => {
    const first = await serve({ mode: 'dev' });
    const page = await browser.newPage();
    await page.goto(authorizeUrl(first.issuer, { client_id: 'stays' }));
    await page.click('[data-account="alice"]');
    await page.click('#consent-allow');
    await answerAt(page);
    first.kill('SIGTERM');
    expect((await first.ended).status).toBe(0);

    const second = await serve({ mode: 'dev', folder: first.folder, port: first.port });
    await page.goto(authorizeUrl(second.issuer, { client_id: 'stays', prompt: 'none' }));
    expect(await answerAt(page)).toHaveProperty('code');
    second.kill('SIGTERM');
    expect((await second.ended).status).toBe(0);
  });
});
