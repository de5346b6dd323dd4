/** How sure it is that a client has a signing key, decided from what was seen of it. Pure. */

/**
 * From the least ready to the most, and last what does not count:
 * - `behind`: it has fetched the key set from a place of its own, but not since the key is in it.
 * - `unknown`: no fetch was ever seen that could be its own; also a cache in between looks like this.
 * - `perhaps`: the key set was fetched with the key in it, from a place that others use as well.
 * - `fetched`: the same from a place that no other client is known to use.
 * - `proven`: it was handed a token that the key has signed, and what it got together with it was used afterwards.
 * - `idle`: nothing was heard of it for 30 days.
 */
export const readinessStates = ['behind', 'unknown', 'perhaps', 'fetched', 'proven', 'idle'] as const;
export type ReadinessState = (typeof readinessStates)[number];

/** A place that a client may have fetched the key set from. Times are epoch ms. */
export type Place = {
  /** An address that it has called from, or the origin of its redirect URIs, whose pages fetch for themselves. */
  kind: 'address' | 'origin';
  /** Ids of the other clients that have it. */
  sharedWith: readonly string[];
  /** When the client has called from there last; of addresses. */
  seenAt?: number | undefined;
  /** The last fetch from there, whoever it was. */
  fetch?: { at: number; hasKey: boolean } | undefined;
};

export type Evidence = {
  /** When it was heard of last. */
  aliveAt?: number | undefined;
  /** Since when it is handed tokens that the key has signed. */
  issuedAt?: number | undefined;
  /** The youngest of its tokens that was used. */
  use?: { tokenIssuedAt: number; at: number } | undefined;
  places: readonly Place[];
};

export type Verdict = {
  state: ReadinessState;
  /** What the state rests on: a token that was used, or fetches from addresses or by pages. */
  how?: 'use' | Place['kind'] | undefined;
  /** The last fetch that the state rests on. */
  fetchedAt?: number | undefined;
  usedAt?: number | undefined;
  /** Who else may have been the one that fetched. */
  sharedWith?: string[] | undefined;
};

export const idleAfterMilliseconds = 30 * 86_400_000;

type Fetched = Place & { fetch: NonNullable<Place['fetch']> };

/** `publishedAt` (epoch ms): since when the key is in the key set. */
export function judge(evidence: Evidence, { publishedAt, now }: { publishedAt: number; now: number }): Verdict {
  const { aliveAt, use, places } = evidence;
  if (aliveAt === undefined || now - aliveAt > idleAfterMilliseconds) return { state: 'idle' };
  if (use !== undefined && isProof(use, evidence)) return { state: 'proven', how: 'use', usedAt: use.at };
  const fetched = places.filter((place): place is Fetched => place.fetch !== undefined);
  const withKey = fetched.filter(({ fetch }) => fetch.hasKey);
  const without = fetched.filter(({ fetch }) => !fetch.hasKey);
  if (withKey.length === 0) return without.length === 0 ? { state: 'unknown' } : restingOn('behind', without);
  // Each address may be a server of its own with a key set of its own: one that is in use and has the old set is behind.
  const lagging = without.filter(({ kind, seenAt = 0 }) => kind === 'address' && seenAt >= publishedAt);
  if (lagging.some(isOwn)) return restingOn('behind', lagging);
  const own = withKey.filter(isOwn);
  if (own.length > 0 && lagging.length === 0) return restingOn('fetched', own);
  return restingOn('perhaps', [...withKey, ...lagging]);
}

/**
 * What is issued in an answer that has an ID token is used by whoever has taken that ID token for good. Issue times of tokens
 * are whole seconds: one from the second in which the key began to sign counts.
 */
const isProof = ({ tokenIssuedAt }: NonNullable<Evidence['use']>, { issuedAt }: Evidence): boolean =>
  issuedAt !== undefined && tokenIssuedAt >= Math.floor(issuedAt / 1000) * 1000;

const isOwn = ({ sharedWith }: Place): boolean => sharedWith.length === 0;

/** The places that are the client's own say more than those that it shares. */
function restingOn(state: ReadinessState, places: readonly Fetched[]): Verdict {
  const own = state === 'perhaps' ? [] : places.filter(isOwn);
  const telling = own.length > 0 ? own : places;
  const last = telling.reduce((one, other) => (other.fetch.at > one.fetch.at ? other : one));
  const sharedWith = [...new Set(telling.flatMap((place) => place.sharedWith))].sort();
  return {
    ...{ state, how: last.kind, fetchedAt: last.fetch.at },
    ...(sharedWith.length > 0 && { sharedWith }),
  };
}
