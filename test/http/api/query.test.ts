import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { page, readQuery } from '../../../src/http/api/query.ts';

const list = page.extend({ search: z.string().max(10).optional() });

describe('the query', () => {
  it('has defaults, and takes what is named', () => {
    expect(readQuery(list, '')).toEqual({ limit: 50 });
    expect(readQuery(list, 'limit=200&after=abc&search=bob')).toEqual({ limit: 200, after: 'abc', search: 'bob' });
    expect(readQuery(undefined, '')).toEqual({});
  });

  it.each([
    ['an order', 'sort=(select%201)', ['sort']],
    ['a limit of nothing', 'limit=', ['limit']],
    ['a limit of 0', 'limit=0', ['limit']],
    ['too large a limit', 'limit=201', ['limit']],
    ['a limit that is SQL', 'limit=1;drop', ['limit']],
    ['part of a thing', 'limit=1.5', ['limit']],
    ['an endless number', 'limit=Infinity', ['limit']],
    ['a list for a name', 'search[]=a', ['search[]']],
    ['a repetition', 'search=a&search=b', ['search']],
    ['a NUL', 'search=%00', ['search']],
    ['an empty cursor', 'after=', ['after']],
    ['too long a value', 'search=0123456789a', ['search']],
    ['a name of every object', 'toString=1&__proto__=2', ['toString', '__proto__']],
    ['several at once', 'a=1&limit=x&search=01234567890', ['a', 'limit', 'search']],
  ])('M11 refuses %s with 400', (_what, query, paths) => {
    expect(() => readQuery(list, query)).toThrow(expect.objectContaining({ cause: { httpStatus: 400 } }));
    try {
      readQuery(list, query);
    } catch (error) {
      expect((error as { fields: { path: string }[] }).fields.map(({ path }) => path)).toEqual(paths);
    }
  });
});
