/** What the published keys were, are and are to be, for whoever shows it. Pure. */
import type { Algorithm } from '../../base/algorithms.ts';
import type { KeyInfo, KeyState } from './key.ts';
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

/** What a picture of them has to span, epoch ms: all that has begun to its end, and a little of what comes after. */
export function spanOf(outlooks: readonly Outlook[], now: number): { from: number; to: number } {
  const phases = outlooks.flatMap(({ keys }) => keys.flatMap((key) => key.phases)).filter(({ from }) => from <= now);
  const from = Math.min(now, ...phases.map((phase) => phase.from));
  const to = Math.max(now + 1, ...phases.map((phase) => phase.to));
  return { from, to: to + (to - from) / 10 };
}

function stepsOfDroppedToCome(situation: Omit<Given, 'isMade'>): ComingStep[] {
  const stopping = stepsOfDropped(situation).filter(({ kind }) => kind === 'retire');
  const removals = stepsToCome(situation).filter(({ kind }) => kind === 'remove');
  return [...stopping.map((step) => ({ ...step, at: situation.now })), ...removals];
}

function phasesOf(key: KeyInfo, { policy, now }: Pick<Given, 'policy' | 'now'>): Phase[] {
  const { createdAt } = key;
  const begins = beginOf(key, now);
  const ends = key.retiredAt ?? (begins === undefined ? now : endOf(key, begins, { policy, now }));
  const phases: Phase[] = [
    { state: 'pending', from: createdAt, to: begins ?? ends },
    { state: 'active', from: begins ?? ends, to: ends },
    { state: 'retiring', from: ends, to: Math.max(removesAt({ ...key, retiredAt: ends }, policy), now) },
  ];
  return phases.filter(({ from, to }) => to > from);
}

/** When it began to sign, or is to, at the latest; undefined for one that was dropped before it did. */
const beginOf = ({ state, activatedAt, activatesAt = 0, waitsUntil }: KeyInfo, now: number): number | undefined =>
  activatedAt ?? (state === 'pending' ? (waitsUntil ?? Math.max(activatesAt, now)) : undefined);

/** When it is to stop: when the next one begins. What is overdue is due now. */
function endOf(key: KeyInfo, begins: number, { policy, now }: Pick<Given, 'policy' | 'now'>): number {
  return Math.max(key.retiresAt ?? retiresAt({ ...key, activatedAt: begins }, policy), now);
}
