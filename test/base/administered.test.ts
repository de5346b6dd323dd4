import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseInput, refuseDeclared, refuseStale } from '../../src/base/administered.ts';

const schema = z.strictObject({
  name: z.string().min(1, 'must not be empty'),
  groups: z.array(z.string('must be text')).default([]),
  claims: z.strictObject({ locale: z.string('must be text').optional() }).optional(),
});

it('tells every problem of an input with its place, each unknown name as a problem of its own', () => {
  const input = { name: '', groups: ['a', 1], claims: { locale: 1, colour: 'red' }, x: 1, y: 2 };
  expect(() => parseInput(schema, input, 'This cannot be.')).toThrowError(
    expect.objectContaining({
      code: 'invalid',
      message: 'This cannot be.',
      fields: [
        { path: 'name', message: 'must not be empty' },
        { path: 'groups[1]', message: 'must be text' },
        { path: 'claims.locale', message: 'must be text' },
        { path: 'claims.colour', message: 'is not known' },
        { path: 'x', message: 'is not known' },
        { path: 'y', message: 'is not known' },
      ],
    }),
  );
  expect(parseInput(schema, { name: 'a' }, '')).toEqual({ name: 'a', groups: [] });
  expect(() => parseInput(schema, [], '')).toThrowError(
    expect.objectContaining({ fields: [{ path: '', message: expect.any(String) }] }),
  );
});

it('keeps rows of the file for the file, and a version that was not seen for whoever saw it', () => {
  expect(() => refuseDeclared('bob', 'file', undefined)).toThrow(
    'bob is declared in the file (postern.yaml, or what a program applied by the API): change it there and apply it.',
  );
  refuseDeclared('bob', 'file', 'file');
  refuseDeclared('bob', 'admin', undefined);
  refuseDeclared('bob', 'admin', 'file');
  expect(() => refuseStale(2, 1)).toThrowError(
    expect.objectContaining({ code: 'conflict', cause: { httpStatus: 412 } }),
  );
  refuseStale(2, 2);
  refuseStale(2, undefined);
});
