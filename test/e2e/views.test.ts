/** Every page as a person meets it, in Chromium under the strict policy: accessible, nothing sideways, nothing refused. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, ConsoleMessage, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createViews, type Locale, type ViewName } from '../../src/http/views.ts';
import { launchChromium } from '../support/chromium.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';
import { sampleNow, viewSamples } from '../support/view-samples.ts';

const policy =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const views = createViews({
  brand: { name: 'Harbour Lane', accent: '#7a1f5c', helpUrl: 'mailto:help@example.test' },
  mode: 'dev',
  cache: true,
  clock: { now: () => sampleNow },
});

/** One page per request: /<view>?variant=…&locale=…, and with `&go` the page that goes on by itself may do so. */
function answer(path: string): { type: string; body: string | Buffer } {
  const url = new URL(path, 'http://localhost');
  const asset = views.assets.get(url.pathname);
  if (asset) return asset;
  const model = viewSamples[url.pathname.slice(1) as ViewName]?.[url.searchParams.get('variant') ?? ''];
  if (!model) return { type: 'text/plain', body: 'arrived' };
  const page = { locale: url.searchParams.get('locale') as Locale, path };
  const html = views.render(url.pathname.slice(1) as ViewName, model as never, page);
  const stays = !url.searchParams.has('go');
  return {
    type: 'text/html; charset=utf-8',
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
  /^(explained (?!redirect_uri|parameter)|sign-out|expired|form|invalid|forbidden|not-found|unavailable|used|unknown|throttled)/;

/** What a strict browser and a narrow window have against the page that is open. */
async function complaintsOf(page: Page, path: string) {
  const complaints: string[] = [];
  const onConsole = (message: ConsoleMessage) => complaints.push(message.text());
  const onRequest = (request: Request) => {
    if (!request.url().startsWith(address)) complaints.push(`asks ${request.url()}`);
  };
  page.on('console', onConsole).on('request', onRequest);
  await page.goto(`${address}${path}`);
  const sideways = Number(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'));
  if (sideways > 0) complaints.push(`${sideways} pixels too wide`);
  page.off('console', onConsole).off('request', onRequest);
  return complaints;
}

/** What axe has against it. It comes through the debugger, which the policy does not hold back: pages run no script. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const result = (await page.evaluate('axe.run()')) as {
    passes: unknown[];
    violations: { id: string; nodes: { html: string }[] }[];
  };
  expect(result.passes.length).toBeGreaterThan(10);
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

const pathOf = ({ name, variant }: (typeof pages)[number], locale: Locale) =>
  `/${name}?${new URLSearchParams({ variant, locale })}`;

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');

ifChromium('pages in Chromium', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/favicon.ico') return response.writeHead(404).end();
      const { type, body } = answer(request.url ?? '/');
      response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each(['en', 'de'] as const)(
    'G10 G14 fit 320 pixels and load nothing that the policy refuses: %s',
    async (locale) => {
      const page = await browser.newPage({ viewport: { width: 320, height: 800 } });
      for (const sample of pages) {
        const path = pathOf(sample, locale);
        expect(await complaintsOf(page, path), path).toEqual([]);
      }
      await page.close();
    },
  );

  it.each([
    { width: 390, colorScheme: 'light', locale: 'de' },
    { width: 1280, colorScheme: 'dark', locale: 'en' },
  ] as const)('are accessible at $width pixels, $colorScheme, $locale', async ({ width, colorScheme, locale }) => {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    for (const sample of pages.filter(({ variant }) => !inWordsOnly.test(variant))) {
      const path = pathOf(sample, locale);
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
