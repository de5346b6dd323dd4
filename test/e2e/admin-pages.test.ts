/** Every page of the route table with real rows, in Chromium: accessible, nothing sideways or cut off, nothing refused. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useBrowser } from '../support/browsing.ts';
import { createStage } from '../support/door-stage.ts';
import { createFurnished, type Furnished } from '../support/furnished.ts';
import { signedIn } from '../support/own-cookies.ts';
import { isPage, listPages, type PageAddress, type Viewer } from '../support/page-addresses.ts';
import { complaintsOf, violationsOf } from '../support/page-checks.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');
const small = { width: 390, height: 800 };
const wide = { width: 1280, height: 800 };

ifChromium('pages with real rows in Chromium', { timeout: 180_000 }, () => {
  let house: Furnished;
  let pages: PageAddress[];
  const viewers = new Map<Viewer, BrowserContextOptions>();
  const browser = useBrowser();

  beforeAll(async () => {
    house = await createFurnished();
    pages = listPages(house);
    const { people, auditor } = house;
    viewers.set('admin', signedIn(await house.at('/admin', people.admin)));
    viewers.set('auditor', signedIn(await house.at('/admin', auditor)));
    viewers.set('person', signedIn(await house.at('/account', people.alice)));
    viewers.set('nobody', {});
  });
  afterAll(() => house?.stop());

  /** What is wrong with the page that is open, which was not asked for by its address. */
  async function wrongWith(page: Page): Promise<string[]> {
    const sideways = Number(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'));
    return [...(sideways > 0 ? [`${sideways} pixels too wide`] : []), ...(await violationsOf(page))];
  }

  // Contrast depends on the theme and width on the layout: axe looks at each of the four once, the browser at all pairs.
  it.each([
    { viewport: small, colorScheme: 'light', locale: 'de', withAxe: true },
    { viewport: wide, colorScheme: 'dark', locale: 'en', withAxe: true },
    { viewport: small, colorScheme: 'dark', locale: 'en', withAxe: false },
    { viewport: wide, colorScheme: 'light', locale: 'de', withAxe: false },
  ] as const)('G10 G14 $viewport.width pixels, $colorScheme, $locale', async ({ withAxe, ...look }) => {
    const open = new Map<Viewer, Page>();
    for (const [viewer, cookies] of viewers) open.set(viewer, await browser.newPage({ ...look, ...cookies }));
    const found: string[] = [];
    for (const { path, viewer } of pages) {
      const page = open.get(viewer) as Page;
      const complaints = await complaintsOf(page, new URL(path, house.issuer).href);
      if (withAxe) complaints.push(...(await violationsOf(page)));
      found.push(...complaints.map((complaint) => `${viewer} ${path}: ${complaint}`));
      const locale = path.includes('ui_locales=de') ? 'de' : look.locale;
      expect([path, await page.getAttribute('html', 'lang')]).toEqual([path, locale]);
    }
    expect(found).toEqual([]);
  });

  it('are accessible where a form is answered: what is wrong, and what is shown once', async () => {
    const page = await browser.newPage({ ...viewers.get('admin'), viewport: small });
    const answers: [path: string, fields: Record<string, string>, shows: string][] = [
      ['/admin/accounts/new', { username: 'alice', email: 'mara@example.test' }, '#username-error'],
      ['/admin/accounts/new', { username: 'm'.repeat(64), name: 'M'.repeat(64) }, '#shown-once'],
      ['/admin/groups/new', { name: 'two words' }, '#name-error'],
      ['/admin/groups/new', { name: 'crew' }, '.ok.notice'],
      ['/admin/attributes/new', { name: 'Capital' }, '#name-error'],
      ['/admin/clients/new?kind=web', { id: 'wiki', redirectUris: 'ftp://wiki\nnot a uri' }, '#redirectUris-error'],
      ['/admin/clients/new?kind=web', { id: 'wiki', redirectUris: 'https://wiki.example/cb' }, '#shown-once'],
      ['/admin/api-keys/new', { name: 'k'.repeat(64) }, '#scopes-error'],
      ['/admin/keys', { reason: 'r'.repeat(201) }, '#reason-error'],
      ['/admin/keys', { reason: 'spring' }, '.ok.notice'],
    ];
    const found: string[] = [];
    for (const [path, fields, shows] of answers) {
      await page.goto(`${house.issuer}${path}`);
      for (const [name, value] of Object.entries(fields)) await page.fill(`#${name}`, value);
      await page.click('main form .button.primary');
      await page.waitForSelector(shows);
      found.push(...(await wrongWith(page)).map((wrong) => `${path} with ${shows}: ${wrong}`));
    }
    expect(found).toEqual([]);
  });
});

ifChromium('pages of an empty house in Chromium', { timeout: 60_000 }, () => {
  const browser = useBrowser();

  it('say what will stand there', async () => {
    const stage = await createStage({ mode: 'serve' });
    const { db, issuer } = stage.postern;
    const at = await stage.at('/admin', stage.people.admin);
    for (const table of ['clients', 'api_keys', 'audit_events', 'attributes']) await db.run(`DELETE FROM ${table}`);
    await db.run('DELETE FROM groups WHERE name <> ?', ['admins']);
    const page = await browser.newPage({ ...signedIn(at), viewport: small });
    const lists = stage.routes.filter((route) => isPage(route) && /^\/admin(\/[a-z-]+)?$/.test(route.path));
    const found: string[] = [];
    for (const { path } of lists) {
      const wrong = [...(await complaintsOf(page, `${issuer}${path}`)), ...(await violationsOf(page))];
      found.push(...wrong.map((complaint) => `${path}: ${complaint}`));
    }
    for (const path of ['/admin/clients', '/admin/attributes', '/admin/api-keys', '/admin/audit']) {
      await page.goto(`${issuer}${path}`);
      expect([path, await page.locator('.empty').count()]).toEqual([path, 1]);
    }
    expect(lists.length).toBeGreaterThan(7);
    expect(found).toEqual([]);
    await stage.stop();
  });
});
