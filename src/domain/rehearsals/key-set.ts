import type { PublicJwk } from '../keys/keys.ts';

/** A key as others read it: whatever stands in it. */
export type PublishedKey = Readonly<Record<string, unknown>> & { readonly kid?: string };
/** A JWK set (RFC 7517 §5). */
export type KeySet = Readonly<Record<string, unknown>> & { readonly keys: readonly PublishedKey[] };
/** `published`: the key set as it is; `active`: the kids in it that sign; `played`: the public keys of the rehearsal. */
export type Situation = {
  published: readonly PublishedKey[];
  active: ReadonlySet<string>;
  played: readonly PublicJwk[];
};
