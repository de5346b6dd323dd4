import type { KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../base/ids.ts';
import { secretMatches } from '../domain/clients/clients.ts';
import { addressPrefix } from '../domain/throttles/throttles.ts';
import { tooManyRequests } from './policy.ts';
import type { OidcDependencies } from './settings.ts';

/** Endpoints at which a client proves who it is. */
export const authenticatingRoutes: ReadonlySet<string> = new Set([
  ...['token', 'introspection', 'revocation', 'pushed_authorization_request', 'device_authorization'],
]);

const decoy = [{ hash: digest('nobody knows this'), expires_at: null }];

/**
 * For a client that does not exist: does and counts what a wrong secret for one that exists would, so that neither the
 * time nor the limit tells the two apart (B10).
 */
export async function imitateWrongSecret(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC | undefined,
  clientId: string,
): Promise<void> {
  if (!ctx?.oidc || !authenticatingRoutes.has(ctx.oidc.route)) return;
  secretMatches(
    decoy,
    String(ctx.headers.authorization ?? ctx.oidc.params?.client_secret ?? ''),
    dependencies.clock.now(),
  );
  await reportWrongSecret(dependencies, ctx, clientId);
}

/**
 * Guessing a client's secret (B17). Wrong ones are counted in the database, for all nodes; that a pair of client and
 * address is over its limit is remembered here, so that right secrets cost no query.
 */
const closedUntil = new WeakMap<object, Map<string, number>>();
const mostRemembered = 10_000;

const keyOf = (dependencies: OidcDependencies, ctx: KoaContextWithOIDC, clientId: string) =>
  `client-secret|${clientId}|${addressPrefix(dependencies.callerOf(ctx.req).ip)}`;

/**
 * For a client that is about to prove who it is: throws 429 while the pair is closed, also for the right secret, else the
 * guesser would be told when it hits.
 */
export function refuseThrottledClient(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC | undefined,
  clientId: string,
): void {
  if (!ctx?.oidc || ctx.oidc.client || !authenticatingRoutes.has(ctx.oidc.route)) return;
  const closed = closedUntil.get(dependencies);
  if (!closed || closed.size === 0) return;
  const key = keyOf(dependencies, ctx, clientId);
  const until = closed.get(key);
  if (until === undefined) return;
  const left = until - dependencies.clock.now();
  if (left > 0) throw tooManyRequests(ctx, 'too many wrong client secrets', Math.ceil(left / 1000));
  closed.delete(key);
}

/** Counts a wrong secret; throws 429 when that was one too many. */
export async function reportWrongSecret(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC,
  clientId: string,
): Promise<void> {
  const closedSeconds = await countFailedProof(dependencies, ctx, clientId);
  if (closedSeconds !== undefined) throw tooManyRequests(ctx, 'too many wrong client secrets', closedSeconds);
}

/** Counts a wrong secret or code verifier (B06). When it was one too many: for how long the pair is closed now. */
export async function countFailedProof(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC,
  clientId: string,
): Promise<number | undefined> {
  const { settings, throttles, clock } = dependencies;
  if (!settings.throttle.enabled) return undefined;
  const key = keyOf(dependencies, ctx, clientId);
  const { allowed, retryAfterSeconds } = await throttles.reserve(key, settings.throttle.clientSecret);
  if (allowed) return undefined;
  const closed = closedUntil.get(dependencies) ?? new Map<string, number>();
  closedUntil.set(dependencies, closed);
  if (closed.size >= mostRemembered) closed.clear();
  closed.set(key, clock.now() + retryAfterSeconds * 1000);
  return retryAfterSeconds;
}
