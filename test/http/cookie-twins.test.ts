import { expect, it } from 'vitest';
import { withoutTwins } from '../../src/http/cookie-twins.ts';

it.each([
  ['a=1', 'a=1'],
  ['', ''],
  ['a=1; b=2; c=3', 'a=1; b=2; c=3'],
  ['a=1; b=2; a=3', 'b=2'],
  ['a=1;a=1', ''],
  ['a=1; a.sig=2; a=3; a.sig=4; b=5=6', 'b=5=6'],
  ['a; b=1; a=2', 'b=1'],
  ['__proto__=1; constructor=2; __proto__=3', 'constructor=2'],
])('G16 of "%s" stays "%s"', (header, expected) => {
  expect(withoutTwins(header)).toBe(expected);
});
