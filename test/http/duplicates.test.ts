import { expect, it } from 'vitest';
import { hasDuplicateParameters } from '../../src/http/duplicates.ts';

it.each([
  ['', false],
  ['?a=1', false],
  ['?a=1&b=1', false],
  ['?a=1&A=2', false],
  ['?a=1&b=2&a=1', true],
  ['a&a', true],
  ['?redirect_uri=x&redirect%5Furi=y', true],
  ['?client_id=app&redirect_uri=x&redirect_uri=dup', true],
  ['?%=1&%=2', true],
])('A19 a repeated parameter is seen: %s', (search, expected) => {
  expect(hasDuplicateParameters(search)).toBe(expected);
});
