/** What the steps of a client say of it, and how sure that is. Pure. */
import { type Attempt, attemptsOf, type Evidence } from './attempts.ts';
import type { Step } from './step.ts';
import { type Variant, type VariantName, variants } from './variants.ts';

/** `unclear`: it was tried, and what is seen from here does not decide. `untried`: no ID token was handed over. */
export type Outcome = 'passed' | 'failed' | 'unclear' | 'untried';
export type Verdict = {
  outcome: Outcome;
  /** Where it failed. */
  failedAt?: 'key set' | 'signature' | 'recovery' | undefined;
  /** One sentence: what was seen. */
  says: string;
  sure: 'certain' | 'likely' | 'unknown';
  /** What cannot be seen from here. */
  doubt?: string | undefined;
  /** How to mend the client. */
  mend?: string | undefined;
};

/** Libraries fetch the key set once in so long at most, so that nobody makes them ask all the time (jose: 30 s). */
export const coolDownSeconds = 60;

const notSeen = 'Nothing was heard of it after the token: whoever signed in knows whether it let them in.';
const coolDown = `Libraries ask for the key set once a minute at most: sign in again when a minute has passed to be sure.`;
const looksTheSame =
  'A client that fetches the key set and then checks nothing looks the same; unknown-kid tells the two apart.';
const beforeChecking = 'Some apps ask for userinfo before they look at the ID token.';
const otherTab = 'It asked for another sign-in, which somebody else may have begun.';
const otherAddress =
  'Somebody at another address than the one that redeems its codes fetched the key set: if that was the client, judge anew.';
const cached = 'A library may keep the other key for as long as it keeps a key set: ten minutes are common.';

/**
 * What the steps of one client (and of whoever fetched the key set) say. `isOver`: nobody waits any longer, so that what has
 * not happened counts too.
 */
export function verdictOf(name: VariantName, steps: readonly Step[], { isOver = false } = {}): Verdict {
  const variant = variants[name];
  const attempts = attemptsOf(steps);
  const played = attempts.filter(({ token }) => token.isPlayed);
  const last = played.at(-1);
  if (!last) return untried(steps);
  const accepted = played.find(({ fate }) => fate.is === 'accepted');
  const careless = accepted && carelessness(variant, accepted);
  if (careless) return { ...careless, mend: checkMend(variant) };
  const later = attempts.filter(({ token }) => !token.isPlayed && token.at >= last.token.at);
  const refused = played.findLast(({ fate }) => fate.is === 'refused');
  if (variant.expects === 'either') return recovery(name, { played: accepted ?? refused ?? last, later, isOver });
  if (accepted)
    return passed(`It fetched the key set and took the token (${seen[byOf(accepted)]}).`, 'likely', looksTheSame);
  if (variant.expects === 'refuse') return refusal(refused ?? last, isOver);
  // One that was refused without a look at the key set may be a library within its cool-down: the next one tells.
  const informed = refused && (refused.hasKeys || refused.hasLooked);
  return acceptance(variant, informed ? refused : last, isOver);
}

function untried(steps: readonly Step[]): Verdict {
  const isAsked = steps.some(({ kind }) => kind === 'asked');
  const says = isAsked
    ? 'A sign-in was begun, but no ID token was handed over yet.'
    : 'Not tried yet: nobody has begun to sign in.';
  return { outcome: 'untried', says, sure: 'certain' };
}

const byOf = ({ fate }: Attempt): Evidence => fate.by ?? 'told';
const seen: Record<Evidence, string> = {
  userinfo: 'it asked for userinfo',
  introspection: 'its access token was introspected',
  'sign-out': 'it signed out with the ID token',
  refresh: 'it used the refresh token',
  told: 'whoever signed in says so',
  'asked again': 'it asked for another sign-in',
};

