/** What taking a key out breaks, and what goes on. Pure. */
import type { Algorithm } from '../../base/algorithms.ts';
import type { KeyInfo } from '../keys/keys.ts';

/** A kind of token that is a JWT: for which resource, and how long it is good. */
export type JwtResource = { identifier: string; algorithm: Algorithm; seconds: number };

/** What is known of the key and of those who rely on it. Times are epoch ms. */
export type Situation = {
  key: KeyInfo;
  /** What signs in its place: the key that is published already, a new one, or nothing. */
  takesOver: { kind: 'pending'; kid: string; since: number } | { kind: 'new' | 'nothing' };
  /** How many clients get ID tokens of its algorithm. */
  clients: number;
  resources: readonly JwtResource[];
  /** How long others may keep the key set. */
  maxAgeSeconds: number;
  now: number;
};

/** Each with when it is so and what is said of it, to whoever does not look at a page (those have a catalogue). */
type Consequence = { isSo(situation: Situation): boolean; says(situation: Situation): string };

const isSigning = ({ key }: Situation) => key.state === 'active';
const hasSigned = ({ key }: Situation) => key.activatedAt !== undefined;
/** Others count the end of a token generously, and their clocks differ. */
const toleranceSeconds = 60;

const underWay = 'Who is signing in at this moment may have to begin again.';

const breaking = {
  /** Nobody knows the key yet that takes over. */
  sign_ins: {
    isSo: (situation) => isSigning(situation) && situation.clients > 0 && situation.takesOver.kind === 'new',
    says: ({ maxAgeSeconds }) =>
      `Apps refuse new sign-ins until they fetch the key set again${maxAgeSeconds === 0 ? '' : `: after ${maxAgeSeconds} seconds at the latest (keys.maxAgeSeconds), and later where one keeps it longer`}. ${underWay}`,
  },
  late_sign_ins: {
    isSo: (situation) => isSigning(situation) && situation.clients > 0 && situation.takesOver.kind === 'pending',
    says: ({ takesOver }) =>
      `Apps that have not fetched the key set since ${takesOver.kind === 'pending' ? new Date(takesOver.since).toISOString() : ''}, when the next key was published, refuse new sign-ins until they do. ${underWay}`,
  },
  /** Its algorithm was dropped from the settings. */
  all_sign_ins: {
    isSo: (situation) => isSigning(situation) && situation.takesOver.kind === 'nothing',
    says: ({ key: { algorithm } }) =>
      `Nothing signs with ${algorithm} any more, because keys.algorithms leaves it out: sign-ins of the clients that ask for it fail until they ask for another.`,
  },
  access_tokens: {
    isSo: (situation) => (isSigning(situation) ? situation.resources.length > 0 : hasLivingTokens(situation)),
    says: ({ resources }) =>
      `JWT access tokens that it signed (${resources.map(({ identifier }) => identifier).join(', ')}) are inactive at /introspect at once. APIs that only check the signature take them until they fetch the key set again.`,
  },
  sign_outs: {
    isSo: hasSigned,
    says: () => 'A sign-out for which an app hands in an ID token that it signed (id_token_hint) is refused.',
  },
  next_key: {
    isSo: ({ key }) => key.state === 'pending',
    says: () => 'No next key is published any more. Another one is when it is due, or as soon as somebody rotates.',
  },
} satisfies Record<string, Consequence>;

const remaining = {
  sessions: {
    isSo: () => true,
    says: () => 'Sessions, consents, refresh tokens and opaque access tokens go on: nobody has to sign in again.',
  },
  signing: {
    isSo: (situation) => !isSigning(situation),
    says: ({ key: { algorithm } }) => `What signs with ${algorithm} now goes on.`,
  },
} satisfies Record<string, Consequence>;

export type BreakKind = keyof typeof breaking;
export type RemainsKind = keyof typeof remaining;
export type Told<Kind> = { kind: Kind; says: string };

function hasLivingTokens({ key: { state, retiredAt = 0 }, resources, now }: Situation): boolean {
  const livesUntil = (seconds: number) => retiredAt + (seconds + toleranceSeconds) * 1000;
  return state === 'retiring' && resources.some(({ seconds }) => livesUntil(seconds) > now);
}

const told = <Kind extends string>(table: Record<Kind, Consequence>, situation: Situation): Told<Kind>[] =>
  (Object.keys(table) as Kind[])
    .filter((kind) => table[kind].isSo(situation))
    .map((kind) => ({ kind, says: table[kind].says(situation) }));

export const breaksOf = (situation: Situation): Told<BreakKind>[] => told(breaking, situation);
export const remainsOf = (situation: Situation): Told<RemainsKind>[] => told(remaining, situation);
