import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { digest, equalInConstantTime, randomId, reference } from '../../src/base/ids.ts';

it('random ids are base64url of as many bytes, and never the same', () => {
  expect(randomId()).toMatch(/^[\w-]{43}$/);
  expect(randomId(16)).toMatch(/^[\w-]{22}$/);
  expect(new Set(Array.from({ length: 1000 }, () => randomId(8))).size).toBe(1000);
});

it('a digest is SHA-256 in base64url', () => {
  expect(digest('abc')).toBe(createHash('sha256').update('abc').digest('base64url'));
});

it.each([
  ['', '', true],
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['ä', 'a\u0308', false],
])('equalInConstantTime(%j, %j) is %s', (left, right, equal) => {
  expect(equalInConstantTime(left, right)).toBe(equal);
});

it('a reference has no character that is read as another one', () => {
  for (const text of Array.from({ length: 200 }, reference))
    expect(text).toMatch(/^E-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$/);
});