/** It took what it cannot have checked. */
function carelessness({ showsKey, answer }: Variant, attempt: Attempt): Verdict | undefined {
  if (showsKey && attempt.hasKeys) return undefined;
  const by = byOf(attempt);
  const what = answer.status === 200 ? 'a token whose key is in no key set' : 'a token whose key it could not fetch';
  const says = `It took ${showsKey ? 'the token without having fetched the key that signed it' : what} (${seen[by]}).`;
  const early = by === 'userinfo' ? beforeChecking : undefined;
  const doubt = showsKey && attempt.othersHaveKeys ? otherAddress : early;
  return { outcome: 'failed', failedAt: 'signature', says, sure: doubt ? 'likely' : 'certain', doubt };
}

const checkMend = ({ showsKey, mend }: Variant): string => (showsKey ? variants['unknown-kid'].mend : mend);

const passed = (says: string, sure: Verdict['sure'], doubt?: string): Verdict => ({
  ...{ outcome: 'passed', says, sure, doubt },
});
const unclear = (says: string, doubt: string): Verdict => ({ outcome: 'unclear', says, sure: 'unknown', doubt });

function refusal({ fate, hasLooked }: Attempt, isOver: boolean): Verdict {
  if (fate.by === 'told') return passed('It refused the token, as whoever signed in says.', 'certain');
  if (fate.is === 'refused') return passed('It refused the token: it asked for another sign-in.', 'likely', otherTab);
  if (isOver && hasLooked) {
    return passed('It looked for the key in the key set, did not find it, and did not go on.', 'likely', notSeen);
  }
  return unclear('It was handed the token.', notSeen);
}

function acceptance({ mend }: Variant, attempt: Attempt, isOver: boolean): Verdict {
  const { fate, hasKeys, hasLooked, othersHaveKeys, sinceFetch } = attempt;
  const isRefused = fate.is === 'refused';
  const doubt = fate.by === 'asked again' ? otherTab : undefined;
  if (!hasKeys && !hasLooked) {
    const says = 'It never fetched the key set again after the unknown kid.';
    const isSure = sinceFetch >= coolDownSeconds * 1000;
    if (!isOver && !(isSure && isRefused)) return unclear(says, coolDown);
    const sure = isSure && fate.by === 'told' && !othersHaveKeys ? 'certain' : 'likely';
    const unseen = othersHaveKeys ? otherAddress : isSure ? doubt : coolDown;
    return { outcome: 'failed', failedAt: 'key set', says, sure, doubt: unseen, mend };
  }
  if (!isRefused) return unclear('It fetched the key set.', notSeen);
  const by = seen[byOf(attempt)];
  const says = `It fetched the key set and still refused the token (${by}).`;
  const sure = fate.by === 'told' ? 'certain' : 'likely';
  return { outcome: 'failed', failedAt: 'signature', says, sure, doubt, mend };
}

type Recovery = { played: Attempt; later: readonly Attempt[]; isOver: boolean };

function recovery(name: VariantName, { played, later, isOver }: Recovery): Verdict {
  const did = { accepted: 'took', refused: 'refused', silent: 'got' }[played.fate.is];
  const signedIn = later.find(({ fate }) => fate.is === 'accepted');
  if (signedIn) {
    const says = `It ${did} the token, and signed people in when the key set was as before (${seen[byOf(signedIn)]}).`;
    return passed(says, byOf(signedIn) === 'told' ? 'certain' : 'likely');
  }
  const refused = later.findLast(({ fate }) => fate.is === 'refused');
  if (refused && (isOver || refused.fate.by === 'told')) {
    const says = `It ${did} the token, and refused one of the old key when the key set was as before.`;
    const doubt = name === 'same-kid' && played.hasKeys ? cached : refused.fate.by === 'told' ? undefined : otherTab;
    const sure = doubt === undefined ? 'certain' : 'likely';
    return { outcome: 'failed', failedAt: 'recovery', says, sure, doubt, mend: variants[name].mend };
  }
  const next =
    later.length > 0 ? notSeen : 'Whether it recovers shows at the next sign-in after the end of the rehearsal.';
  return unclear(`It ${did} the token, which is right either way.`, next);
}
