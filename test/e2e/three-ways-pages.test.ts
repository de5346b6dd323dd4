/**
 * The first of the three ways of README, with pages alone: from an empty directory and the link of the first start to "bob,
 * in group engineering, signs in to my app, carol may not, and both attempts are in the log". The others: three-ways.test.ts.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { typePassword, useBrowser } from '../support/browsing.ts';
import { type Outcome, type RelyingApp, startRelyingApp } from '../support/relying-app.ts';
import { serve } from '../support/spawned.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');
const passwords = {
  ada: 'a lantern of nine entirely different hues',
  bob: 'an entirely different lantern nine',
  carol: 'seven herons over the quiet moor',
};

ifChromium('an app for engineering alone, with pages', { timeout: 60_000 }, () => {
  let app: RelyingApp;
  const browser = useBrowser();
  beforeAll(async () => {
    app = await startRelyingApp();
  });
  afterAll(() => app?.stop());

  /** A person opens a link in a browser of their own and chooses a password; leaves the page that says it is done. */
  async function choosePassword(link: string, username: keyof typeof passwords): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(link);
    if (await page.isVisible('#username')) await page.fill('#username', username);
    await page.fill('#password', passwords[username]);
    await page.fill('#repeat', passwords[username]);
    await page.click('#link-submit');
    await page.waitForSelector('#link-done');
    return page;
  }

  /** Adds an account; the link that is shown once. */
  async function addAccount(page: Page, username: string, group?: string): Promise<string> {
    await page.click('nav a[href="/admin/accounts"]');
    await page.click('a[href="/admin/accounts/new"]');
    await page.fill('#username', username);
    if (group) await page.getByLabel(group, { exact: true }).check();
    await page.click('main form .primary');
    return (await page.textContent('#shown-once')) ?? '';
  }

  async function addGroup(page: Page, name: string): Promise<void> {
    await page.click('nav a[href="/admin/groups"]');
    await page.click('a[href="/admin/groups/new"]');
    await page.fill('#name', name);
    await page.click('main form .primary');
    await page.waitForSelector('.ok.notice');
  }

  /** Adds a web client that one group may use; its secret. */
  async function addClient(page: Page, id: string, group: string): Promise<string> {
    await page.click('nav a[href="/admin/clients"]');
    await page.click('a[href="/admin/clients/new"]');
    await page.click('button[value="web"]');
    await page.fill('#id', id);
    await page.fill('#redirectUris', app.redirectUri);
    await page.check('#access-groups');
    await page.getByLabel(group, { exact: true }).check();
    await page.click('main form .primary');
    return (await page.textContent('#shown-once')) ?? '';
  }

  async function outcomeAt(page: Page): Promise<Outcome> {
    await page.waitForURL(`${app.origin}/callback?*`);
    return JSON.parse((await page.textContent('#outcome')) ?? '');
  }

  it('from the link of the first start to the two attempts in the log', async () => {
    const server = await serve();
    const [, link = ''] = /Create the first administrator: (\S+)/.exec(server.written.out) ?? [];
    const admin = await choosePassword(link, 'ada');
    await admin.click('#link-sign-in');
    await typePassword(admin, 'ada', passwords.ada);
    await admin.waitForURL(`${server.issuer}/admin`);

    await addGroup(admin, 'engineering');
    const forBob = await addAccount(admin, 'bob', 'engineering');
    const forCarol = await addAccount(admin, 'carol');
    const secret = await addClient(admin, 'my-app', 'engineering');
    app.use({ issuer: server.issuer, id: 'my-app', secret });

    await choosePassword(forBob, 'bob');
    const bob = await browser.newPage();
    await bob.goto(`${app.origin}/login`);
    await typePassword(bob, 'bob', passwords.bob);
    await bob.click('#consent-allow');
    expect(await outcomeAt(bob)).toMatchObject({ claims: { preferred_username: 'bob', groups: ['engineering'] } });

    // Whoever has just chosen a password is not signed in by that.
    const carol = await choosePassword(forCarol, 'carol');
    await carol.goto(`${app.origin}/login`);
    await typePassword(carol, 'carol', passwords.carol);
    expect(await carol.textContent('#access-title')).toContain('my-app');
    await carol.click('#interaction-cancel');
    expect(await outcomeAt(carol)).toMatchObject({ error: 'access_denied' });

    await admin.click('nav a[href="/admin/audit"]');
    await admin.fill('#client', 'my-app');
    await admin.click('main form button[type="submit"]');
    const rows = (await admin.locator('tbody tr').allTextContents()).map((row) => row.replace(/\s+/g, ' '));
    expect(rows.find((row) => row.includes('token.issued'))).toContain('bob');
    expect(rows.find((row) => row.includes('access.refused'))).toContain('carol');
    expect(rows.filter((row) => row.includes('signin.succeeded'))).toHaveLength(2);
    expect(rows.filter((row) => !row.includes('my-app'))).toEqual([]);
  });
});
