import { describe, expect, it } from 'vitest';
import { mappedClaims } from '../../../src/domain/access/access.ts';
import type { Account } from '../../../src/domain/accounts/accounts.ts';
import type { ClaimRule } from '../../../src/domain/clients/clients.ts';

const account: Account = {
  id: 'acc_alice',
  username: 'alice',
  name: 'Alice Archer',
  email: 'alice@example.test',
  emailVerified: true,
  claims: { given_name: 'Alice', address: { country: 'DE' } },
  groups: ['app:admins', 'app:users', 'sales'],
  attributes: { employeeNumber: 17, badges: ['red', 'blue'], remote: false, site: { floor: 3 } },
  disabled: false,
  hasPassword: true,
  origin: 'admin',
  version: 1,
  createdAt: 0,
  updatedAt: 5000,
  tokensFrom: undefined,
};
type Use = Parameters<typeof mappedClaims>[0]['use'];
const map = (rules: ClaimRule[], { use = 'userinfo' as Use, scopes = ['openid'] } = {}) =>
  mappedClaims({ account, roles: ['editor'], rules, use, scopes: new Set(scopes) });

describe('a claim rule', () => {
  it.each<[string, ClaimRule, Record<string, unknown>]>([
    [
      'renames to an address',
      { claim: 'groups', name: 'https://app.example/groups' },
      { 'https://app.example/groups': account.groups },
    ],
    ['keeps the name it has', { claim: 'preferred_username' }, { preferred_username: 'alice' }],
    ['hands on a standard claim', { claim: 'email', name: 'mail' }, { mail: 'alice@example.test' }],
    ['hands on roles', { claim: 'roles', name: 'app_roles' }, { app_roles: ['editor'] }],
    ['hands on an attribute', { attribute: 'employeeNumber' }, { employeeNumber: 17 }],
    ['hands on a false attribute', { attribute: 'remote', name: 'works_remote' }, { works_remote: false }],
    ['hands on a structured attribute', { attribute: 'site' }, { site: { floor: 3 } }],
    ['says the same of everybody', { value: ['a', 1], name: 'tenant' }, { tenant: ['a', 1] }],
    ['filters by whole words', { claim: 'groups', only: ['sales'] }, { groups: ['sales'] }],
    ['filters by beginnings', { claim: 'groups', only: ['app:*'] }, { groups: ['app:admins', 'app:users'] }],
    ['leaves an array that has nothing left', { claim: 'groups', only: ['none'] }, { groups: [] }],
    ['puts a prefix in front of each', { attribute: 'badges', prefix: 'b-' }, { badges: ['b-red', 'b-blue'] }],
    ['filters first, then prefixes', { claim: 'groups', only: ['s*'], prefix: 'x/' }, { groups: ['x/sales'] }],
    ['prefixes text', { claim: 'preferred_username', prefix: 'corp/' }, { preferred_username: 'corp/alice' }],
    ['leaves numbers alone', { attribute: 'employeeNumber', prefix: 'x', only: ['y'] }, { employeeNumber: 17 }],
    ['keeps a star that is not at the end', { value: ['a*b', 'acb'], only: ['a*b'], name: 'x' }, { x: ['a*b'] }],
  ])('%s', (_what, rule, set) => {
    expect(map([rule])).toEqual({ set, remove: [] });
  });

  it.each<[string, ClaimRule]>([
    ['an attribute that this person has no value of', { attribute: 'costCentre', name: 'x' }],
    ['an attribute named like what every object has', { attribute: 'constructor', name: 'x' }],
    ['a claim that there is not', { claim: 'phone_number', name: 'x' }],
    ['a claim named like what every object has', { claim: 'toString' as 'groups', name: 'x' }],
    ['text that is filtered away', { claim: 'email', only: ['bob*'], name: 'x' }],
    ['a scope that was not granted', { claim: 'groups', scope: 'groups', name: 'x' }],
    ['a use that it is not for', { claim: 'groups', in: ['id_token', 'access_token'], name: 'x' }],
    ['no use at all', { claim: 'groups', in: [], name: 'x' }],
  ])('takes its name away for %s', (_what, rule) => {
    expect(map([rule])).toEqual({ set: {}, remove: ['x'] });
  });

  it('is for all uses unless it says for which', () => {
    for (const use of ['id_token', 'userinfo', 'access_token'] as const) {
      expect(map([{ claim: 'groups' }], { use }).set).toHaveProperty('groups');
      expect(map([{ claim: 'groups', in: [use] }], { use }).set).toHaveProperty('groups');
    }
  });

  it('counts once its scope was granted', () => {
    expect(map([{ claim: 'email', scope: 'email', name: 'x' }], { scopes: ['openid', 'email'] }).set).toEqual({
      x: 'alice@example.test',
    });
  });

  it('is outdone by a later one of the same name that has something to say', () => {
    const rules: ClaimRule[] = [
      { value: 'first', name: 'x' },
      { value: 'second', name: 'x' },
      { attribute: 'costCentre', name: 'x' },
    ];
    expect(map(rules)).toEqual({ set: { x: 'second' }, remove: [] });
  });

  it('says nothing where there are none', () => {
    expect(map([])).toEqual({ set: {}, remove: [] });
    expect(mappedClaims({ account, roles: [], rules: undefined, use: 'id_token', scopes: new Set() })).toEqual({
      set: {},
      remove: [],
    });
  });

  it.each(['sub', 'iss', 'aud', 'exp', 'nonce', 'acr', 'sid', 'client_id', 'scope', 'cnf', 'constructor', '__proto__'])(
    'never says %s, whoever stored it',
    (name) => {
      expect(map([{ value: 'acc_bob', name }])).toEqual({ set: {}, remove: [] });
      expect(map([{ claim: 'groups', in: [], name }])).toEqual({ set: {}, remove: [] });
    },
  );
});
