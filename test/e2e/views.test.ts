/** Every page as a person meets it, in Chromium under the strict policy: accessible, nothing sideways, nothing refused. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createViews, type Locale, type ViewName } from '../../src/http/views.ts';
import { launchChromium } from '../support/chromium.ts';
import { complaintsOf, violationsOf } from '../support/page-checks.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';
import { sampleNow, viewSamples } from '../support/view-samples.ts';

const policy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const views = createViews({
  brand: { name: 'Harbour Lane', accent: '#7a1f5c', helpUrl: 'mailto:help@example.test' },
  mode: 'dev',
  cache: true,
  clock: { now: () => sampleNow },
});

/** One page per request: /<view>?variant=…&locale=…, and with `&go` the page that goes on by itself may do so. */
function answer(path: string): { type: string; body: string | Buffer; policy?: string } {
  const url = new URL(path, 'http://localhost');
  const asset = views.assets.get(url.pathname);
  if (asset) return { ...asset, policy };
  const model = viewSamples[url.pathname.slice(1) as ViewName]?.[url.searchParams.get('variant') ?? ''];
  if (!model) return { type: 'text/plain', body: 'arrived' };
  const page = { locale: url.searchParams.get('locale') as Locale, path };
  const html = views.render(url.pathname.slice(1) as ViewName, model as never, page);
  const stays = !url.searchParams.has('go');
  return {
    type: 'text/html; charset=utf-8',
    // The frames of a sign-out open what no page of ours is: the answer above.
    policy: html.includes('<iframe ') ? `${policy}; frame-src 'self'` : policy,
    body: stays ? html.replace(/<meta http-equiv="refresh"[^>]*>/, '') : html,
  };
}

let server: Server;
let browser: Browser;
let address: string;

const pages = (Object.keys(viewSamples) as ViewName[]).flatMap((name) =>
  Object.keys(viewSamples[name]).map((variant) => ({ name, variant })),
);
/** Variants that differ from another one in words only; axe has seen their structure there. */
const inWordsOnly =
  /^(explained (?!redirect_uri|parameter)|done (?!saved)|given up after (?!404)|not told: (?!gone)|sign-out|expired|form|invalid|forbidden|not-found|unavailable|used|unknown|throttled|(pending )?in dev|all on their way|of no client)/;

const addressOf = ({ name, variant }: (typeof pages)[number], locale: Locale) =>
  `${address}/${name}?${new URLSearchParams({ variant, locale })}`;

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');

ifChromium('pages in Chromium', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/favicon.ico') return response.writeHead(404).end();
      const { type, body, policy: asked } = answer(request.url ?? '/');
      if (asked !== undefined) response.setHeader('content-security-policy', asked);
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  // At 640 pixels a table is as narrow as it gets before its rows become cards.
  it.each([
    { widths: [320], locale: 'en' },
    { widths: [320, 640], locale: 'de' },
  ] as const)(
    'G10 G14 fit $widths pixels and load nothing that the policy refuses: $locale',
    async ({ widths, locale }) => {
      const page = await browser.newPage();
      for (const sample of pages) {
        const path = addressOf(sample, locale);
        expect(await complaintsOf(page, path, widths), path).toEqual([]);
      }
      await page.close();
    },
  );

  // Pages of /admin and /account are met at 1280 pixels with real rows: admin-pages.test.ts.
  it.each([
    { width: 390, colorScheme: 'light', locale: 'de', elsewhere: /^$/ },
    { width: 1280, colorScheme: 'dark', locale: 'en', elsewhere: /^(admin|account)\// },
  ] as const)('are accessible at $width pixels, $colorScheme, $locale', async ({ elsewhere, width, ...look }) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: look.colorScheme });
    const own = pages.filter(({ name, variant }) => !elsewhere.test(name) && !inWordsOnly.test(variant));
    for (const sample of own) {
      const path = addressOf(sample, look.locale);
      expect(await complaintsOf(page, path), path).toEqual([]);
      expect(await violationsOf(page), path).toEqual([]);
    }
    await page.close();
  });

  it('go on by themselves without script, to the exact address', async () => {
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.goto(`${address}/interaction/continue?variant=signed+in&locale=en&go`);
    await page.waitForURL(`${address}/authorize/kq3nV8dZ?a=1&b=2`);
    await page.close();
  });
});
