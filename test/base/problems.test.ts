import { expect, it } from 'vitest';
import { z } from 'zod';
import { inWords, problemsOf } from '../../src/base/problems.ts';

it.each([
  [z.string(), undefined, 'is missing'],
  [z.enum(['a', 'b']), undefined, 'is missing'],
  [z.string(), 1, 'must be text'],
  [z.number(), Number.NaN, 'must be a number'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.boolean(), 'yes', 'must be true or false'],
  [z.array(z.string()), {}, 'must be a list'],
  [z.strictObject({}), [], 'must be an object'],
  [z.record(z.string(), z.string()), [], 'must be an object'],
  [z.string().min(1), '', 'must not be empty'],
  [z.string().min(2), 'a', 'must have at least 2 characters'],
  [z.string().max(2), 'abc', 'must not be longer than 2 characters'],
  [z.array(z.string()).min(1), [], 'must not be empty'],
  [z.array(z.string()).max(2), ['a', 'b', 'c'], 'must not have more than 2 entries'],
  [z.number().min(1), 0, 'must be at least 1'],
  [z.number().gt(1), 1, 'must be more than 1'],
  [z.number().max(1), 2, 'must be at most 1'],
  [z.number().lt(1), 1, 'must be less than 1'],
  [z.email(), 'a', 'must be an e-mail address'],
  [z.url(), 'a', 'must be an absolute address, such as https://app.example'],
  [z.iso.datetime(), 'a', 'must be a time such as 2030-01-31T12:00:00Z'],
  [z.string().regex(/^a$/), 'b', 'has a form that is not allowed here'],
  [z.enum(['a', 'b']), 'c', 'must be one of a, b'],
  [z.literal(true), false, 'must be true'],
  [z.union([z.string(), z.number()]), true, 'has none of the forms that it may have'],
  [z.record(z.string().min(1), z.string()), { '': 'a' }, 'is no name for it: must not be empty'],
  [z.string().refine(() => false), 'a', 'is not allowed here'],
  [z.string('has its own words'), 1, 'has its own words'],
])('%# an input that does not fit is told in words for people', (schema, input, expected) => {
  const issues = schema.safeParse(input, inWords).error?.issues ?? [];
  expect(problemsOf(schema, issues).map(({ message }) => message)).toEqual([expected]);
});
