/** People in front of a real browser: a fresh profile each, and what the browser has refused to do for a page. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium } from './chromium.ts';

/** Registers the browser with the `describe` it is called in. A page that was refused anything fails its test. */
export function useBrowser() {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const refusals: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    expect(refusals.splice(0)).toEqual([]);
  });
  afterAll(() => browser?.close());

  return {
    async newPage(options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext(options);
      contexts.push(context);
      context.on('console', (message) => {
        if (/Content Security Policy|Refused to|Cross-Origin/i.test(message.text())) refusals.push(message.text());
      });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      return page;
    },
  };
}

/** Types a name and a password; in `dev` the form is folded away below the sample people. */
export async function typePassword(page: Page, username: string, password: string): Promise<void> {
  const fold = page.locator('details.fold:not([open]) summary');
  if ((await fold.count()) > 0) await fold.click();
  await page.fill('#username', username);
  await page.fill('#password', password);
  await page.click('#signin-submit');
}
