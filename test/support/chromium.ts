/** A real Chromium for tests, driven through playwright-core: no download, no look-ups outside the machine. */
import { type Browser, chromium as playwright } from 'playwright-core';
import { chromium } from './system-packages.ts';

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Everything but this machine is unreachable, so a page that asks for a third party fails at once.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
];

/** A headless browser; make a context per test (`browser.newContext()`), and close the browser in `afterAll`. */
export function launchChromium(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return playwright.launch({ executablePath: chromium(), args: [...flags, ...sandbox] });
}
