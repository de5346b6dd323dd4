/** Guessing user codes, under the rules of `serve`. */
import { afterEach, describe, expect, it } from 'vitest';
import { createVisitor, type Visitor } from '../../../src/testing/sign-in.ts';
import type { PosternOptions } from '../../../src/testing/testing.ts';
import { createDevice, enterCode, wrongCode } from '../../support/device.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { createWorld, type World } from '../../support/world.ts';

type UserCodeLimits = NonNullable<NonNullable<PosternOptions['throttle']>['userCode']>;

let world: World | undefined;
afterEach(() => world?.stop());

async function start(userCode: UserCodeLimits = {}) {
  world = await createWorld({ mode: 'serve', throttle: { userCode } });
  const { issuer } = world;
  return { device: createDevice(issuer, { id: 'cli' }), visitor: () => createVisitor(issuer) };
}

/** Guesses until it is stopped; how many guesses were looked at, and the answer that stopped it. */
async function guess(visitor: () => Visitor, most: number) {
  for (let looked = 0; looked < most; looked++) {
    const answer = await enterCode(visitor(), wrongCode());
    expectHarmless(answer);
    if (answer.status === 429) return { looked, answer };
    expect(answer.status).toBe(400);
  }
  return { looked: most, answer: undefined };
}

describe('guessing user codes', () => {
  it('H02 codes are eight letters of twenty without vowels, valid for ten minutes', async () => {
    const { device } = await start();
    const codes = await Promise.all(Array.from({ length: 20 }, () => device.begin()));
    for (const code of codes) {
      expect(code.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
      expect(code.expires_in).toBe(600);
    }
    expect(new Set(codes.map(({ user_code: userCode }) => userCode)).size).toBe(20);
  });

  it('H02 the sixth wrong code of a session is answered with 429, and a right one after it too', async () => {
    const { device, visitor } = await start();
    const person = visitor();
    const { looked, answer } = await guess(() => person, 10);
    expect(looked).toBe(5);
    expect(Number(answer?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer?.text).toContain('Too many wrong codes');
    const { user_code: userCode, device_code: code } = await device.begin();
    expect((await enterCode(person, userCode)).status).toBe(429);
    expect((await enterCode(visitor(), userCode)).text).toContain('id="device-confirm"');
    expect((await device.poll(code)).body.error).toBe('authorization_pending');
  });

  it.each(['/Device', '/device/', '/DEVICE/'])('H02 %s is counted as well', async (path) => {
    const { visitor } = await start();
    const person = visitor();
    const page = await person.open(path);
    const statuses: number[] = [];
    for (let time = 0; time < 7; time++) {
      const xsrf = /name="xsrf" value="([^"]+)"/.exec((await person.open('/device')).text)?.[1] ?? '';
      const body = new URLSearchParams({ user_code: wrongCode(), xsrf });
      statuses.push((await person.request(path, { method: 'POST', body })).status);
    }
    expect(page.status).toBe(200);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429, 429]);
  });

  it('H02 a fresh session for each guess is stopped at twenty from one address', async () => {
    const { visitor } = await start();
    expect((await guess(visitor, 30)).looked).toBe(20);
  });

  it('H02 guesses by many sessions from anywhere are stopped by the limit of all', async () => {
    const { visitor } = await start({ address: { limit: 1000 }, global: { limit: 8 } });
    expect((await guess(visitor, 30)).looked).toBe(8);
  });

  it('H02 right codes do not count', async () => {
    const { device, visitor } = await start();
    const person = visitor();
    for (let time = 0; time < 12; time++) {
      const { user_code: userCode } = await device.begin();
      expect((await enterCode(person, userCode)).text).toContain('id="device-confirm"');
    }
    expect((await guess(() => person, 10)).looked).toBe(5);
  });

  it('H02 eight guesses at once get no more looks than one after the other', async () => {
    const { visitor } = await start();
    const person = visitor();
    const page = await person.open('/device');
    const answers = await Promise.all(Array.from({ length: 8 }, () => person.submit(page, { user_code: wrongCode() })));
    expect(answers.filter(({ status }) => status !== 429)).toHaveLength(5);
  });
});
