import { describe, expect, it } from 'vitest';
import { waitAfter } from '../../../src/domain/deliveries/backoff.ts';

const seconds = (attempts: number, random: number) => waitAfter(attempts, random) / 1000;

describe('R28 how long an app that did not confirm is left alone', () => {
  it.each([
    ...[[1, 2] as const, [2, 5] as const, [3, 15] as const, [4, 30] as const, [5, 60] as const, [6, 120] as const],
    ...[[7, 300] as const, [8, 600] as const, [9, 1200] as const, [10, 1800] as const, [11, 3600] as const],
    ...[[12, 7200] as const, [13, 7200] as const, [1000, 7200] as const],
  ])('R28 after %i attempts: about %i s, a fifth more or less', (attempts, wait) => {
    expect(seconds(attempts, 0.5)).toBe(wait);
    expect(seconds(attempts, 0)).toBeCloseTo(wait * 0.8, 3);
    expect(seconds(attempts, 1)).toBeCloseTo(wait * 1.2, 3);
  });

  it('R28 never shorter than the one before, and never none at all', () => {
    for (let attempts = 1; attempts < 30; attempts++) {
      expect(waitAfter(attempts + 1, 0.5)).toBeGreaterThanOrEqual(waitAfter(attempts, 0.5));
    }
    for (const odd of [0, -1]) expect(waitAfter(odd, 0.5)).toBe(2000);
  });

  it.each([0, 0.5, 1])(
    'R28 a day of them, by chance %d: some twenty attempts, four of them in the first minute',
    (random) => {
      const times = [0];
      for (let attempts = 1; (times.at(-1) as number) < 86_400; attempts++) {
        times.push((times.at(-1) as number) + seconds(attempts, random));
      }
      expect(times.filter((time) => time < 60).length).toBeGreaterThanOrEqual(4);
      expect(times.length).toBeGreaterThan(18);
      expect(times.length).toBeLessThan(30);
    },
  );
});
