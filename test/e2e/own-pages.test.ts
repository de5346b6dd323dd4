/** The first administrator, an invitation and the page of one's own, in a real browser that asks nobody else for anything. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Postern, startPostern } from '../../src/testing/testing.ts';
import { typePassword, useBrowser } from '../support/browsing.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');
const first = 'an entirely different lantern nine';
const second = 'seven herons over the quiet moor';

ifChromium('pages of one’s own in Chromium', { timeout: 60_000 }, () => {
  let postern: Postern;
  const browser = useBrowser();
  const elsewhere: string[] = [];

  beforeAll(async () => {
    postern = await startPostern();
  });
  afterAll(async () => {
    await postern?.stop();
    expect(elsewhere).toEqual([]);
  });

  /** A browser that notes whatever a page asks of another host. */
  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== postern.issuer) elsewhere.push(request.url());
    });
    return page;
  }
  async function choose(page: Page, password: string, repeat = password): Promise<void> {
    await page.fill('#password', password);
    await page.fill('#repeat', repeat);
    await page.click('#link-submit');
  }

  it('M06 G14 makes the first administrator, who signs in to administer', async () => {
    const { token } = await postern.accounts.issueSetupLink({ by: { type: 'system' } });
    const page = await newPage({ javaScriptEnabled: false });
    await page.goto(`${postern.issuer}/link?token=${token}`);
    expect(page.url()).toBe(`${postern.issuer}/link`);
    await page.fill('#username', 'root');
    await page.fill('#name', 'The First');
    await choose(page, 'fifteen letters', 'fifteen lettres');
    expect(await page.textContent('#repeat-error')).toContain('not the same');
    expect(await page.inputValue('#username')).toBe('root');
    await choose(page, first);
    await page.waitForSelector('#link-done');
    await page.click('#link-sign-in');
    await typePassword(page, 'root', first);
    await page.waitForURL(`${postern.issuer}/admin`);
    expect(await page.textContent('.me')).toContain('The First');
    await page.goto(`${postern.issuer}/link?token=${token}`);
    await page.waitForSelector('#link-dead');
  });

  it.each([true, false])(
    'an invited person comes in, changes what is theirs and signs other devices out; script: %s',
    async (javaScriptEnabled) => {
      const { accounts } = postern;
      const username = `mara${javaScriptEnabled}`;
      const { id } = await accounts.create({ username }, { by: { type: 'operator' } });
      const { token } = await accounts.issueLink(id, { by: { type: 'operator' } });
      const page = await newPage({ javaScriptEnabled, locale: 'de-DE', viewport: { width: 390, height: 800 } });
      await page.goto(`${postern.issuer}/link?token=${token}`);
      expect(await page.textContent('#link-title')).toContain('Willkommen');
      await choose(page, first);
      await page.click('#link-sign-in');
      await typePassword(page, username, first);
      await page.waitForURL(`${postern.issuer}/account`);
      await page.fill('#name', 'Mara Lindqvist');
      await page.selectOption('#locale', 'sv');
      await page.click('#profile-submit');
      expect(await page.textContent('#done')).toContain('gespeichert');
      expect(await page.textContent('#own-title')).toBe('Mara Lindqvist');

      const phone = await newPage({ javaScriptEnabled });
      await phone.goto(`${postern.issuer}/account`);
      await typePassword(phone, username, first);
      await phone.waitForSelector('#own-title');

      await page.fill('#current', 'not the password');
      await page.fill('#password', second);
      await page.fill('#repeat', second);
      await page.click('#password-submit');
      expect(await page.textContent('#current-error')).toContain('nicht Ihr aktuelles Passwort');
      await page.fill('#current', first);
      await page.fill('#password', second);
      await page.fill('#repeat', second);
      await page.click('#password-submit');
      expect(await page.textContent('#done')).toContain('Ihr Passwort ist geändert');
      await phone.reload();
      await phone.waitForSelector('#signin-title');
      await typePassword(phone, username, second);
      await phone.waitForSelector('#own-title');

      await page.reload();
      await page.click('#end-others');
      expect(await page.textContent('#done')).toContain('Überall sonst');
      await phone.reload();
      await phone.waitForSelector('#signin-title');
      await page.click('header .button');
      await page.waitForURL(`${postern.issuer}/logout/success`);
    },
  );
});
