/** A device that asks for its token: how often it may, and that it gets one. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { approve, createDevice } from '../../support/device.ts';
import { startTwoServers, type TwoServers } from '../../support/two-servers.ts';

const alice = { username: 'alice', password: 'alice' };
const demo = { id: 'demo', secret: 'demo-secret' };
const basic = `Basic ${Buffer.from('demo:demo-secret').toString('base64')}`;
const grantType = 'urn:ietf:params:oauth:grant-type:device_code';

describe('polling', () => {
  let postern: Postern;
  let device: ReturnType<typeof createDevice>;

  beforeAll(async () => {
    postern = await startPostern({ mode: 'dev', memory: true, lifetimes: { deviceIntervalSeconds: 7 } });
    device = createDevice(postern.issuer, demo);
  });
  afterAll(() => postern.stop());
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());
  const advance = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

  it('H06 the interval of the configuration is told and kept: faster is answered with slow_down', async () => {
    const { device_code: code, interval, expires_in: lifetime } = await device.begin();
    expect([interval, lifetime]).toEqual([7, 600]);
    const errors: (string | undefined)[] = [];
    for (const wait of [0, 1, 5, 2, 7, 3]) {
      advance(wait);
      const { status, body } = await device.poll(code);
      expect(status).toBe(400);
      errors.push(body.error);
    }
    const [pending, slow] = ['authorization_pending', 'slow_down'];
    expect(errors).toEqual([pending, slow, slow, pending, pending, slow]);
  });

  it('H06 one device does not slow another down, and a code of nobody is no pending one', async () => {
    const [first, second] = [await device.begin(), await device.begin()];
    expect((await device.poll(first.device_code)).body.error).toBe('authorization_pending');
    expect((await device.poll(second.device_code)).body.error).toBe('authorization_pending');
    for (let time = 0; time < 3; time++) {
      expect((await device.poll(`x${first.device_code}`)).body.error).toBe('invalid_grant');
    }
  });

  it('H06 what is stored about the pace is no code', async () => {
    const { device_code: code } = await device.begin();
    await device.poll(code);
    const buckets = await postern.db.all<{ key: string }>('SELECT key FROM throttle_buckets', []);
    expect(buckets.some(({ key }) => key.startsWith('device-poll|'))).toBe(true);
    expect(JSON.stringify(buckets)).not.toContain(code);
  });

  it('H06 an approved device is served at once, however fast it came before', async () => {
    const { device_code: code, user_code: userCode } = await device.begin();
    for (let time = 0; time < 3; time++) await device.poll(code);
    await approve(createVisitor(postern.issuer), userCode, alice);
    const { status, body } = await device.poll(code);
    expect([status, body.token_type]).toEqual([200, 'Bearer']);
    expect((await device.poll(code)).body.error).toBe('invalid_grant');
  });

  it('H06 after its time a code is expired, for the device and for the person', async () => {
    const { device_code: code, user_code: userCode } = await device.begin();
    const visitor = createVisitor(postern.issuer);
    const page = await visitor.open('/device');
    advance(601);
    expect((await device.poll(code)).body.error).toBe('expired_token');
    const refused = await visitor.submit(page, { user_code: userCode });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('This code is too old');
  });

  it('H06 a device code is of no use to another client', async () => {
    const { device_code: code, user_code: userCode } = await device.begin();
    await approve(createVisitor(postern.issuer), userCode, alice);
    const by = { type: 'system' } as const;
    const other = { id: 'other-device', applicationType: 'native', tokenEndpointAuthMethod: 'none' } as const;
    await postern.clients.create({ ...other, grantTypes: [grantType] }, { by });
    expect((await createDevice(postern.issuer, { id: 'other-device' }).poll(code)).body.error).toBe('invalid_grant');
    expect((await device.poll(code)).status).toBe(200);
  });

  it('H06 eight polls at once after the approval bring one token', async () => {
    for (let round = 0; round < 20; round++) {
      const { device_code: code, user_code: userCode } = await device.begin();
      await approve(createVisitor(postern.issuer), userCode, alice);
      const answers = await Promise.all(Array.from({ length: 8 }, () => device.poll(code)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ body }) => body.error === 'invalid_grant')).toHaveLength(7);
      const token = answers.find(({ status }) => status === 200)?.body.access_token;
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(`${postern.issuer}/userinfo`, { headers })).status).toBe(200);
    }
  });
});

describe.each(['sqlite', 'postgresql'] as const)('polling two servers on %s', (kind) => {
  let servers: TwoServers;
  beforeAll(async () => {
    servers = await startTwoServers(kind);
  });
  afterAll(() => servers?.stop());

  it('H06 eight polls at both servers at once bring one token, and the pace is common', async () => {
    const device = createDevice(servers.issuer, demo);
    for (let round = 0; round < 5; round++) {
      const { device_code: code, user_code: userCode } = await device.begin();
      const form = { grant_type: grantType, device_code: code };
      const pollBoth = () =>
        Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            servers.ask(index % 2 === 0 ? 0 : 1, '/token', { form, headers: { authorization: basic } }),
          ),
        );
      const errors = (await pollBoth()).map(({ text }) => JSON.parse(text).error);
      expect(errors.filter((error) => error === 'authorization_pending')).toHaveLength(1);
      expect(errors.filter((error) => error === 'slow_down')).toHaveLength(7);
      await approve(createVisitor(servers.issuer), userCode, alice);
      const answers = await pollBoth();
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ text }) => text.includes('"invalid_grant"'))).toHaveLength(7);
      const token = JSON.parse(answers.find(({ status }) => status === 200)?.text ?? '').access_token;
      const userinfo = await servers.ask(1, '/userinfo', { headers: { authorization: `Bearer ${token}` } });
      expect(userinfo.status).toBe(200);
    }
  });
});
