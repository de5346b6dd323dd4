import type { JsonWebKey } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';

export type PublishedKey = JsonWebKey & { kid?: unknown; alg?: unknown; use?: unknown; key_ops?: unknown };

/** What an issuer publishes. `algorithms`: its `id_token_signing_alg_values_supported`. */
export type Published = { readonly keys: readonly PublishedKey[]; readonly algorithms?: readonly string[] | undefined };

export type FetchKeys = () => Promise<Published>;

type KeyCacheOptions = { fetchKeys: FetchKeys; clock: Clock; cooldownSeconds: number };

/** A key that was withdrawn must stop working although no unknown one ever comes. */
const mostAgeSeconds = 600;

/** Keeps what the issuer published. Both functions reject with what `fetchKeys` throws; nothing is kept of a failure. */
export function createKeyCache({ fetchKeys, clock, cooldownSeconds }: KeyCacheOptions) {
  let kept: { published: Published; at: number } | undefined;
  let fetching: Promise<Published> | undefined;

  const ageSeconds = (): number => (kept ? (clock.now() - kept.at) / 1000 : Number.POSITIVE_INFINITY);

  /** Tokens that arrive together wait for one answer. */
  function fetchOnce(): Promise<Published> {
    fetching ??= fetchKeys()
      .then((published) => {
        kept = { published, at: clock.now() };
        return published;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  }

  return {
    async current(): Promise<Published> {
      return kept && ageSeconds() < mostAgeSeconds ? kept.published : fetchOnce();
    },

    /** Asks the issuer again; undefined where it was asked a moment ago, so that junk can't make it a flood. */
    async fresher(): Promise<Published | undefined> {
      return ageSeconds() < cooldownSeconds ? undefined : fetchOnce();
    },
  };
}
