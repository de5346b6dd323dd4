/** The demo app, started as its users start it, in a real browser. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFreePort } from '../../src/testing/free-port.ts';
import { type Postern, startPostern } from '../../src/testing/testing.ts';
import { useBrowser } from '../support/browsing.ts';
import { spawnNode } from '../support/spawned.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';

const program = fileURLToPath(new URL('../../demo/app.mjs', import.meta.url));
const ifChromium = skipUnless(chromium(), 'apt-get install chromium');

ifChromium('the demo app', { timeout: 60_000 }, () => {
  let postern: Postern;
  const browser = useBrowser();
  beforeAll(async () => {
    postern = await startPostern({ mode: 'dev', memory: true });
  });
  afterAll(() => postern?.stop());

  async function startDemo(env: Record<string, string> = {}) {
    const port = String(await findFreePort());
    const demo = spawnNode([program], { env: { ISSUER: postern.issuer, PORT: port, ...env } });
    await demo.saying('Demo app on');
    return { ...demo, origin: `http://localhost:${port}` };
  }

  it.each<{ name: string; env: Record<string, string> }>([
    { name: 'as the sample client', env: {} },
    { name: 'as a client of its own that nobody registered', env: { CLIENT_ID: 'demo-app', CLIENT_SECRET: '' } },
  ])('signs a person in and out: $name', async ({ env }) => {
    const demo = await startDemo(env);
    const page = await browser.newPage();
    await page.goto(demo.origin);
    await page.click('#login');
    await page.click('[data-account="alice"]');
    await page.click('#consent-allow');
    await page.waitForURL(`${demo.origin}/`);
    expect(await page.textContent('h1')).toBe('Hello, Alice Archer');
    expect(await page.textContent('dl')).toContain('alice@example.test');
    demo.kill('SIGTERM');
    expect((await demo.ended).status).toBe(0);
    expect(demo.written.err).toBe('');
  });

  it('signs out and is back at the app, which then asks again', async () => {
    const demo = await startDemo();
    const page = await browser.newPage();
    await page.goto(`${demo.origin}/login`);
    await page.click('[data-account="bob"]');
    await page.click('#consent-allow');
    await page.waitForURL(`${demo.origin}/`);
    await page.click('#logout');
    await page.waitForSelector('#login');
    expect(page.url()).toBe(`${demo.origin}/`);
    await page.click('#login');
    await page.waitForSelector('[data-account="bob"]');
  });

  it('hears of a sign-out elsewhere, and believes nobody but the issuer', async () => {
    const demo = await startDemo();
    const uri = `${demo.origin}/backchannel-logout`;
    await postern.clients.update('demo', { backchannelLogoutUri: uri }, { by: { type: 'operator' } });
    const page = await browser.newPage();
    await page.goto(`${demo.origin}/login`);
    await page.click('[data-account="carol"]');
    await page.click('#consent-allow');
    await page.waitForURL(`${demo.origin}/`);
    for (const token of ['', 'x.y.z', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`]) {
      const body = new URLSearchParams({ logout_token: token });
      expect((await fetch(uri, { method: 'POST', body })).status).toBe(400);
    }
    await page.reload();
    expect(await page.textContent('h1')).toContain('Carol');

    const elsewhere = await page.context().newPage();
    await elsewhere.goto(`${postern.issuer}/logout`);
    await elsewhere.click('#logout-yes');
    await elsewhere.waitForSelector('#logout-done');
    await expect
      .poll(async () => {
        await page.reload();
        return page.isVisible('#login');
      })
      .toBe(true);
    await postern.clients.update('demo', { backchannelLogoutUri: null }, { by: { type: 'operator' } });
  });

  it('says what is wrong when the issuer is not there', async () => {
    const nowhere = `http://localhost:${await findFreePort()}`;
    const demo = await startDemo({ ISSUER: nowhere });
    const page = await browser.newPage();
    const response = await page.goto(`${demo.origin}/login`);
    expect(response?.status()).toBe(502);
    expect(await page.textContent('body')).toContain(`${nowhere} does not answer`);
  });
});
