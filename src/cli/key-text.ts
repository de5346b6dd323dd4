/** How keys are written for people at a terminal. */
import type { ComingStep, KeyOutlook, KeyReadiness, Revocation, Rotated } from '../app.ts';
import { printable } from './output.ts';
import { timeText } from './words.ts';

type Key = Omit<KeyOutlook, 'phases'>;

/** Label and value, for `printFacts`. */
export const factsOf = (key: Key): [string, string][] => [
  ['kid', key.kid],
  ['Algorithm', key.algorithm],
  ['State', key.isRevoked ? 'revoked' : key.state],
  ['Damaged', key.isDamaged ? 'its private part cannot be opened: restore a backup, or revoke it' : ''],
  ['Published', timeText(key.createdAt)],
  [key.activatedAt === undefined ? 'Is to sign' : 'Signed from', timeText(key.activatedAt ?? key.activatesAt)],
  ['Waits for clients until', timeText(key.waitsUntil)],
  [key.retiredAt === undefined ? 'Is to sign until' : 'Signed until', timeText(key.retiredAt ?? key.retiresAt)],
  [key.removedAt === undefined ? 'Is to be removed' : 'Removed', timeText(key.removedAt ?? key.removesAt)],
];

/** Beside its bar: what ends its state, and when. */
export function nextText({ state, isDamaged, activatesAt, waitsUntil, retiresAt, removesAt }: Key): string {
  if (isDamaged) return 'cannot be opened';
  if (waitsUntil !== undefined) return `waits until ${timeText(waitsUntil)}`;
  if (state === 'pending') return `signs from ${timeText(activatesAt)}`;
  if (state === 'active') return `signs until ${timeText(retiresAt)}`;
  return `published until ${timeText(removesAt)}`;
}

export function stepText(step: ComingStep, now: number): string {
  const at = timeText(step.at);
  if (step.kind === 'wait' && step.at <= now) return `${step.kid} signs when all have it, by ${timeText(step.until)}`;
  if (step.kind === 'wait') return `${at}: ${step.kid} signs, or waits for clients until ${timeText(step.until)}`;
  if (!('kid' in step))
    return `${at}: ${step.kind === 'publish' ? 'the next key is published' : 'a new key takes over'}`;
  if (step.kind === 'activate') return `${at}: ${step.kid} signs`;
  if (step.kind === 'remove') return `${at}: ${step.kid} leaves the key set`;
  return `${step.kid} stops as soon as no client uses it: keys.algorithms leaves it out`;
}

/** From where to where a picture goes, and its width in characters. */
export type Frame = { from: number; to: number; now: number; width: number };

const marks = { pending: '\u2591', active: '\u2588', retiring: '\u2592' } as const;
const today = '\u2502';
export const legend = `${marks.pending} published, does not sign yet   ${marks.active} signs   ${marks.retiring} published still   ${today} now`;

/** The life of a key as one line of that width; now is between two of its columns. */
export function barOf(phases: KeyOutlook['phases'], { from, to, now, width }: Frame): string {
  const columns = width - today.length;
  const columnOf = (at: number): number =>
    Math.max(0, Math.min(Math.floor(((at - from) / (to - from)) * columns), columns));
  const cells = Array.from({ length: columns }, () => ' ');
  // The first last: however short it is, it is seen.
  for (const phase of phases.toReversed()) {
    const first = Math.min(columnOf(phase.from), columns - 1);
    cells.fill(marks[phase.state], first, Math.max(columnOf(phase.to), first + 1));
  }
  return cells.toSpliced(columnOf(now), 0, today).join('').trimEnd();
}

export function rotatedText({ kid, algorithm, isNew, activatesAt }: Rotated): string {
  if (activatesAt === undefined) return `${algorithm}: ${kid} signs now.\n`;
  const what = isNew ? `published ${kid}` : `${kid} is on its way already`;
  return `${algorithm}: ${what}; it signs from ${timeText(activatesAt)} on.\n`;
}

/** What taking a key out breaks, or has broken. */
export function revocationText(revocation: Revocation): string {
  const { kid, algorithm, state, takesOver, successor, clients, resources, breaks, remains } = revocation;
  const names = clients.first.map(({ id, name }) => (name === id ? id : `${name} (${id})`));
  const more = clients.total > names.length ? [`and ${clients.total - names.length} more`] : [];
  const next = { pending: `${successor}, which is published already`, new: 'a new key', nothing: 'nothing' }[takesOver];
  const lines = [
    `${kid}: ${algorithm}, ${state}`,
    `Clients with ID tokens of ${algorithm}: ${clients.total === 0 ? 'none' : [...names, ...more].join(', ')}`,
    ...(resources.length > 0 ? [`JWT access tokens of ${algorithm}: ${resources.join(', ')}`] : []),
    ...(state === 'active' ? [`In its place signs: ${takesOver === 'new' && successor ? successor : next}`] : []),
    breaks.length === 0 ? 'Breaks: nothing' : 'Breaks:',
    ...breaks.map(({ says }) => `  - ${says}`),
    'Goes on:',
    ...remains.map(({ says }) => `  - ${says}`),
  ];
  return `${lines.map((line) => printable(line)).join('\n')}\n`;
}

const sureness: Record<KeyReadiness['clients'][number]['state'], string> = {
  behind: 'has fetched the key set, but not since this key is in it',
  unknown: 'was never seen fetching the key set',
  perhaps: 'may have fetched it: somebody has, from a place that it shares with others',
  fetched: 'has fetched it',
  proven: 'uses what it has signed',
  idle: 'was not heard of for long, and does not count',
};
const mostClients = 20;

/** How many have seen the next key, and which have not. */
export function readinessText({ ready, total, clients, unattributed, unseenResources }: KeyReadiness): string[] {
  const missing = clients.filter(({ state }) => state === 'behind' || state === 'unknown' || state === 'perhaps');
  return [
    total === 0 ? 'no client in use has to fetch it' : `${ready} of ${total} clients have seen it`,
    ...missing.slice(0, mostClients).map(({ clientId, state }) => `- ${printable(clientId)} ${sureness[state]}`),
    ...(missing.length > mostClients ? [`- and ${missing.length - mostClients} more`] : []),
    ...unseenResources.map((resource) => `- who verifies the tokens of ${printable(resource)} cannot be seen`),
    ...(unattributed.sources > 0 ? [`- ${unattributed.sources} addresses of no client have fetched it`] : []),
  ];
}
