import { expect, it } from 'vitest';
import { readRegistration } from '../../../src/domain/clients/registration.ts';

const rules = { allowPrivateHttp: false, isSample: false, defaultAccess: true as const, now: 1000 };
const problemsOf = (input: object, isDeclared = false) => readRegistration(input, { ...rules, isDeclared }).problems;

it('a role whose name every object has is refused, not dropped', () => {
  const input = JSON.parse('{ "id": "x", "roles": { "__proto__": ["a"], "editor": ["b"] } }');
  expect(problemsOf(input)).toEqual([
    { path: 'roles.__proto__', message: expect.stringContaining('no role may have') },
  ]);
});

it.each(['.', '..'])('an id that vanishes out of an address is refused: %s', (id) => {
  expect(problemsOf({ id })).toEqual([{ path: 'id', message: 'must not be . or ..: choose another' }]);
});

it.each(['...', '.a', 'a..', '-', '%2e'])('other ids with dots are fine: %s', (id) => {
  expect(problemsOf({ id })).toEqual([]);
});

it('a weak secret: leaving it out helps at the doors, but not in the file', () => {
  const told = (isDeclared: boolean) => problemsOf({ id: 'x', secret: 'hunter2' }, isDeclared)[0]?.message;
  expect(told(false)).toContain('or leave it out to get one made');
  expect(told(true)).toContain('or write secretHashes: []');
  expect(told(true)).not.toContain('leave it out');
});

it('a resource that does not exist is refused, but not one that the client has already', () => {
  const input = { id: 'x', secretHashes: [], resourceServer: ['urn:a', 'urn:old', 'urn:ab'] };
  const known = { ...rules, resources: ['urn:a'], keptResources: ['urn:old'] };
  expect(readRegistration(input, known).problems).toEqual([
    { path: 'resourceServer[2]', message: expect.stringContaining('is not the identifier of one of the resources') },
  ]);
  expect(readRegistration(input, rules).problems).toEqual([]);
});
