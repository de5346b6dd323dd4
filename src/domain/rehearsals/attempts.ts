/** The sign-ins among the steps of one client, and what became of each. Pure. */
import type { SignOfLife, Step, TokenStep } from './step.ts';

export type Evidence = SignOfLife | 'refresh' | 'told' | 'asked again';
/** `silent`: nothing that came after it speaks of it. */
type Fate = { is: 'accepted' | 'refused' | 'silent'; by?: Evidence };
export type Attempt = {
  token: TokenStep;
  fate: Fate;
  /** The client has fetched the key set since the rehearsal began, and got it whole, before it took or refused the token. */
  hasKeys: boolean;
  /** The same of whoever has another address than the client. */
  othersHaveKeys: boolean;
  /** It has asked for the key set after it had the token. */
  hasLooked: boolean;
  /** How long nothing had been fetched when the token was handed over, as far as it can be known; ms. */
  sinceFetch: number;
};

/** Every sign-in in which an ID token was handed over. One that a refresh brought belongs to the sign-in before it. */
export function attemptsOf(steps: readonly Step[]): Attempt[] {
  const starts = steps.flatMap((step, index) => (isSignIn(step) ? [index] : []));
  const addresses = new Set(steps.flatMap((step) => (step.kind === 'token' ? (step.from ?? []) : [])));
  return starts.map((start, index) => {
    const token = steps[start] as TokenStep;
    const next = starts[index + 1] ?? steps.length;
    const { fate, decidedAt } = fateOf(steps, { token, start, next });
    const isOwn = (from: string) => addresses.size === 0 || addresses.has(from);
    const whole = steps.slice(0, decidedAt).flatMap((step) => (isWhole(step) ? [step.from] : []));
    return {
      ...{ token, fate, hasKeys: whole.some(isOwn), othersHaveKeys: whole.some((from) => !isOwn(from)) },
      hasLooked: steps.slice(start, next).some((step) => step.kind === 'keys' && isOwn(step.from)),
      sinceFetch: token.at - lastFetch(steps.slice(0, start)),
    };
  });
}

const isSignIn = (step: Step): step is TokenStep =>
  step.kind === 'token' && step.kid !== undefined && step.of === undefined;

const isWhole = (step: Step): step is Extract<Step, { kind: 'keys' }> =>
  step.kind === 'keys' && step.status === 200 && !step.isGivenUp;

/** What was fetched before the rehearsal began nobody knows: it may have been a moment before. */
const lastFetch = (before: readonly Step[]): number =>
  Math.max(...before.map((step, index) => (index === 0 || step.kind === 'keys' ? step.at : 0)));

type Span = { token: TokenStep; start: number; next: number };

/** Whoever saw it knows best; then what was done with the tokens; then that it asked for another sign-in. */
function fateOf(steps: readonly Step[], { token, start, next }: Span): { fate: Fate; decidedAt: number } {
  const told = steps.slice(start, next).findLast((step) => step.kind === 'told');
  const alive = signOfLife(steps, token, start);
  if (told?.kind === 'told') {
    const fate = { is: told.signedIn ? 'accepted' : 'refused', by: 'told' } as const;
    return { fate, decidedAt: (told.signedIn && alive?.index) || next };
  }
  if (alive) return { fate: { is: 'accepted', by: alive.by }, decidedAt: alive.index };
  const isAskedAgain = untilEnd(steps.slice(start, next)).some((step) => step.kind === 'asked');
  return { fate: isAskedAgain ? { is: 'refused', by: 'asked again' } : { is: 'silent' }, decidedAt: next };
}

/** After the end whoever rehearses comes again, also where they were let in. */
function untilEnd(steps: readonly Step[]): readonly Step[] {
  const end = steps.findIndex(({ kind }) => kind === 'ended');
  return end < 0 ? steps : steps.slice(0, end);
}

/** The first step that shows a token of that sign-in, or one that a refresh has brought since. */
function signOfLife(
  steps: readonly Step[],
  token: TokenStep,
  start: number,
): { by: Evidence; index: number } | undefined {
  const known = new Set(token.issued);
  for (const [index, step] of steps.entries()) {
    if (index <= start || (step.kind !== 'alive' && step.kind !== 'token')) continue;
    if (step.of === undefined || !known.has(step.of)) continue;
    return { by: step.kind === 'token' ? 'refresh' : step.by, index };
  }
  return undefined;
}
