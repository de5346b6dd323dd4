import { describe, expect, it } from 'vitest';
import { adminRoleOf, mayOpen, rolesOf } from '../../../src/domain/access/access.ts';

describe('who may open a client', () => {
  it.each([
    ['a rule that was never written', undefined, [], { allowed: true }],
    ['everybody, as it is stored', true, [], { allowed: true }],
    ['everybody', 'everybody', [], { allowed: true }],
    ['nobody', 'nobody', ['admins'], { allowed: false }],
    ['nobody, as it is stored', [], ['admins'], { allowed: false }],
    ['one of the groups', ['office', 'engineering'], ['sales', 'engineering'], { allowed: true, by: 'engineering' }],
    ['none of the groups', ['office'], ['sales'], { allowed: false }],
    ['no group at all', ['office'], [], { allowed: false }],
    ['the same word in other letters', ['Office'], ['office'], { allowed: false }],
    ['a group named like the word for all', ['everybody'], ['sales'], { allowed: false }],
  ] as const)('%s', (_what, access, groups, expected) => {
    expect(mayOpen(groups, access)).toEqual(expected);
  });
});

describe('roles', () => {
  const roles = { viewer: ['sales', 'engineering'], editor: ['engineering'], owner: [] };

  it('are those that name one of the groups, in the order of the client', () => {
    expect(rolesOf(['engineering'], roles)).toEqual(['viewer', 'editor']);
    expect(rolesOf(['sales'], roles)).toEqual(['viewer']);
    expect(rolesOf(['admins'], roles)).toEqual([]);
    expect(rolesOf([], roles)).toEqual([]);
    expect(rolesOf(['engineering'], undefined)).toEqual([]);
  });
});

describe('the role in Postern itself', () => {
  const settings = { adminGroups: ['admins'], readGroups: ['auditors', 'board'] };

  it('is the highest of the groups', () => {
    expect(adminRoleOf(['board', 'admins'], settings)).toBe('admin');
    expect(adminRoleOf(['board'], settings)).toBe('auditor');
    expect(adminRoleOf(['engineering'], settings)).toBeUndefined();
    expect(adminRoleOf(['admins'], { adminGroups: [], readGroups: [] })).toBeUndefined();
  });
});
