/** What a strict browser, a narrow window and axe-core have against a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ConsoleMessage, Page, Request } from 'playwright-core';
import { expect } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Cards cut off what is wider than they are, so it does not make the page wider. */
const clipped = `[...document.querySelectorAll('.card, .table-box')]
  .filter((box) => box.scrollWidth > box.clientWidth)
  .map((box) => 'cut off: ' + box.textContent.trim().slice(0, 40))`;
/**
 * Opens a page; says what the console says, what is asked of another origin, what is cut off, and how far it goes sideways.
 * The status of the page itself is no complaint: a page may well be the answer to something wrong. With `widths` it is
 * looked at in a window of each.
 */
export async function complaintsOf(page: Page, address: string, widths: readonly number[] = []): Promise<string[]> {
  const said: ConsoleMessage[] = [];
  const asked: string[] = [];
  const { origin } = new URL(address);
  const onConsole = (message: ConsoleMessage) => said.push(message);
  const onRequest = (request: Request) => asked.push(request.url());
  page.on('console', onConsole).on('request', onRequest);
  await page.goto(address);
  const found = widths.length === 0 ? await misfitsOf(page) : [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    found.push(...(await misfitsOf(page)).map((misfit) => `at ${width}: ${misfit}`));
  }
  page.off('console', onConsole).off('request', onRequest);
  const isItsStatus = (message: ConsoleMessage): boolean =>
    message.text().startsWith('Failed to load resource') && message.location().url === page.url();
  return [
    ...said.filter((message) => !isItsStatus(message) && !isOwnFrame(message)).map((message) => message.text()),
    ...asked.filter((url) => !url.startsWith(`${origin}/`)).map((url) => `asks ${url}`),
    ...found,
  ];
}

async function misfitsOf(page: Page): Promise<string[]> {
  const sideways = Number(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'));
  const cutOff = (await page.evaluate(clipped)) as string[];
  return [...(sideways > 0 ? [`${sideways} pixels too wide`] : []), ...cutOff];
}

/** Chromium's warning for a frame that begins with a document of ours, without script, and then opens an app's. */
const isOwnFrame = (message: ConsoleMessage): boolean =>
  message.text().startsWith('An iframe which has both allow-scripts and allow-same-origin');

/** What axe has against it. It comes through the debugger, which the policy does not hold back: pages run no script. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const result = (await page.evaluate("axe.run({ resultTypes: ['violations'], preload: false })")) as {
    passes: unknown[];
    violations: { id: string; nodes: { html: string }[] }[];
  };
  expect(result.passes.length).toBeGreaterThan(10);
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
