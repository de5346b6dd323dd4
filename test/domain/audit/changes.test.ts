import { expect, it } from 'vitest';
import { changedFields } from '../../../src/domain/audit/audit.ts';

it('M13 tells the fields that differ, before and after, and null for one that was not there', () => {
  const before = { name: 'Ann', groups: ['a', 'b'], email: 'ann@example.test', claims: { locale: 'de' } };
  const after = { name: 'Ann', groups: ['b', 'a'], phone: '1', claims: { locale: 'de' } };
  expect(changedFields(before, after)).toEqual({
    before: { groups: ['a', 'b'], email: 'ann@example.test', phone: null },
    after: { groups: ['b', 'a'], email: null, phone: '1' },
  });
  expect(changedFields(before, { ...before })).toBeUndefined();
  expect(changedFields({ name: undefined }, {})).toBeUndefined();
});
