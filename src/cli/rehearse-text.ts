/** Rehearsals of keys in words, for people at a terminal and for scripts. */
import type { Rehearsal, Step, Verdict } from '../app/rehearsal-words.ts';
import { variants } from '../app/rehearsal-words.ts';
import { printable } from './output.ts';

const clock = (at: number): string => `${new Date(at).toISOString().slice(11, 19)}Z`;

const duties = {
  accept: 'it has to let you in',
  refuse: 'it has to refuse',
  either: 'it may let you in or refuse',
} as const;
const hint = 'Type y when it let you in, n when it refused; Ctrl-C ends it.';

/** What is played, and what it means for everybody. */
export function headText({ variant, clientId, endsAt }: Rehearsal): string {
  const { plays, good } = variants[variant];
  return printable(
    `${variant}: ${plays}
A good client ${good}.
Until ${clock(endsAt)} the key set is another for everybody who uses this issuer; the tokens of ${clientId} alone are signed by another key.
`,
    '\n',
  );
}

export const taskText = ({ variant, clientId }: Rehearsal): string =>
  printable(`Now sign in to ${clientId}: ${duties[variants[variant].expects]}. ${hint}\n`, '\n');

export const recoveryText = ({ clientId }: Rehearsal): string =>
  printable(`The key set is as before. Sign in to ${clientId} once more: it has to let you in. ${hint}\n`, '\n');

/** One step as a line; nothing for those that are no client's. */
export function stepText(step: Step): string {
  const text = wordsOf(step);
  return text === '' ? '' : printable(`  ${clock(step.at)}  ${text}\n`, '\n');
}

function wordsOf(step: Step): string {
  if (step.kind === 'asked') return `${step.clientId} asked for a sign-in`;
  if (step.kind === 'alive') return `${step.clientId}: ${lifeWords[step.by]}`;
  if (step.kind === 'told') return step.signedIn ? 'you say: it let me in' : 'you say: it refused';
  if (step.kind === 'keys') {
    const after = step.seconds === undefined ? '' : ` after ${step.seconds.toFixed(1)} s`;
    return `${step.from} fetched the key set: ${step.isGivenUp ? `gave up${after}` : `${step.status}${after}`}`;
  }
  if (step.kind !== 'token') return '';
  const how = step.of === undefined ? '' : ' for a refresh token';
  const what = step.kid === undefined ? 'tokens, no ID token among them' : `an ID token signed by ${step.kid}`;
  return `${step.clientId} was handed ${what}${how}`;
}

const lifeWords = {
  userinfo: 'userinfo was asked for',
  introspection: 'its access token was introspected',
  'sign-out': 'it signed out with the ID token',
} as const;

export function verdictText({ outcome, sure, says, failedAt, doubt, mend }: Verdict): string {
  const head = [outcome, ...(failedAt === undefined ? [] : [`at the ${failedAt}`])].join(' ');
  const lines = [
    `${head}${sure === 'unknown' || outcome === 'untried' ? '' : ` (${sure})`}: ${says}`,
    ...(doubt === undefined ? [] : [`  not seen from here: ${doubt}`]),
    ...(mend === undefined ? [] : [`  to mend it: ${mend}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** Times as in every other JSON. */
export const stepJson = ({ at, ...step }: Step) => ({ at: new Date(at).toISOString(), ...step });
