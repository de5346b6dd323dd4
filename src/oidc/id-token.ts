import { errors } from 'oidc-provider';
import {
  type Algorithm,
  claimedKid,
  type PublicJwk,
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
 * An ID token of ours for that client that the engine does not know again (OpenID Connect RP-Initiated Logout 1.0 §4): a key
 * has signed it that is not published any more, or one of another algorithm than the client picks by now. It may be expired.
 * Undefined for anything else; throws `invalid_request` with what to do for one of a revoked key (security.md J05).
 */
export async function verifyOlderHint(
  { keys, rehearsals, settings }: Pick<OidcDependencies, 'keys' | 'rehearsals' | 'settings'>,
  { hint, clientId, published }: { hint: string; clientId: string; published: readonly PublicJwk[] },
): Promise<{ header: object; payload: Record<string, unknown> } | undefined> {
  const verified = await verifyWithAny(hint, [published, await keys.retired(), ...(await rehearsals.pastKeys())]);
  if (!verified) {
    if (await keys.isRevoked(claimedKid(hint))) throw new errors.InvalidRequest(ofRevokedKey);
    return undefined;
  }
  const { header, claims } = verified;
  // None of ours has a time that it begins at.
  const isOurs = claims.iss === settings.issuer && claims.nbf === undefined;
  return isOurs && claims.aud === clientId && typeof claims.sub === 'string' ? { header, payload: claims } : undefined;
}

/** RFC 8725 §3.11: a logout token or a JWT access token for the same client is no ID token (security.md J09). */
export function assertIdToken<Token extends { header: object }>(token: Token): Token {
  if ((token.header as { typ?: unknown }).typ === 'JWT') return token;
  throw new errors.InvalidRequest('the id_token_hint is a token of another type: send an ID token');
}

const ofRevokedKey =
  'This issuer has revoked the key that signed the id_token_hint: sign out without it, or sign in again first';
