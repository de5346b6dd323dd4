import type { Configuration } from 'oidc-provider';
import type { Clock } from '../base/clock.ts';
import { type EngineClientObject, rotatesRefreshTokens } from './client.ts';
import type { OidcSettings } from './settings.ts';

type Lifetimes = OidcSettings['lifetimes'];

/** Lifetimes in seconds, for every kind of record (security.md e-5). */
export function lifetimesOf(lifetimes: Lifetimes, clock: Clock): NonNullable<Configuration['ttl']> {
  const nowSeconds = () => Math.floor(clock.now() / 1000);
  return {
    AuthorizationCode: lifetimes.codeSeconds,
    PushedAuthorizationRequest: lifetimes.parSeconds,
    Interaction: lifetimes.interactionSeconds,
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.accessTokenSeconds,
    ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.clientCredentialsSeconds,
    IdToken: lifetimes.idTokenSeconds,
    RefreshToken: (_ctx, token, client) => refreshTokenSeconds(lifetimes, token, client, nowSeconds()),
    Grant: lifetimes.grantSeconds,
    Session: (_ctx, session) => sessionSeconds(lifetimes, session, nowSeconds()),
    DeviceCode: lifetimes.deviceCodeSeconds,
  };
}

/** A rotating token dies when it lies idle; every family dies at the absolute limit (ASVS 10.4.8). */
function refreshTokenSeconds(
  lifetimes: Lifetimes,
  token: { iiat?: number },
  client: EngineClientObject | undefined,
  now: number,
): number {
  const left = Math.max(1, lifetimes.refreshTokenSeconds - (now - (token.iiat ?? now)));
  return client && rotatesRefreshTokens(client) ? Math.min(lifetimes.refreshTokenIdleSeconds, left) : left;
}

/** Rolls forward with use, never beyond the absolute limit that began with the sign-in (D06). */
function sessionSeconds(lifetimes: Lifetimes, session: { loginTs?: number | undefined }, now: number): number {
  if (session.loginTs === undefined) return lifetimes.sessionIdleSeconds;
  return Math.max(1, Math.min(lifetimes.sessionIdleSeconds, session.loginTs + lifetimes.sessionSeconds - now));
}
