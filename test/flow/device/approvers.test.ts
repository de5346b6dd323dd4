/** A device code belongs to the browser that decides about it first. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor, type Visitor } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { openDelayedStore } from '../../support/delayed-database.ts';
import { approve, createDevice, enterCode } from '../../support/device.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { createWorld, type World } from '../../support/world.ts';

const alice = { username: 'alice', password: 'alice' };

const subjectOf = (token: string | undefined): string =>
  JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()).sub;

describe('who decides about a device', () => {
  let postern: Postern;
  let device: ReturnType<typeof createDevice>;
  const visitor = () => createVisitor(postern.issuer);

  beforeAll(async () => {
    postern = await startPostern({ mode: 'dev', memory: true });
    device = createDevice(postern.issuer, { id: 'demo', secret: 'demo-secret' });
  });
  afterAll(() => postern.stop());

  it.each(['confirm', 'abort'])('H05 what alice has opened nobody else can %s', async (decision) => {
    const { device_code: code, user_code: userCode } = await device.begin();
    const [person, other] = [visitor(), visitor()];
    const otherPage = await enterCode(other, userCode);
    const opened = await person.submit(await enterCode(person, userCode), { confirm: 'yes' });
    expect(opened.text).toContain('name="password"');

    const refused = await other.submit(otherPage, { [decision]: 'yes' });
    expectHarmless(refused, [code]);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('This code was used before');
    expect((await enterCode(other, userCode)).status).toBe(400);

    const consent = await person.submit(opened, alice);
    expect((await person.submit(consent, { do: 'allow' })).text).toContain('id="device-done"');
    const { body } = await device.poll(code);
    expect(subjectOf(body.id_token)).toBe((await postern.accounts.findByUsername('alice'))?.id);
  });

  it('H05 a code that was approved or stopped is used', async () => {
    const stopped = await device.begin();
    const person = visitor();
    const page = await person.submit(await enterCode(person, stopped.user_code), { abort: 'yes' });
    expect(page.text).toContain('id="device-refused"');
    expect((await device.poll(stopped.device_code)).body.error).toBe('access_denied');
    const approved = await device.begin();
    await approve(person, approved.user_code, alice);
    for (const { user_code: userCode } of [stopped, approved]) {
      const again = await enterCode(person, userCode);
      expect(again.status).toBe(400);
      expect(again.text).toContain('This code was used before');
    }
  });

  it('H05 who cancels at sign-in or consent denies the device', async () => {
    for (const atConsent of [false, true]) {
      const { device_code: code, user_code: userCode } = await device.begin();
      const person = visitor();
      let page = await person.submit(await enterCode(person, userCode), { confirm: 'yes' });
      if (atConsent) page = await person.submit(page, alice);
      const refused = await person.submit(page, { do: 'cancel' });
      expect(refused.text).toContain('id="device-refused"');
      expect((await device.poll(code)).body.error).toBe('access_denied');
    }
  });
});

describe.each(['sqlite', 'postgresql'] as const)('many who decide at once, over a slow %s', (kind) => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ store: await openDelayedStore(kind, { mostMilliseconds: 25 }) });
  });
  afterAll(() => world?.stop());

  /** What each of eight people gets who decide together, every fourth with a no. */
  async function decideAtOnce(userCode: string) {
    const people = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const visitor = world.visitor();
        return { visitor, page: await enterCode(visitor, userCode), decision: index % 4 === 3 ? 'abort' : 'confirm' };
      }),
    );
    return Promise.all(
      people.map(async ({ visitor, page, decision }) => ({
        visitor,
        page: await visitor.submit(page, { [decision]: 'yes' }),
      })),
    );
  }

  it('H05 one decision counts, and the device gets what that person decided', { timeout: 60_000 }, async () => {
    const device = createDevice(world.issuer, { id: 'cli' });
    for (let round = 0; round < 5; round++) {
      const { device_code: code, user_code: userCode } = await device.begin();
      const answers = await decideAtOnce(userCode);
      for (const { page } of answers) expectHarmless(page, [code]);
      const decided = answers.filter(({ page }) => page.status === 200);
      expect(decided).toHaveLength(1);
      expect(answers.filter(({ page }) => page.status === 400)).toHaveLength(7);
      const [{ visitor, page }] = decided as [{ visitor: Visitor; page: (typeof answers)[number]['page'] }];
      if (page.text.includes('id="device-refused"')) {
        expect((await device.poll(code)).body.error).toBe('access_denied');
        continue;
      }
      const { id, ...bob } = world.people.bob;
      const consent = await visitor.submit(page, bob);
      expect((await visitor.submit(consent, { do: 'allow' })).text).toContain('id="device-done"');
      expect(subjectOf((await device.poll(code)).body.id_token)).toBe(id);
    }
  });
});
