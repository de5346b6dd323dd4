import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Model } from '../domain/records/records.ts';
import { addressPrefix } from '../domain/throttles/throttles.ts';
import { tooManyRequests } from './refusals.ts';
import type { OidcDependencies } from './settings.ts';

/** What anybody may have stored by one request, until a person or a device comes back: at which route, and its bucket. */
const counted: Partial<Record<Model, { route: string; bucket: string }>> = {
  Interaction: { route: 'authorization', bucket: 'authorize' },
  PushedAuthorizationRequest: { route: 'pushed_authorization_request', bucket: 'par' },
  DeviceCode: { route: 'device_authorization', bucket: 'device-code' },
};

/** Before it is stored: throws 429 when this address prefix has begun too many (O08). Steps that go on don't count. */
export async function countNewRequest(
  { settings, throttles, callerOf }: OidcDependencies,
  model: Model,
  ctx: KoaContextWithOIDC | undefined,
): Promise<void> {
  const kind = counted[model];
  if (!settings.throttle.enabled || !ctx?.oidc || kind?.route !== ctx.oidc.route) return;
  const key = `${kind.bucket}|${addressPrefix(callerOf(ctx.req).ip)}`;
  const { allowed, retryAfterSeconds } = await throttles.reserve(key, settings.throttle.authorize);
  if (allowed) return;
  throw tooManyRequests(ctx, 'too many requests were started from this network, try again later', retryAfterSeconds);
}
