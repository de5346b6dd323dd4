/** The person's page of the device flow: what it takes, from whom, and how often. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { approve, createDevice, enterCode, wrongCode } from '../../support/device.ts';
import { expectHarmless } from '../../support/refusals.ts';

const alice = { username: 'alice', password: 'alice' };
const demo = { id: 'demo', secret: 'demo-secret' };

describe('the page for device codes', () => {
  let postern: Postern;
  let device: ReturnType<typeof createDevice>;
  const visitor = () => createVisitor(postern.issuer);

  beforeAll(async () => {
    postern = await startPostern({ mode: 'dev', memory: true });
    device = createDevice(postern.issuer, demo);
  });
  afterAll(() => postern.stop());

  const paths = [
    '/device',
    '/device/',
    '/Device',
    '/device/x',
    '/DEVICE/x',
    '/device/x/y',
    '/device//',
    '/device/code',
  ];
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];
  const requests = methods.flatMap((method) => paths.map((path) => ({ method, path })));

  it.each(requests)('H01 $method $path is no server error without a cookie', async ({ method, path }) => {
    const answer = await visitor().request(path, { method });
    expectHarmless(answer);
    if (answer.status === 303) expect(answer.headers.get('location')).toBe('/device');
    else expect([200, 204, 400, 404]).toContain(answer.status);
  });

  it.each(requests)('H01 $method $path is no server error with one', async ({ method, path }) => {
    const person = visitor();
    await person.open('/device');
    expectHarmless(await person.request(path, { method }));
  });

  it('H01 a cookie of nobody is no server error', async () => {
    const name = [...(await openedJar()).keys()].find((cookie) => !cookie.endsWith('.sig')) as string;
    for (const [method, path] of [
      ['POST', '/device'],
      ['GET', '/device/x'],
    ] as const) {
      const answer = await visitor().request(path, { method, headers: { cookie: `${name}=${'x'.repeat(43)}` } });
      expectHarmless(answer);
      expect(answer.headers.get('location')).toBe('/device');
    }
  });

  it('H01 the way back from a sign-in is no server error without the session, nor a second time', async () => {
    const { user_code: userCode } = await device.begin();
    const person = visitor();
    await person.submit(await enterCode(person, userCode), { confirm: 'yes' });
    const way = [...person.jar.values()].find(({ path }) => path.startsWith('/device/'))?.path as string;
    for (const [key, { path }] of [...person.jar]) if (path === '/') person.jar.delete(key);
    const resume = [...person.jar].filter(([, { path }]) => path === way);
    for (let time = 0; time < 2; time++) {
      const answer = await person.request(way);
      expectHarmless(answer);
      if (time === 1) expect(answer.status).toBe(400);
      // The browser of somebody who kept the cookie.
      for (const [key, cookie] of resume) person.jar.set(key, cookie);
      for (const [key, { path }] of [...person.jar]) if (path === '/') person.jar.delete(key);
    }
  });

  async function openedJar() {
    const person = visitor();
    await person.open('/device');
    return person.jar;
  }

  it('H03 the complete address approves nothing: the code is offered, then client and origin are shown', async () => {
    const { device_code: code, user_code: userCode, verification_uri_complete: complete } = await device.begin();
    const person = visitor();
    const offered = await person.open(complete);
    expect(offered.text).toContain('id="device-code"');
    expect(offered.text).toContain(`value="${userCode}"`);
    expect(offered.text).not.toContain('<script');
    expect((await device.poll(code)).body.error).toBe('authorization_pending');

    const asked = await person.submit(offered, { user_code: userCode });
    expect(asked.text).toContain('id="device-confirm"');
    expect(asked.text).toContain('Demo app');
    expect(asked.text).toContain(userCode);
    expect(asked.text).toContain('127.0.0.1');
    expect(asked.text).toContain('Did you start this');
  });

  it('H03 somebody who is signed in and has allowed the client before is still asked', async () => {
    const person = visitor();
    const first = await device.begin();
    expect((await approve(person, first.user_code, alice)).text).toContain('id="device-done"');
    const second = await device.begin();
    expect((await person.open(second.verification_uri_complete)).text).toContain('id="device-submit"');
    expect((await enterCode(person, second.user_code)).text).toContain('id="device-confirm"');
    expect((await device.poll(second.device_code)).body.error).toBe('authorization_pending');
  });

  it('H03 the code is taken in any case and with any dashes', async () => {
    const { user_code: userCode } = await device.begin();
    const typed = ` ${userCode.toLowerCase().replace('-', ' - ')}`;
    expect((await enterCode(visitor(), typed)).text).toContain('id="device-confirm"');
  });

  it.each(['', 'x'.repeat(48), 'foreign'])('H04 a confirmation with the form secret "%s" is refused', async (xsrf) => {
    const { device_code: code, user_code: userCode } = await device.begin();
    const person = visitor();
    await enterCode(person, userCode);
    const other = await enterCode(visitor(), userCode);
    const foreign = /name="xsrf" value="([^"]+)"/.exec(other.text)?.[1] as string;
    const body = new URLSearchParams({
      user_code: userCode,
      confirm: 'yes',
      xsrf: xsrf === 'foreign' ? foreign : xsrf,
    });
    const answer = await person.request('/device', { method: 'POST', body });
    expectHarmless(answer, [code]);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('id="device-error"');
    expect((await device.poll(code)).body.error).toBe('authorization_pending');
  });

  it('H04 a page whose session is gone is sent to the form', async () => {
    const { user_code: userCode } = await device.begin();
    const body = new URLSearchParams({ user_code: userCode, confirm: 'yes', xsrf: 'x' });
    const answer = await visitor().request('/device', { method: 'POST', body });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/device']);
  });

  it('H02 a code that nobody was given is unknown, and is not shown as anything else', async () => {
    const answer = await enterCode(visitor(), '<img src=x>');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('No device shows this code');
    expect(answer.text).not.toContain('<img src=x>');
    expectHarmless(await enterCode(visitor(), wrongCode()));
  });
});
