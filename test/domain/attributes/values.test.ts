import { describe, expect, it } from 'vitest';
import {
  type AttributeType,
  attributeFromText,
  attributeProblems,
  attributeText,
  attributeTypes,
} from '../../../src/domain/attributes/attributes.ts';

const good: Record<AttributeType, unknown[]> = {
  string: ['', 'x', 'two\nlines', 'x'.repeat(4000)],
  number: [0, -1.5, 1e300],
  boolean: [true, false],
  date: ['2024-02-29', '0001-01-01'],
  strings: [[], ['a', '']],
  json: [null, 0, 'x', { a: [1] }, []],
};
const bad: Record<AttributeType, unknown[]> = {
  string: [1, null, ['x'], {}, 'x'.repeat(4001)],
  number: ['1', null, Number.NaN, Number.POSITIVE_INFINITY, true],
  boolean: ['true', 0, null],
  date: ['2023-02-29', '2024-1-1', '2024-13-01', 'today', '+012345-01-01', 20_240_101, '2024-01-01T00:00:00Z'],
  strings: ['a', [1], [['a']], [null], Array(201).fill('a')],
  json: [undefined, 'x'.repeat(16_384)],
};

describe.each(attributeTypes)('%s', (type) => {
  const problemOf = (value: unknown) => attributeProblems([{ name: 'it', type }], { it: value });

  it('takes what it is and nothing else', () => {
    for (const value of good[type]) expect(problemOf(value), JSON.stringify(value)).toEqual([]);
    for (const value of bad[type]) {
      expect(problemOf(value)).toEqual([{ path: 'attributes.it', message: expect.stringMatching(/^must be /) }]);
    }
  });
});

it('tells all problems at once, also names that nobody defined and those that every object has', () => {
  const values = JSON.parse('{"room": 1, "rom": "x", "constructor": "x", "__proto__": "x", "badge": 7}');
  const definitions = [
    { name: 'room', type: 'string' },
    { name: 'badge', type: 'number' },
  ] as const;
  expect(attributeProblems(definitions, values).map(({ path }) => path)).toEqual([
    'attributes.room',
    'attributes.rom',
    'attributes.constructor',
    'attributes.__proto__',
  ]);
});

it.each<[AttributeType, string, unknown]>([
  ['string', ' as it is ', ' as it is '],
  ['number', ' -1.5 ', -1.5],
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['date', '2024-02-29', '2024-02-29'],
  ['strings', 'one\r\n two \n\nthree', ['one', 'two', 'three']],
  ['strings', '', []],
  ['json', ' {"a": [1, null]} ', { a: [1, null] }],
  ['json', 'null', null],
])('reads %s from %o, and writes it back', (type, text, value) => {
  expect(attributeFromText(type, text)).toEqual({ value });
  expect(attributeFromText(type, attributeText(type, value))).toEqual({ value });
});

it.each<[AttributeType, string]>([
  ['number', ''],
  ['number', '1,5'],
  ['number', '0x'],
  ['boolean', 'yes'],
  ['date', '29.02.2024'],
  ['json', '{a: 1}'],
  ['json', ''],
])('says what %s expects instead of %o', (type, text) => {
  expect(attributeFromText(type, text)).toEqual({ problem: expect.stringMatching(/^must be /) });
});
