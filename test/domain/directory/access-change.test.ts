import { describe, expect, it } from 'vitest';
import { accessChanges, type Door, type Person } from '../../../src/domain/directory/access-change.ts';

const person = (username: string, groups: string[] = [], disabled = false): Person => {
  return { id: `acc_${username}`, username, groups, disabled };
};
const door = (access: Door['access'], disabled = false): Door => ({ id: 'app', access, disabled });
const alice = person('alice', ['dev']);
const bob = person('bob');
const change = (gains: string[], loses: string[]) => [
  { clientId: 'app', gains, loses, gainsCount: gains.length, losesCount: loses.length },
];

describe('access', () => {
  it.each([
    ['nothing changed', [alice, bob], [door(['dev'])], [alice, bob], [door(['dev'])], []],
    [
      'a person joins the group',
      [bob],
      [door(['dev'])],
      [person('bob', ['dev'])],
      [door(['dev'])],
      change(['bob'], []),
    ],
    ['a person leaves', [alice], [door(['dev'])], [person('alice')], [door(['dev'])], change([], ['alice'])],
    [
      'a person is disabled',
      [alice],
      [door(['dev'])],
      [person('alice', ['dev'], true)],
      [door(['dev'])],
      change([], ['alice']),
    ],
    ['a person goes', [alice, bob], [door('everybody')], [alice], [door('everybody')], change([], ['bob'])],
    ['a person comes', [], [door('everybody')], [bob], [door('everybody')], change(['bob'], [])],
    ['the rule changes', [alice, bob], [door(['dev'])], [alice, bob], [door(['ops'])], change([], ['alice'])],
    ['the rule opens to all', [alice, bob], [door(['dev'])], [alice, bob], [door('everybody')], change(['bob'], [])],
    ['a client comes', [alice, bob], [], [alice, bob], [door(['dev'])], change(['alice'], [])],
    ['a client goes', [alice, bob], [door('everybody')], [alice, bob], [], change([], ['alice', 'bob'])],
    ['a client is switched off', [alice], [door(['dev'])], [alice], [door(['dev'], true)], change([], ['alice'])],
    ['a client for nobody comes', [alice], [], [alice], [door('nobody')], []],
    ['a person is called otherwise', [alice], [door(['dev'])], [{ ...alice, username: 'alix' }], [door(['dev'])], []],
  ])('%s', (_, people, doors, peopleAfter, doorsAfter, expected) => {
    const before = { people, doors };
    expect(accessChanges(before, { people: peopleAfter, doors: doorsAfter })).toEqual(expected);
  });

  it('names the first twenty and counts all', () => {
    const people = Array.from({ length: 25 }, (_, index) => person(`p${String(index).padStart(2, '0')}`));
    const [found] = accessChanges({ people, doors: [] }, { people, doors: [door('everybody')] });
    expect(found).toMatchObject({ gainsCount: 25, losesCount: 0, loses: [] });
    expect(found?.gains).toHaveLength(20);
    expect(found?.gains[0]).toBe('p00');
  });
});
