/** What each kind of app does in each variant, and what Postern says of it without being told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/app.ts';
import { type Check, checks, createKeyClient, type KeyClient, registeredIn } from '../../support/key-clients.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

type Make = (of: { issuer: string; clientId: string }) => Check;
const clientThat = (make: Make): KeyClient =>
  createKeyClient(registeredIn(world), { check: make({ issuer: world.issuer, clientId: 'app' }) });

/**
 * Signs in once before, so that the app has the present keys; then while the variant is played, and again if that was
 * refused, as people do; and after it.
 */
async function rehearse(variant: string, client: KeyClient): Promise<{ signedIn: boolean[]; verdict: Verdict }> {
  const signedIn = [await client.signIn()];
  const run = await world.postern.rehearsals.start({ variant, clientId: 'app' });
  try {
    signedIn.push((await client.signIn()) || (await client.signIn()));
  } finally {
    await run.end();
  }
  signedIn.push(await client.signIn());
  return { signedIn, verdict: await run.verdict() };
}

const { good, careless, stubborn, choking, failingOpen } = checks;

describe('a good client', () => {
  it.each([
    ['sudden', true],
    ['odd-keys', true],
    ['removed-early', true],
    ['unknown-kid', false],
    ['same-kid', false],
    ['unavailable', false],
  ])('passes %s, and signs in as before when it is over', async (variant, isLetIn) => {
    const { signedIn, verdict } = await rehearse(variant, clientThat(good));
    expect(signedIn).toEqual([true, isLetIn, true]);
    expect(verdict).toMatchObject({ outcome: 'passed', sure: 'likely' });
  });
});

describe('another client is caught', () => {
  it.each([
    ['careless', careless, 'unknown-kid', 'signature', 'whose key is in no key set'],
    ['careless', careless, 'sudden', 'signature', 'without having fetched the key'],
    ['careless', careless, 'same-kid', 'signature', 'without having fetched the key'],
    ['careless', careless, 'unavailable', 'signature', 'whose key it could not fetch'],
    ['failing open', failingOpen, 'unavailable', 'signature', 'whose key it could not fetch'],
    ['stubborn', stubborn, 'sudden', 'key set', 'never fetched the key set again'],
    ['stubborn', stubborn, 'removed-early', 'key set', 'never fetched the key set again'],
    ['choking', choking, 'odd-keys', 'signature', 'fetched the key set and still refused'],
  ] as const)('$0 by $2', async (_name, make, variant, failedAt, says) => {
    const { verdict } = await rehearse(variant, clientThat(make));
    expect(verdict).toMatchObject({ outcome: 'failed', failedAt, says: expect.stringContaining(says) });
    expect(verdict.mend).toContain('key');
  });

  it.each([
    ['stubborn', stubborn, 'unknown-kid'],
    ['choking', choking, 'sudden'],
  ])('but one that is $0 passes $2', async (_name, make, variant) => {
    const { verdict } = await rehearse(variant, clientThat(make));
    expect(verdict.outcome).toBe('passed');
  });
});
