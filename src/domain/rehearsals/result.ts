/** Rehearsals as people see them. Pure. */
import type { Step } from './step.ts';
import type { StoredRehearsal } from './store.ts';
import { type VariantName, variantNames } from './variants.ts';
import { type Outcome, type Verdict, verdictOf } from './verdict.ts';

/** `clientId`: undefined where it is played against every client. `endedAt`: undefined while it runs. Epoch ms. */
export type Rehearsal = Omit<StoredRehearsal, 'sealedKeys'>;
export type ClientVerdict = { clientId: string; verdict: Verdict };
/** `verdict`: of the client that it was played against; of several the worst. `clients`: of each that did something. */
export type Result = Rehearsal & { verdict: Verdict; clients: ClientVerdict[] };

/** Whoever asks after its time finds it ended, whether somebody has noted that or not. */
export function rehearsalOf({ sealedKeys: _sealedKeys, ...stored }: StoredRehearsal, now: number): Rehearsal {
  return { ...stored, endedAt: stored.endedAt ?? (now >= stored.endsAt ? stored.endsAt : undefined) };
}

const worstFirst: readonly Outcome[] = ['failed', 'unclear', 'passed', 'untried'];

export function resultOf(rehearsal: Rehearsal, isOver: boolean): Result {
  const { variant, clientId, steps } = rehearsal;
  const seen = new Set(steps.flatMap((step) => ('clientId' in step ? step.clientId : [])));
  const names = clientId === undefined ? [...seen] : [clientId];
  const clients = names.map((name) => ({
    clientId: name,
    verdict: verdictOf(variant, stepsOf(steps, name), { isOver }),
  }));
  const verdicts = clients.map(({ verdict }) => verdict).toSorted(byOutcome);
  return { ...rehearsal, clients, verdict: verdicts[0] ?? verdictOf(variant, steps, { isOver }) };
}

const byOutcome = (one: Verdict, other: Verdict): number =>
  worstFirst.indexOf(one.outcome) - worstFirst.indexOf(other.outcome);

/** Those of one client, and those that are nobody's: who fetches the key set does not say who they are. */
const stepsOf = (steps: readonly Step[], clientId: string): Step[] =>
  steps.filter((step) => !('clientId' in step) || step.clientId === clientId);

/** `of`: how many variants there are. `variants`: those that were played, in their order, and when (epoch ms). */
export type Summary = {
  passed: number;
  of: number;
  variants: { variant: VariantName; id: string; at: number; verdict: Verdict }[];
};

/** `rehearsals`: of one client, the latest first. */
export function summaryOf(rehearsals: readonly Rehearsal[]): Summary {
  const played = variantNames.flatMap((variant) => {
    const latest = rehearsals.find((rehearsal) => rehearsal.variant === variant);
    if (!latest) return [];
    const { verdict } = resultOf(latest, latest.endedAt !== undefined);
    return [{ variant, id: latest.id, at: latest.startedAt, verdict }];
  });
  const passed = played.filter(({ verdict }) => verdict.outcome === 'passed').length;
  return { passed, of: variantNames.length, variants: played };
}
