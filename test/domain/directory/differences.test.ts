import { expect, it } from 'vitest';
import { differences } from '../../../src/domain/directory/differences.ts';

it.each([
  ['equal', { a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, []],
  ['a value', { a: 1 }, { a: 2 }, [{ path: 'a', before: 1, after: 2 }]],
  ['one that comes', { a: undefined }, { a: 2 }, [{ path: 'a', after: 2 }]],
  ['one that goes', { a: 1, b: null }, {}, [{ path: 'a', before: 1 }]],
  ['members of a nested one, in any order', { c: { x: 1, y: 2 } }, { c: { y: 2, x: 1 } }, []],
  [
    'each member of a nested one',
    { c: { x: 1, y: 2 } },
    { c: { y: 3 } },
    [
      { path: 'c.x', before: 1 },
      { path: 'c.y', before: 2, after: 3 },
    ],
  ],
  ['objects deep down, in any order of members', { d: [{ x: 1, y: 2 }] }, { d: [{ y: 2, x: 1 }] }, []],
  ['sets in another order', { s: ['a', 'b'] }, { s: ['b', 'a'] }, []],
  ['sets with another member', { s: ['a'] }, { s: ['b'] }, [{ path: 's', before: ['a'], after: ['b'] }]],
  [
    'lists in another order',
    { l: ['a', 'b'] },
    { l: ['b', 'a'] },
    [{ path: 'l', before: ['a', 'b'], after: ['b', 'a'] }],
  ],
])('tells %s', (_, before, after, expected) => {
  expect(differences(before, after, { nested: ['c'], sets: ['s'] })).toEqual(expected);
});
