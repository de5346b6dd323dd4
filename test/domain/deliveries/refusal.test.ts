import { describe, expect, it } from 'vitest';
import { type Refusal, refusalOf, refusals } from '../../../src/domain/deliveries/deliveries.ts';
import { refusedText } from '../../../src/domain/logout/refused.ts';

describe('what an answer means that is no confirmation', () => {
  const cases: [status: number, refusal: Refusal][] = [
    [201, 'other'],
    [302, 'moved'],
    [400, 'rejected'],
    [401, 'closed'],
    [403, 'closed'],
    [404, 'missing'],
    [405, 'method'],
    [410, 'missing'],
    [418, 'other'],
    [429, 'failing'],
    [500, 'failing'],
    [504, 'failing'],
  ];
  it.each(cases)('%i: %s', (status, refusal) => {
    expect(refusalOf(status)).toBe(refusal);
    expect(refusedText(status)).toMatch(new RegExp(`^It answered ${status}; 200 was expected\\. [A-Z].*\\.$`));
  });

  it('each has words of its own', () => {
    expect(new Set(cases.map(([, refusal]) => refusal))).toEqual(new Set(refusals));
  });
});
