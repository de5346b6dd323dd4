import {
  type Algorithm,
  type SignableKey,
  type SigningSet,
  signable,
  signWith,
  verifyWithAny,
} from '../domain/keys/keys.ts';
import { withoutKey } from './refusals.ts';
import type { OidcDependencies } from './settings.ts';

export type Signer = {
  /** The token, and the key that has signed it. */
  sign(algorithm: string, type: string, payload: object): Promise<{ token: string; kid: string }>;
};

/** Signs compact JWS with the active key of each algorithm. A key is made ready when it is needed first. */
export function createSigner({ active }: SigningSet): Signer {
  const ready = new Map<string, SignableKey>();
  const keyFor = (algorithm: string): SignableKey => {
    const jwk = active.get(algorithm as Algorithm);
    if (!jwk) throw withoutKey(algorithm);
    return signable(jwk);
  };
  return {
    async sign(algorithm, type, payload) {
      const key = ready.get(algorithm) ?? keyFor(algorithm);
      ready.set(algorithm, key);
      return { token: await signWith(key, type, payload), kid: key.kid };
    },
  };
}

/** The members that make claims an ID token (OpenID Connect Core §2); times are epoch seconds. */
export const idTokenClaims = (
  claims: Record<string, unknown>,
  { issuer, clientId, iat, exp }: { issuer: string; clientId: string; iat: number; exp: number },
): Record<string, unknown> => ({ ...claims, aud: clientId, exp, iat, iss: issuer });

/**
 * An ID token of ours for that client, also an expired one, that a key has signed which is not published any more
 * (OpenID Connect RP-Initiated Logout 1.0 §4). Undefined for anything else.
 */
export async function verifyOlderHint(
  { keys, rehearsals, settings }: Pick<OidcDependencies, 'keys' | 'rehearsals' | 'settings'>,
  hint: string,
  clientId: string,
): Promise<{ header: object; payload: Record<string, unknown> } | undefined> {
  const verified = await verifyWithAny(hint, [await keys.retired(), ...(await rehearsals.pastKeys())]);
  if (!verified) return undefined;
  const { header, claims } = verified;
  const isOurs = header.typ === 'JWT' && claims.iss === settings.issuer && claims.aud === clientId;
  return isOurs && typeof claims.sub === 'string' ? { header, payload: claims } : undefined;
}
