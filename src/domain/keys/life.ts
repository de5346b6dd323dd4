/** The life of a key as a table: what ends each state, when, and what comes then. Pure. */
import type { Algorithm } from '../../base/algorithms.ts';
import type { Key, KeyState } from './key.ts';

/** How long a key of one algorithm is what; in seconds. */
export type LifePolicy = {
  /** Published before it signs. 0: it signs as soon as it is published. */
  publishAheadSeconds: number;
  activeSeconds: number;
  /** Published after it has signed last: as long as something it signed is good for anything. */
  retiringSeconds: number;
  /** How long beyond its time a pending key waits for clients that have not fetched it; undefined: it does not wait. */
  waitSeconds?: number | undefined;
};

/** `publish`: a next key; `replace`: one that signs at once. */
export type Step =
  | { kind: 'publish' | 'replace' }
  | { kind: 'activate' | 'remove' | 'retire'; kid: string }
  /** Its time has come, but clients have to be waited for until `until` (epoch ms). */
  | { kind: 'wait'; kid: string; until: number };

type Situation = { keys: readonly Key[]; policy: LifePolicy; now: number };
type Rule = {
  from: KeyState;
  to: KeyState;
  /** When the state ends by itself (epoch ms); undefined while another key has to come first. */
  endsAt(key: Key, situation: Situation): number | undefined;
  step(key: Key, situation: Situation): Step;
};

const milliseconds = (seconds: number): number => seconds * 1000;

/** When the next key is to sign: the present one has been active for as long as it may. */
export const retiresAt = ({ activatedAt = 0 }: Key, { activeSeconds }: LifePolicy): number =>
  activatedAt + milliseconds(activeSeconds);

export const removesAt = ({ retiredAt = 0 }: Key, { retiringSeconds }: LifePolicy): number =>
  retiredAt + milliseconds(retiringSeconds);

/** Until when a pending key whose time has come waits for clients; undefined for any other, and where nobody is waited for. */
export function waitsUntil({ state, activatesAt = 0 }: Key, policy: LifePolicy, now: number): number | undefined {
  const until = activatesAt + milliseconds(policy.waitSeconds ?? 0);
  return state === 'pending' && activatesAt <= now && now < until ? until : undefined;
}

export const lifeOfKeys: readonly Rule[] = [
  {
    from: 'pending',
    to: 'active',
    endsAt: ({ activatesAt = 0 }) => activatesAt,
    step: (key, { policy, now }) => {
      const until = waitsUntil(key, policy, now);
      return until === undefined ? { kind: 'activate', kid: key.kid } : { kind: 'wait', kid: key.kid, until };
    },
  },
  {
    from: 'active',
    to: 'retiring',
    // With a next one published it ends when that one signs; without, the next one is due so much earlier.
    endsAt: (key, { keys, policy }) =>
      keys.some(({ state }) => state === 'pending')
        ? undefined
        : retiresAt(key, policy) - milliseconds(policy.publishAheadSeconds),
    step: (_key, { policy }) => ({ kind: policy.publishAheadSeconds === 0 ? 'replace' : 'publish' }),
  },
  {
    from: 'retiring',
    to: 'removed',
    endsAt: (key, { policy }) => removesAt(key, policy),
    step: ({ kid }) => ({ kind: 'remove', kid }),
  },
];

/** What is due now for the keys of one algorithm. */
export function stepsDue(situation: Situation): Step[] {
  const { keys, now } = situation;
  return keys.flatMap((key) => {
    const rule = lifeOfKeys.find(({ from }) => from === key.state);
    const endsAt = rule?.endsAt(key, situation);
    return rule === undefined || endsAt === undefined || endsAt > now ? [] : [rule.step(key, situation)];
  });
}

/**
 * What is due for an algorithm that keys are not made for any more: nothing new, and what signs stops. Whoever drops one
 * from the settings is told before which clients use it.
 */
export function stepsOfDropped(situation: Situation): Step[] {
  const stopping = situation.keys
    .filter(({ state }) => state === 'active' || state === 'pending')
    .map(({ kid }): Step => ({ kind: 'retire', kid }));
  return [...stopping, ...stepsDue(situation).filter(({ kind }) => kind === 'remove')];
}

/** What is going to be due for the keys of one algorithm, and when (epoch ms, not before now); the soonest first. */
export function stepsToCome(situation: Situation): (Step & { at: number })[] {
  const { keys, now } = situation;
  const steps = keys.flatMap((key) => {
    const rule = lifeOfKeys.find(({ from }) => from === key.state);
    const endsAt = rule?.endsAt(key, situation);
    if (rule === undefined || endsAt === undefined) return [];
    const at = Math.max(endsAt, now);
    return [{ ...rule.step(key, { ...situation, now: at }), at }];
  });
  return steps.sort((one, other) => one.at - other.at);
}

export type PolicyOf = (algorithm: Algorithm) => LifePolicy;
