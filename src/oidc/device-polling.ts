import { createHash } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { OidcDependencies } from './settings.ts';

/** How much sooner than told a device may come: its request may have travelled faster than the one before. */
const toleranceMilliseconds = 500;

/** After the engine has answered: the device is told how long to wait, and that it did not (RFC 8628 §3.2, §3.5). */
export async function paceDevice(dependencies: OidcDependencies, ctx: KoaContextWithOIDC): Promise<void> {
  const { settings, throttles } = dependencies;
  const interval = settings.lifetimes.deviceIntervalSeconds;
  const answer = ctx.body as { error?: string; device_code?: string; interval?: number } | undefined;
  if (ctx.oidc.route === 'device_authorization' && answer?.device_code) answer.interval = interval;
  if (ctx.oidc.route !== 'token' || answer?.error !== 'authorization_pending') return;
  // The code is as good as the token it becomes: only its hash is stored.
  const hash = createHash('sha256').update(String(ctx.oidc.params?.device_code)).digest('base64url');
  const windowSeconds = interval - toleranceMilliseconds / 1000;
  const { allowed } = await throttles.reserve(`device-poll|${hash}`, { limit: 1, windowSeconds });
  if (allowed) return;
  ctx.body = { error: 'slow_down', error_description: `wait ${interval} seconds and five more between two requests` };
}
