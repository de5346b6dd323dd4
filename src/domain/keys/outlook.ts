/** What the published keys were, are and are to be, for whoever shows it. Pure. */
import type { Algorithm } from '../../base/algorithms.ts';
import type { Key, KeyInfo, KeyState } from './key.ts';
import { type LifePolicy, removesAt, retiresAt, type Step, stepsOfDropped, stepsToCome } from './life.ts';

/** From when to when a key is what, epoch ms; what lies ahead is the plan. */
export type Phase = { state: Exclude<KeyState, 'removed'>; from: number; to: number };
/** A step of a key's life that comes by itself, and when (epoch ms). */
export type ComingStep = Step & { at: number };
export type KeyOutlook = KeyInfo & { phases: Phase[] };

/** The keys of one algorithm that are published, the youngest first, and what happens to them next, the soonest first. */
export type Outlook = {
  algorithm: Algorithm;
  /** Keys are made for it. One that was dropped from the settings stops to sign when no client uses it. */
  isMade: boolean;
  /** How long its next key is published before it signs. */
  publishAheadSeconds: number;
  keys: KeyOutlook[];
  steps: ComingStep[];
};

type Given = { keys: readonly KeyInfo[]; policy: LifePolicy; now: number; isMade: boolean };

export function outlookOf(algorithm: Algorithm, { keys: all, policy, now, isMade }: Given): Outlook {
  const keys = all.filter((key) => key.algorithm === algorithm && key.state !== 'removed');
  const situation = { keys, policy, now };
  return {
    ...{ algorithm, isMade, publishAheadSeconds: policy.publishAheadSeconds },
    keys: keys.map((key) => ({ ...key, phases: phasesOf(key, situation) })),
    steps: isMade ? stepsToCome(situation) : stepsOfDroppedToCome(situation),
  };
}

function stepsOfDroppedToCome(situation: Omit<Given, 'isMade'>): ComingStep[] {
  const stopping = stepsOfDropped(situation).filter(({ kind }) => kind === 'retire');
  const removals = stepsToCome(situation).filter(({ kind }) => kind === 'remove');
  return [...stopping.map((step) => ({ ...step, at: situation.now })), ...removals];
}

function phasesOf(key: Key, { keys, policy, now }: Omit<Given, 'isMade'>): Phase[] {
  const { createdAt } = key;
  const begins = beginOf(key, now);
  const ends = key.retiredAt ?? (begins === undefined ? now : endOf(key, begins, { keys, policy, now }));
  const phases: Phase[] = [
    { state: 'pending', from: createdAt, to: begins ?? ends },
    { state: 'active', from: begins ?? ends, to: ends },
    { state: 'retiring', from: ends, to: Math.max(removesAt({ ...key, retiredAt: ends }, policy), now) },
  ];
  return phases.filter(({ from, to }) => to > from);
}

/** When it began to sign, or is to; undefined for one that was dropped before it did. */
const beginOf = ({ state, activatedAt, activatesAt = 0 }: Key, now: number): number | undefined =>
  activatedAt ?? (state === 'pending' ? Math.max(activatesAt, now) : undefined);

/** When it is to stop: when the next one begins. What is overdue is due now. */
function endOf(key: Key, begins: number, { keys, policy, now }: Omit<Given, 'isMade'>): number {
  const next = keys.find(({ state }) => state === 'pending');
  const planned = retiresAt({ ...key, activatedAt: begins }, policy);
  return key.state === 'active' && next ? (beginOf(next, now) ?? planned) : Math.max(planned, now);
}
