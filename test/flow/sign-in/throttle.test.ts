import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../../src/testing/sign-in.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { createThrottledWorld, openDoor } from '../../support/sign-in-door.ts';
import type { World } from '../../support/world.ts';

let world: World;
afterEach(async () => {
  vi.useRealTimers();
  await world.stop();
});

const statuses = (answers: Answer[]) => answers.map(({ status }) => status);
const times = async <Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> => {
  const results = [];
  for (let index = 0; index < count; index++) results.push(await work(index));
  return results;
};
const events = async (event: 'signin.failed' | 'signin.locked') =>
  (await world.postern.audit.list(world.postern.db, { limit: 500, event })).items;
const openGlobal = { limit: 100_000, windowSeconds: 1 };

/** 429, when to come back, and the form still there for then. */
function expectThrottled(answer: Answer | undefined): void {
  if (!answer) throw new Error('there was no answer');
  expectHarmless(answer);
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.text).toContain('id="signin-error"');
  expect(answer.text).toContain('id="password"');
}

describe('guessing one account', () => {
  it('E01 the sixth wrong password from one address waits, and so does the right one', async () => {
    world = await createThrottledWorld();
    const door = await openDoor(world);
    const wrong = await times(5, () => door.wrong('alice'));
    expect(statuses(wrong)).toEqual(Array(5).fill(401));
    const sixth = await door.wrong('alice');
    expectThrottled(sixth);
    expect(sixth.headers.get('retry-after')).toBe('900');
    expectThrottled(await door.right('alice'));
    expectThrottled(await (await openDoor(world)).right('alice'));
    // From elsewhere, and for others from here, it is as ever.
    expect((await (await openDoor(world)).right('bob')).status).toBe(200);
    expect((await door.right('alice', '198.51.100.7')).status).toBe(200);
    expect((await events('signin.failed')).map(({ detail }) => (detail as { reason: string }).reason)).toContain(
      'throttled',
    );
  });

  it('E01 after a quarter of an hour the right password is right again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    world = await createThrottledWorld();
    const door = await openDoor(world);
    await times(6, () => door.wrong('alice'));
    vi.setSystemTime(Date.now() + 901_000);
    expect((await (await openDoor(world)).right('alice')).status).toBe(200);
  });

  it('E01 nobody chooses an address: X-Forwarded-For of a peer that is no proxy is not read', async () => {
    world = await createThrottledWorld({ http: { trustProxy: [] } });
    const door = await openDoor(world);
    await times(5, (index) => door.wrong('alice', `10.0.0.${index}`));
    expectThrottled(await door.wrong('alice', '10.0.0.99'));
  });

  it('E02 200 wrong passwords at once: five are looked at, 195 wait', async () => {
    world = await createThrottledWorld({ throttle: { global: openGlobal } });
    const door = await openDoor(world);
    const answers = await Promise.all(Array.from({ length: 200 }, () => door.wrong('alice')));
    expect(world.postern.accounts.verifications()).toBe(5);
    expect(statuses(answers).filter((status) => status === 401)).toHaveLength(5);
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(195);
    for (const answer of answers) expectHarmless(answer);
  });

  it('E03 strangers who guess do not keep out whoever has signed in on this device before', async () => {
    world = await createThrottledWorld({ throttle: { global: openGlobal } });
    const known = await openDoor(world);
    expect((await known.right('alice')).status).toBe(200);
    expect(known.visitor.jar.has(`postern-${world.postern.port}-device`)).toBe(true);

    const strangers = await openDoor(world);
    const before = world.postern.accounts.verifications();
    const answers = await times(100, (index) => strangers.wrong('alice', `10.${index % 50}.0.1`));
    expect(new Set(statuses(answers))).toEqual(new Set([401, 429]));
    expect(world.postern.accounts.verifications() - before).toBeLessThanOrEqual(11);

    const unknown = await (await openDoor(world)).right('alice', '203.0.113.5');
    expectThrottled(unknown);
    // A delay, no lock.
    expect(Number(unknown.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    const jar = known.visitor.jar;
    for (const name of [...jar.keys()]) if (!name.endsWith('-device')) jar.delete(name);
    expect((await (await openDoor(world, known.visitor)).right('alice', '203.0.113.9')).status).toBe(200);
  });

  it('E04 a hundred failures in a row close the account to unknown devices, which is on record', async () => {
    const account = { limit: 1000, windowSeconds: 3600 };
    world = await createThrottledWorld({ throttle: { global: openGlobal, account } });
    const door = await openDoor(world);
    const answers = await times(100, (index) => door.wrong('alice', `10.0.${index}.1`));
    expect(new Set(statuses(answers))).toEqual(new Set([401]));
    expect(await events('signin.locked')).toMatchObject([
      { accountId: world.people.alice.id, detail: { failures: 100 } },
    ]);
    expectThrottled(await door.right('alice', '203.0.113.1'));
    expect((await (await openDoor(world)).right('bob', '203.0.113.1')).status).toBe(200);
  });
});

describe('guessing many accounts', () => {
  it('E05 twelve names from one address: the last ones wait, whether they exist or not', async () => {
    world = await createThrottledWorld();
    const door = await openDoor(world);
    const answers = await times(10, (index) => door.wrong(`name-${index}`));
    expect(statuses(answers)).toEqual(Array(10).fill(401));
    expectThrottled(await door.wrong('name-11'));
    expectThrottled(await door.right('alice'));
    expect((await door.right('alice', '198.51.100.1')).status).toBe(200);
  });

  it('E06 a thousand addresses of one /64 are one; an IPv4 address in IPv6 clothes is itself', async () => {
    world = await createThrottledWorld();
    const door = await openDoor(world);
    const inside = (index: number) => `2001:db8:1:2:${(index * 7919).toString(16).slice(0, 4)}::${index.toString(16)}`;
    await times(5, (index) => door.wrong('alice', inside(index)));
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => door.wrong('alice', inside(index + 9))));
    for (const answer of answers) expectThrottled(answer);
    expect((await door.wrong('alice', '2001:db8:1:3::1')).status).toBe(401);

    await times(3, () => door.wrong('bob', '192.0.2.4'));
    await times(2, () => door.wrong('bob', '::ffff:192.0.2.4'));
    expectThrottled(await door.wrong('bob', '192.0.2.4'));
    expectThrottled(await door.wrong('bob', '::FFFF:192.0.2.4'));
    expectThrottled(await door.wrong('bob', '0:0:0:0:0:ffff:c000:204'));
  });

  it('E07 every way to write a name is one account to the throttle', async () => {
    world = await createThrottledWorld();
    const door = await openDoor(world);
    const names = ['Alice', 'ALICE', ' alice ', 'Alice@Example.test', 'ａｌｉｃｅ'];
    for (const name of names) expect((await door.wrong(name)).status).toBe(401);
    expectThrottled(await door.wrong('alice'));
    expectThrottled(await door.right('alice'));
    expectThrottled(await door.wrong('aLiCe@example.test'));
  });
});
