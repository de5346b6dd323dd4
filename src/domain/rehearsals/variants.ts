/** The hostile key sets as a table: what signs, what is published, what a good client does about it. Pure. */
import type { KeySet, PublishedKey, Situation } from './key-set.ts';
import { oddKeys } from './odd-keys.ts';

/** In the order in which `all` plays them: a client that passes the first ones can be judged by the others. */
export const variantNames = [
  'sudden',
  'odd-keys',
  'removed-early',
  'unknown-kid',
  'same-kid',
  'unavailable',
  'slow',
] as const;
export type VariantName = (typeof variantNames)[number];

/** The client's tokens are signed by a key of the rehearsal in each of them: so it has to look at the key set. */
export type Variant = {
  /** What is played. */
  plays: string;
  /** What the header names: the key that signs, or the one that would without the rehearsal. */
  kid: 'own' | 'active';
  keySet(situation: Situation): KeySet;
  answer: { status: 200 | 503; afterSeconds: number };
  /** Whether whoever fetches the key set finds the key that signs. */
  showsKey: boolean;
  expects: 'accept' | 'refuse' | 'either';
  /** What a good client does. */
  good: string;
  /** What it means when it does something else. */
  failure: string;
  mend: string;
};

const fetchAgain =
  'Give your library the jwks_uri, not a copy of the keys, and let it fetch them again when a token names a kid that it does not know (OpenID Connect Core §10.1.1).';
const checkAlways =
  'Check the signature of every ID token with the key of the key set that its kid names, and refuse it when there is none (OpenID Connect Core §3.1.3.7). A client that trusts the connection to the token endpoint instead may do so over TLS; then this variant does not apply.';
const plain = { status: 200, afterSeconds: 0 } as const;
const together = ({ published, played }: Situation): KeySet => ({ keys: [...published, ...played] });

export const variants: Readonly<Record<VariantName, Variant>> = {
  sudden: {
    plays: 'a key that appears and signs in the same minute',
    ...{ kid: 'own', keySet: together, answer: plain, showsKey: true, expects: 'accept' },
    good: 'meets a kid that it does not know, fetches the key set again and lets the person in',
    failure:
      'It holds on to the keys it has: when the issuer changes its key, nobody gets in until the app is restarted.',
    mend: fetchAgain,
  },
  'odd-keys': {
    plays: 'keys of unknown kinds, with extra members and without a kid, before the one that signs',
    ...{ kid: 'own', answer: plain, showsKey: true, expects: 'accept' },
    keySet: (situation) => oddKeys(together(situation)),
    good: 'ignores what it does not understand (RFC 7517 §5) and lets the person in',
    failure:
      'It gives the whole key set up for a key in it that it does not know: the next kind of key locks everybody out.',
    mend: 'Choose the key by kid, and skip those whose kty, alg, use or crv is unknown (RFC 7517 §5), rather than to read all of them.',
  },
  'removed-early': {
    plays:
      'a key that is gone while its tokens are about, as after postern key revoke --now; another signs in its place',
    ...{ kid: 'own', answer: plain, showsKey: true, expects: 'accept' },
    keySet: ({ published, active, played }) => ({
      keys: [...published.filter(({ kid = '' }) => !active.has(kid)), ...played],
    }),
    good: 'takes the key set as it is now: it lets the person in by the new key, at most after signing in anew',
    failure: 'It does not get over the loss of a key that it knows: an emergency at the issuer locks everybody out.',
    mend: `Take the fetched key set in the place of the old one. ${fetchAgain}`,
  },
  'unknown-kid': {
    plays: 'a token signed by a key that is in no key set',
    ...{ kid: 'own', answer: plain, showsKey: false, expects: 'refuse' },
    keySet: ({ published }) => ({ keys: published }),
    good: 'refuses the token, after one look at the key set at most',
    failure: 'It checks no signature: whoever can hand it a token can be anybody there.',
    mend: checkAlways,
  },
  'same-kid': {
    plays: 'a new key under the kid of the old one, in the key set too',
    ...{ kid: 'active', answer: plain, showsKey: true, expects: 'either' },
    keySet: ({ published, played }) => {
      const others = new Map<unknown, PublishedKey>(played.map((key) => [key.kid, key]));
      const kept = published.map((key) => others.get(key.kid) ?? key);
      return { keys: [...kept, ...played.filter(({ kid }) => !published.some((key) => key.kid === kid))] };
    },
    good: 'refuses the token or fetches the key set again, and signs people in when the old key is back',
    failure: 'It does not recover: a mistake at the issuer that lasted for minutes keeps everybody out.',
    mend: `Let the cached key set grow old, ten minutes at most, and fetch it again when a signature does not fit. ${checkAlways}`,
  },
  unavailable: {
    plays: 'a key set that answers 503 when a new key signs',
    ...{ kid: 'own', answer: { status: 503, afterSeconds: 0 }, showsKey: false, expects: 'either' },
    keySet: together,
    good: 'refuses the token that it cannot check, and signs people in when the key set is back',
    failure: 'It takes what it cannot check, or does not recover when the key set is back.',
    mend: `Keep the keys you have when the key set cannot be fetched, refuse what they do not fit, and ask again later. ${checkAlways}`,
  },
  slow: {
    plays: 'a key set that answers after 10 seconds when a new key signs',
    ...{ kid: 'own', keySet: together, answer: { status: 200, afterSeconds: 10 }, showsKey: true, expects: 'either' },
    good: 'waits or gives up within its own time limit, and signs people in when the key set is fast again',
    failure: 'It takes what it has not checked, or does not recover when the key set is fast again.',
    mend: `Give the request for the key set a time limit of a few seconds, refuse the sign-in when it is over, and ask again later. ${checkAlways}`,
  },
};

export const isVariant = (name: string): name is VariantName => Object.hasOwn(variants, name);
