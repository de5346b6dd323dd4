import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markDifference, mostAlike } from '../../src/http/differences.ts';

const whole = ({ before, changed, after }: { before: string; changed: string; after: string }) =>
  before + changed + after;

describe('markDifference', () => {
  it.each([
    ['http://a.test/oauth/callback', 'http://a.test/auth/callback', 'oauth', 'auth'],
    ['http://a.test/cb', 'https://a.test/cb', 'http', 'https'],
    ['http://a.test:3000/cb', 'http://a.test:3001/cb', '3000', '3001'],
    ['http://a.test/cb/', 'http://a.test/cb', '/', ''],
    ['same', 'same', '', ''],
    ['', 'code', '', 'code'],
  ])('%s beside %s', (received, expected, changed, other) => {
    const marked = markDifference(received, expected);
    expect(marked.received.changed).toBe(changed);
    expect(marked.expected.changed).toBe(other);
  });

  it('never loses a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        const marked = markDifference(one, other);
        expect([whole(marked.received), whole(marked.expected)]).toEqual([one, other]);
      }),
    );
  });
});

describe('mostAlike', () => {
  it('finds the one that shares most, and nothing among none', () => {
    const expected = ['http://localhost:3000/silent', 'http://localhost:3000/auth/callback', 'https://other.test/'];
    expect(mostAlike('http://localhost:3000/oauth/callback', expected)).toBe(expected[1]);
    expect(mostAlike('x', [])).toBeUndefined();
    expect(mostAlike('https://evil.test/cb', expected.slice(0, 2))).toBeUndefined();
  });
});
