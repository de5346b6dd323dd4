import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, pageOf } from '../../src/base/paging.ts';

const refused = { code: 'invalid', cause: { httpStatus: 400 } };
const failure = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('a cursor', () => {
  it('gives back what it was made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.maxSafeInteger(), (text, number) => {
        fc.pre(!text.includes('\0'));
        expect(decodeCursor(encodeCursor([text, number]), ['string', 'number'])).toEqual([text, number]);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it.each([
    ['nothing', ''],
    ['no cursor', "1' OR '1'='1"],
    ['a statement', encodeCursor(['x']).replace(/^/, '(select')],
    ['too few parts', encodeCursor([])],
    ['too many parts', encodeCursor(['a', 'b'])],
    ['a number for a text', encodeCursor([1])],
    ['an object', Buffer.from('{"0":"a","length":1}').toString('base64url')],
    ['a text that is not a list', Buffer.from('"a"').toString('base64url')],
    ['an object in the list', Buffer.from('[{"a":1}]').toString('base64url')],
    ['another spelling', `${encodeCursor(['abc'])}=`],
    ['spaces in it', Buffer.from('[ "a" ]').toString('base64url')],
    ['what no column holds', encodeCursor(['a\0b'])],
    ['half a character', Buffer.from([0x5b, 0x22, 0xc3, 0x22, 0x5d]).toString('base64url')],
    ['far too much', encodeCursor(['a'.repeat(5000)])],
  ])('M11 that is %s is refused', (_, text) => {
    expect(failure(() => decodeCursor(text, ['string']))).toMatchObject(refused);
  });

  it.each([1.5, 1e300, null, '1'])('M11 with %j where a number belongs is refused', (part) => {
    const text = Buffer.from(JSON.stringify([part])).toString('base64url');
    expect(failure(() => decodeCursor(text, ['number']))).toMatchObject(refused);
  });
});

describe('a page', () => {
  it('has a next one only when there is more', () => {
    const keyOf = (item: string) => [item];
    expect(pageOf(['a', 'b', 'c'], 2, keyOf)).toEqual({ items: ['a', 'b'], next: encodeCursor(['b']) });
    expect(pageOf(['a', 'b'], 2, keyOf)).toEqual({ items: ['a', 'b'], next: undefined });
    expect(pageOf([], 2, keyOf)).toEqual({ items: [], next: undefined });
  });
});
