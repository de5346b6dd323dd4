import { expect, it } from 'vitest';
import { createManualClock, systemClock } from '../../src/base/clock.ts';

it('the system clock tells the time and sleeps', async () => {
  const before = Date.now();
  await systemClock.sleep(1);
  expect(systemClock.now()).toBeGreaterThanOrEqual(before);
});

it('a manual clock stands still until it is wound, and wakes whoever is due', async () => {
  const clock = createManualClock(1000);
  const woken: string[] = [];
  const short = clock.sleep(10).then(() => woken.push('short'));
  const long = clock.sleep(20).then(() => woken.push('long'));
  expect(clock.now()).toBe(1000);
  clock.advance(9);
  await Promise.resolve();
  expect(woken).toEqual([]);
  clock.advance(1);
  await short;
  expect(woken).toEqual(['short']);
  clock.advance(100);
  await long;
  expect(clock.now()).toBe(1110);
});
