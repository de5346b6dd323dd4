import { describe, expect, it } from 'vitest';
import { scopeClaims } from '../../../src/domain/accounts/accounts.ts';
import { clientInput } from '../../../src/domain/clients/input.ts';
import { attributesNamed, groupsNamed, mappableClaims, reservedClaims } from '../../../src/domain/clients/policy.ts';

function problemsOf(policy: object): Record<string, string> {
  const parsed = clientInput.safeParse({ id: 'x', ...policy });
  return Object.fromEntries(parsed.error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? []);
}

describe('claim rules', () => {
  it.each([
    [{ claim: 'groups', name: 'https://app.example/groups' }],
    [{ attribute: 'costCentre' }],
    [{ name: 'tenant', value: { id: 7, tags: ['a'] } }],
    [{ name: 'plan', value: false, in: ['access_token'], scope: 'api' }],
    [{ claim: 'roles', only: ['app-*', 'admin'], prefix: 'role:', in: [] }],
  ])('%j is fine', (rule) => {
    expect(problemsOf({ claims: [rule] })).toEqual({});
  });

  it.each([
    ['claim', {}],
    ['claim', { claim: 'sub' }],
    ['attribute', { claim: 'email', attribute: 'mail' }],
    ['value', { attribute: 'mail', value: 1, name: 'x' }],
    ['name', { value: 'x' }],
    ['name', { value: 'x', name: 'two\nlines' }],
    ['value', { value: null, name: 'x' }],
    ['value', { value: 'x'.repeat(5000), name: 'x' }],
    ['only', { value: 'x', name: 'x', only: ['x'] }],
    ['prefix', { value: 'x', name: 'x', prefix: 'x' }],
    ['only.0', { claim: 'groups', only: ['*a'] }],
    ['only.0', { claim: 'groups', only: [''] }],
    ['in.0', { claim: 'groups', in: ['logout_token'] }],
    ['scope', { claim: 'groups', scope: 'two scopes' }],
    ['name', { attribute: 'client_id' }],
  ])('%s of %j is refused', (path, rule) => {
    expect(Object.keys(problemsOf({ claims: [rule] }))).toContain(`claims.0.${path}`);
  });

  it('refuse the claims that make a token what it is, under whatever source', () => {
    for (const name of reservedClaims) {
      expect(problemsOf({ claims: [{ claim: 'groups', name }] })).toHaveProperty(['claims.0.name']);
      expect(problemsOf({ claims: [{ value: 1, name }] })).toHaveProperty(['claims.0.name']);
    }
  });

  it('refuse what is no JSON, or nested too deeply for it, with a problem', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(problemsOf({ claims: [{ name: 'x', value: deep }] })).toHaveProperty(['claims.0.value']);
    const unknown = problemsOf({ claims: [{ claim: 'groups', rename: 'x' }] });
    expect(Object.keys(unknown)).toEqual(['claims.0']);
  });

  it('can take every claim that scopes give, and roles', () => {
    const given = Object.values(scopeClaims)
      .flat()
      .filter((name) => name !== 'sub');
    expect([...mappableClaims].sort()).toEqual([...new Set([...given, 'roles'])].sort());
  });
});

describe('access and roles', () => {
  it.each([['everybody'], ['nobody'], [['engineering']], [[]]])('access may be %j', (access) => {
    expect(problemsOf({ access })).toEqual({});
  });

  it.each([
    ['access', { access: 'admins' }],
    ['access', { access: true }],
    ['access', { access: ['a b'] }],
  ])('%s of %j is refused', (path, policy) => {
    expect(Object.keys(problemsOf(policy)).join()).toContain(path);
  });

  it('roles are lists of groups', () => {
    expect(problemsOf({ roles: { admin: ['ops', 'engineering'], viewer: [] } })).toEqual({});
    expect(Object.keys(problemsOf({ roles: { admin: 'ops' } }))).toEqual(['roles.admin']);
    expect(Object.keys(problemsOf({ roles: { '': ['ops'] } })).join()).toContain('roles');
    expect(Object.keys(problemsOf({ roles: ['ops'] }))).toEqual(['roles']);
  });

  it('are not more roles than are read with each token without a thought', () => {
    const roles = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, []]));
    expect(problemsOf({ roles: roles(200) })).toEqual({});
    expect(problemsOf({ roles: roles(201) })).toEqual({ roles: 'must not be more than 200' });
  });

  it('tell which groups and attributes they name, and where', () => {
    expect(groupsNamed({ access: ['a', 'b'], roles: { admin: ['a'] } })).toEqual([
      { group: 'a', path: 'access[0]' },
      { group: 'b', path: 'access[1]' },
      { group: 'a', path: 'roles.admin[0]' },
    ]);
    expect(groupsNamed({ access: true })).toEqual([]);
    expect(attributesNamed({ claims: [{ claim: 'name' }, { attribute: 'floor' }] })).toEqual([
      { attribute: 'floor', path: 'claims[1].attribute' },
    ]);
  });
});
