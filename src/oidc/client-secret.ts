import type { KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../base/ids.ts';
import { secretMatches } from '../domain/clients/clients.ts';
import { addressPrefix } from '../domain/throttles/throttles.ts';
import { tooManyRequests } from './refusals.ts';
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

// Guessing a client's secret (B17): wrong ones are counted in the database, for all nodes; that a bucket is full each node
// remembers for itself.
const mostRemembered = 10_000;

/** How many times the limit of one client an address has for all it names, so that made-up ids don't grow the table. */
const addressFactor = 10;

/** The two buckets of a request: its address, and its client from there, whose id may be any text of any length. */
function bucketsOf({ settings, callerOf }: OidcDependencies, ctx: KoaContextWithOIDC, clientId: string) {
  const { limit, windowSeconds } = settings.throttle.clientSecret;
  const prefix = addressPrefix(callerOf(ctx.req).ip);
  return [
    { key: `client-secret|${prefix}`, limit: { limit: limit * addressFactor, windowSeconds } },
    { key: `client-secret|${digest(clientId)}|${prefix}`, limit: { limit, windowSeconds } },
  ];
}

/**
 * For a client that is about to prove who it is: throws 429 while a bucket is full, also for the right secret, else the
 * guesser would be told when it hits.
 */
export function refuseThrottledClient(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC | undefined,
  clientId: string,
): void {
  if (!ctx?.oidc || ctx.oidc.client || !authenticatingRoutes.has(ctx.oidc.route)) return;
  const { fullBuckets, clock } = dependencies;
  if (fullBuckets.size === 0) return;
  for (const { key } of bucketsOf(dependencies, ctx, clientId)) {
    const left = (fullBuckets.get(key) ?? 0) - clock.now();
    if (left > 0) throw tooManyRequests(ctx, 'too many wrong client secrets', Math.ceil(left / 1000));
    fullBuckets.delete(key);
  }
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

/** Counts a wrong secret or code verifier (B06). When it was one too many: for how long a bucket is full now. */
export async function countFailedProof(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC,
  clientId: string,
): Promise<number | undefined> {
  const { settings, throttles, clock, fullBuckets } = dependencies;
  if (!settings.throttle.enabled) return undefined;
  for (const { key, limit } of bucketsOf(dependencies, ctx, clientId)) {
    const { allowed, retryAfterSeconds } = await throttles.reserve(key, limit);
    if (allowed) continue;
    if (fullBuckets.size >= mostRemembered) fullBuckets.delete(fullBuckets.keys().next().value as string);
    fullBuckets.set(key, clock.now() + retryAfterSeconds * 1000);
    return retryAfterSeconds;
  }
  return undefined;
}
