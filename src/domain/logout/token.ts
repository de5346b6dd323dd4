import { randomId } from '../../base/ids.ts';
import { type Algorithm, type SignableKey, type SigningSet, signable, signWith } from '../keys/keys.ts';

/** The member of `events` that makes a JWT a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). */
export const backchannelLogoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/** Seconds: time enough to post it, and little to do anything else with it (D15). */
const lifetimeSeconds = 120;

export type LogoutClaims = {
  issuer: string;
  clientId: string;
  accountId: string;
  sid: string | undefined;
  now: number;
};

/**
 * A logout token, made anew for each attempt (another `jti`, another `exp`), signed as the client's ID tokens are. `now` is
 * epoch ms.
 */
export function createLogoutTokens(signingSet: () => Promise<SigningSet>, version: () => Promise<string>) {
  let ready: { version: string; keys: Map<Algorithm, SignableKey> } | undefined;

  /** Opened once for as long as the keys are the same: many notices go out at once. */
  async function keyFor(algorithm: Algorithm): Promise<SignableKey | undefined> {
    const present = await version();
    if (ready?.version !== present) {
      const { version: of, active } = await signingSet();
      ready = { version: of, keys: new Map([...active].map(([name, jwk]) => [name, signable(jwk)])) };
    }
    return ready.keys.get(algorithm);
  }

  /** Undefined when there is no key to sign with; it is made good by an administrator, and tried again. */
  return async (algorithm: Algorithm, claims: LogoutClaims): Promise<string | undefined> => {
    const key = await keyFor(algorithm);
    if (!key) return undefined;
    const { issuer, clientId, accountId, sid, now } = claims;
    const iat = Math.floor(now / 1000);
    return signWith(key, 'logout+jwt', {
      ...{ iss: issuer, sub: accountId, aud: clientId, iat, exp: iat + lifetimeSeconds, jti: randomId(16) },
      ...(sid !== undefined && { sid }),
      events: { [backchannelLogoutEvent]: {} },
    });
  };
}
