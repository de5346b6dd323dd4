/** Connecting a device, in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postern, startPostern } from '../../src/testing/testing.ts';
import { typePassword, useBrowser } from '../support/browsing.ts';
import { createDevice, type DeviceRequest } from '../support/device.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');

ifChromium('the device flow in Chromium', { timeout: 60_000 }, () => {
  let postern: Postern;
  let device: ReturnType<typeof createDevice>;
  const browser = useBrowser();

  beforeAll(async () => {
    postern = await startPostern({ mode: 'dev', memory: true });
    device = createDevice(postern.issuer, { id: 'demo', secret: 'demo-secret' });
  });
  afterAll(() => postern?.stop());

  const outcome = async ({ device_code: code }: DeviceRequest) => {
    const { status, body } = await device.poll(code);
    return status === 200 ? 'token' : body.error;
  };

  describe.each([true, false])('with JavaScript: %s', (javaScriptEnabled) => {
    it('enter the code, confirm, sign in, allow, done', async () => {
      const started = await device.begin();
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(started.verification_uri);
      await page.fill('#device-code', started.user_code.toLowerCase());
      await page.click('#device-submit');
      expect(await page.textContent('#device-shown-code')).toBe(started.user_code);
      await page.click('#device-confirm');
      await typePassword(page, 'alice', 'alice');
      await page.click('#consent-allow');
      await page.waitForSelector('#device-done');
      expect(await outcome(started)).toBe('token');
    });

    it('H03 the complete address fills the code in and goes no further by itself', async () => {
      const started = await device.begin();
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(started.verification_uri_complete);
      await page.waitForLoadState('networkidle');
      expect(await page.inputValue('#device-code')).toBe(started.user_code);
      expect(await outcome(started)).toBe('authorization_pending');
      await page.click('#device-submit');
      await page.click('#device-confirm');
      await page.click('[data-account="bob"]');
      await page.click('#consent-allow');
      await page.waitForSelector('#device-done');
      expect(await outcome(started)).toBe('token');
    });

    it('a wrong code is told, and can be mended', async () => {
      const started = await device.begin();
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(started.verification_uri);
      await page.fill('#device-code', 'BBBB-BBBB');
      await page.click('#device-submit');
      expect(await page.textContent('#device-error')).toContain('No device shows this code');
      expect(await page.inputValue('#device-code')).toBe('BBBB-BBBB');
      await page.fill('#device-code', started.user_code);
      await page.click('#device-submit');
      await page.waitForSelector('#device-confirm');
    });

    it('stopped at the confirmation', async () => {
      const started = await device.begin();
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(started.verification_uri_complete);
      await page.click('#device-submit');
      await page.click('#interaction-cancel');
      await page.waitForSelector('#device-refused');
      expect(await outcome(started)).toBe('access_denied');
    });

    it('cancelled at consent', async () => {
      const started = await device.begin();
      const page = await browser.newPage({ javaScriptEnabled });
      await page.goto(started.verification_uri_complete);
      await page.click('#device-submit');
      await page.click('#device-confirm');
      await page.click('[data-account="alice"]');
      await page.click('#interaction-cancel');
      await page.waitForSelector('#device-refused');
      expect(await outcome(started)).toBe('access_denied');
    });
  });

  it('who is somebody else says so at consent, signs in again, and connects as that person', async () => {
    const started = await device.begin();
    const page = await browser.newPage();
    await page.goto(started.verification_uri_complete);
    await page.click('#device-submit');
    await page.click('#device-confirm');
    await page.click('[data-account="alice"]');
    await page.click('#consent-switch');
    await page.click('[data-account="bob"]');
    await page.click('#consent-allow');
    await page.waitForSelector('#device-done');
    expect(await outcome(started)).toBe('token');
  });

  it('in German, for a browser that wants it', async () => {
    const started = await device.begin();
    const page = await browser.newPage({ locale: 'de-DE' });
    await page.goto(started.verification_uri);
    expect(await page.getAttribute('html', 'lang')).toBe('de');
    await page.fill('#device-code', started.user_code);
    await page.click('#device-submit');
    expect(await page.textContent('#device-confirm')).toBe('Ja, weiter');
  });
});
