/** Front-channel logout in a real browser: apps on other ports of localhost, which are the same site and another origin. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { useBrowser } from '../../support/browsing.ts';
import { type CookieApp, startCookieApp } from '../../support/cookie-app.ts';
import { violationsOf } from '../../support/page-checks.ts';
import { chromium, skipUnless } from '../../support/system-packages.ts';

skipUnless(chromium(), 'apt-get install chromium')('front-channel logout in a browser', { timeout: 60_000 }, () => {
  const people = useBrowser();
  let postern: Postern;
  let [one, two, hanging]: CookieApp[] = [];
  let violations: string[];

  beforeAll(async () => {
    postern = await startPostern({ mode: 'dev', memory: true });
    [one, two, hanging] = [await startCookieApp(), await startCookieApp(), await startCookieApp({ hangs: true })];
    for (const [id, app] of Object.entries({ one, two, hanging })) await register(id, app as CookieApp);
  });
  afterAll(async () => {
    for (const app of [one, two, hanging]) await app?.stop();
    await postern?.stop();
  });
  beforeEach(() => {
    violations = [];
    for (const app of [one, two, hanging]) if (app) app.told.length = 0;
  });
  afterEach(() => expect(violations).toEqual([]));

  const register = (id: string, { origin }: CookieApp) =>
    postern.clients.create(
      {
        ...{
          id,
          name: `App ${id}`,
          pkce: 'optional',
          firstParty: true,
          frontchannelLogoutUri: `${origin}/signout?a=1`,
        },
        ...{ redirectUris: [`${origin}/cb`], postLogoutRedirectUris: [`${origin}/bye`] },
      },
      { by: { type: 'system' } },
    );

  async function newPage(options: Parameters<typeof people.newPage>[0] = {}): Promise<Page> {
    const page = await people.newPage(options);
    await page.exposeFunction('reportViolation', (text: string) => violations.push(text));
    await page.addInitScript(`document.addEventListener('securitypolicyviolation',
      (event) => reportViolation(event.violatedDirective + ' ' + event.blockedURI))`);
    return page;
  }

  /** Alice signs in to these apps, one after the other. */
  async function signIn(page: Page, apps: Record<string, CookieApp | undefined>): Promise<void> {
    for (const [id, app] of Object.entries(apps)) {
      const request = { client_id: id, redirect_uri: `${app?.origin}/cb`, response_type: 'code', scope: 'openid' };
      await page.goto(`${postern.issuer}/authorize?${new URLSearchParams(request)}`);
      if (await page.isVisible('#signin-title')) await page.click('[data-account="alice"]');
      await page.waitForURL(`${app?.origin}/cb?*`);
    }
  }
  const leaveFor = (app: string, origin: string | undefined) =>
    `${postern.issuer}/logout?${new URLSearchParams({ client_id: app, post_logout_redirect_uri: `${origin}/bye` })}`;
  const cookieOf = async (page: Page, app: CookieApp | undefined) =>
    (await page.context().cookies(app?.origin)).some(({ name }) => name === app?.cookieName);

  it('each app gets the request with iss, sid and its own cookie, ends its sign-in, and cannot break out of its frame', async () => {
    const page = await newPage();
    await signIn(page, { one, two });
    expect([await cookieOf(page, one), await cookieOf(page, two)]).toEqual([true, true]);
    await page.goto(leaveFor('one', one?.origin));
    await page.click('#logout-yes');
    // Without a click, and not before the others had their time.
    await page.waitForURL(`${postern.issuer}/logout/success`);
    expect(await page.textContent('#told-here')).toContain('cookie rules');
    await page.waitForURL(`${one?.origin}/bye`);
    const sids = [one, two].map((app) => {
      expect(app?.told).toHaveLength(1);
      const [told] = app?.told ?? [];
      expect(told?.parameters).toEqual({ a: '1', iss: postern.issuer, sid: expect.stringMatching(/^[\w-]{20,}$/) });
      expect(told?.cookie).toContain(`${app?.cookieName}=1`);
      expect(told?.referer).toBeUndefined();
      return told?.parameters.sid;
    });
    expect(sids[0]).not.toBe(sids[1]);
    expect([await cookieOf(page, one), await cookieOf(page, two)]).toEqual([false, false]);
    await page.goto(`${two?.origin}/signout-is-over`);
  });

  it('an app that never answers holds nobody up, with and without JavaScript', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const page = await people.newPage({ javaScriptEnabled });
      await signIn(page, { hanging, one });
      await page.goto(leaveFor('one', one?.origin));
      await page.click('#logout-yes');
      await page.waitForURL(`${one?.origin}/bye`, { timeout: 12_000 });
      expect(hanging?.told).toHaveLength(1);
      expect(one?.told).toHaveLength(1);
      for (const app of [one, hanging]) if (app) app.told.length = 0;
    }
  });

  it('who does not want to wait takes the link', async () => {
    const page = await newPage();
    await signIn(page, { one });
    await page.goto(leaveFor('one', one?.origin));
    await page.click('#logout-yes');
    await page.click('#continue-link');
    await page.waitForURL(`${one?.origin}/bye`);
  });

  it('who needs longer to read it stops it', async () => {
    const page = await newPage();
    await signIn(page, { one });
    await page.goto(leaveFor('one', one?.origin));
    await page.click('#logout-yes');
    await page.click('#stay-here');
    await page.waitForURL(`${postern.issuer}/logout/success?stay=1`);
    expect(await page.isVisible('#stay-here')).toBe(false);
    expect(await page.getAttribute('#continue-link', 'href')).toBe(`${one?.origin}/bye`);
    await expect.poll(() => one?.told.length).toBeGreaterThan(0);
    expect(page.url()).toBe(`${postern.issuer}/logout/success?stay=1`);
  });

  it('the last page stays where it is, tells the apps and names the way back', async () => {
    const page = await newPage();
    await signIn(page, { one, two });
    await page.goto(`${postern.issuer}/logout`);
    expect(await page.textContent('#logout-apps')).toContain('App two');
    await page.click('#logout-yes');
    await page.waitForSelector('#logout-done');
    await expect.poll(() => [one?.told.length, two?.told.length]).toEqual([1, 1]);
    await expect.poll(() => cookieOf(page, two)).toBe(false);
    expect(page.url()).toBe(`${postern.issuer}/logout/success`);
    expect(await page.getByRole('link', { name: 'App one' }).getAttribute('href')).toBe(`${one?.origin}/`);
  });

  describe.each([
    { width: 390, colorScheme: 'light', locale: 'de' },
    { width: 1280, colorScheme: 'dark', locale: 'en' },
  ] as const)('at $width pixels, $colorScheme, $locale', ({ width, ...look }) => {
    it('G10 every page of a sign-out is accessible, frames and all', async () => {
      const page = await newPage({ viewport: { width, height: 800 }, ...look });
      await signIn(page, { one, two });
      await page.goto(`${leaveFor('one', one?.origin)}&ui_locales=${look.locale}`);
      expect(await violationsOf(page)).toEqual([]);
      await page.click('#logout-app');
      await page.waitForSelector('#continue-link');
      expect(await violationsOf(page)).toEqual([]);
      await page.waitForURL(`${one?.origin}/bye`);
      await page.goto(`${postern.issuer}/logout`);
      await page.click('#logout-yes');
      await page.waitForSelector('#logout-done');
      await expect.poll(() => two?.told.length).toBe(1);
      expect(await violationsOf(page)).toEqual([]);
      // Nothing of a frame can be reached, by Tab or by a reader.
      for (let step = 0; step < 12; step++) await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.tagName')).not.toBe('IFRAME');
      await page.goto(`${postern.issuer}/logout/success?client_id=one`);
      expect(await violationsOf(page)).toEqual([]);
    });
  });
});
