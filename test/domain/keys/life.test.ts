import { describe, expect, it } from 'vitest';
import type { Key, KeyState } from '../../../src/domain/keys/keys.ts';
import { type LifePolicy, lifeOfKeys, stepsDue, stepsOfDropped } from '../../../src/domain/keys/life.ts';

const policy: LifePolicy = { publishAheadSeconds: 100, activeSeconds: 1000, retiringSeconds: 500 };
const key = (kid: string, state: KeyState, times: Partial<Key>): Key => ({
  ...{ kid, algorithm: 'ES256', state, isRevoked: false, createdAt: 0 },
  ...times,
});
const pending = key('next', 'pending', { activatesAt: 900_000 });
const active = key('now', 'active', { activatedAt: 0 });
const retiring = key('old', 'retiring', { retiredAt: 0 });

describe('the life of a key', () => {
  it('knows every state but the last as one that ends, each once and in order', () => {
    expect(lifeOfKeys.map(({ from, to }) => [from, to])).toEqual([
      ['pending', 'active'],
      ['active', 'retiring'],
      ['retiring', 'removed'],
    ]);
  });

  const waiting = { ...policy, waitSeconds: 60 };
  const unhurried = { ...policy, publishAheadSeconds: 0 };
  it.each<[string, Key[], LifePolicy, number, object[]]>([
    ['an active one is left alone before the next is due', [active], policy, 899_999, []],
    ['the next is published so much before the active one is over', [active], policy, 900_000, [{ kind: 'publish' }]],
    ['where nothing is published ahead it is replaced when it is over', [active], unhurried, 999_999, []],
    ['and then at once', [active], unhurried, 1_000_000, [{ kind: 'replace' }]],
    ['with a next one on its way no other is made, however late it is', [active, pending], policy, 800_000, []],
    ['a pending one waits for its time', [pending, active], policy, 899_999, []],
    ['and signs when it has come', [pending, active], policy, 900_000, [{ kind: 'activate', kid: 'next' }]],
    ['or waits for clients', [pending, active], waiting, 900_000, [{ kind: 'wait', kid: 'next', until: 960_000 }]],
    ['still, just before the deadline', [pending], waiting, 959_999, [{ kind: 'wait', kid: 'next', until: 960_000 }]],
    ['until the deadline', [pending, active], waiting, 960_000, [{ kind: 'activate', kid: 'next' }]],
    ['a retiring one stays', [retiring], policy, 499_999, []],
    ['until nothing it signed is good any more', [retiring], policy, 500_000, [{ kind: 'remove', kid: 'old' }]],
    ['a removed one is over', [key('gone', 'removed', { removedAt: 0 })], policy, 9_000_000, []],
    [
      'several things may be due',
      [pending, active, retiring],
      policy,
      900_000,
      [
        { kind: 'activate', kid: 'next' },
        { kind: 'remove', kid: 'old' },
      ],
    ],
  ])('%s', (_name, keys, policyOfIt, now, expected) => {
    expect(stepsDue({ keys, policy: policyOfIt, now })).toEqual(expected);
  });

  it('of an algorithm that was dropped nothing new begins, and what signs stops', () => {
    expect(stepsOfDropped({ keys: [pending, active, retiring], policy, now: 900_000 })).toEqual([
      { kind: 'retire', kid: 'next' },
      { kind: 'retire', kid: 'now' },
      { kind: 'remove', kid: 'old' },
    ]);
    expect(stepsOfDropped({ keys: [retiring], policy, now: 0 })).toEqual([]);
  });
});
