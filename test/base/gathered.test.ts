import { describe, expect, it } from 'vitest';
import { createGathered } from '../../src/base/gathered.ts';

describe('work that is done together', () => {
  it('serves whoever asks within a moment at once, each with its own result', async () => {
    const seen: number[][] = [];
    const double = createGathered({
      ...{ milliseconds: 5, most: 10 },
      work: async (items: readonly number[]) => {
        seen.push([...items]);
        return items.map((item) => item * 2);
      },
    });
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
    expect(await double(4)).toBe(8);
    expect(seen).toEqual([[1, 2, 3], [4]]);
  });

  it('serves so many at most, one part after the other, in order', async () => {
    const seen: number[][] = [];
    let atWork = 0;
    const same = createGathered({
      ...{ milliseconds: 0, most: 2 },
      work: async (items: readonly number[]) => {
        expect(++atWork).toBe(1);
        seen.push([...items]);
        await new Promise((resolve) => setImmediate(resolve));
        atWork -= 1;
        return items;
      },
    });
    expect(await Promise.all([1, 2, 3, 4, 5].map(same))).toEqual([1, 2, 3, 4, 5]);
    expect(seen).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('what comes while it works is next, and a failure is that of those it was done for', async () => {
    let more: Promise<string> | undefined;
    const work = createGathered({
      ...{ milliseconds: 0, most: 10 },
      work: async (items: readonly string[]) => {
        more ??= work('late');
        if (items.includes('bad')) throw new Error('it failed');
        return items;
      },
    });
    const [bad, good] = await Promise.allSettled([work('bad'), work('good')]);
    expect([bad, good].map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await more).toBe('late');
    expect(await work('again')).toBe('again');
  });
});
