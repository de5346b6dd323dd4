/**
 * First use, in `dev` and `testing`: an app that nobody registered is taken as it comes. At /authorize its redirect URI is
 * registered; the first time it authenticates decides whether it has a secret. The rules are the clients room's.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Clients, EngineMetadata } from '../domain/clients/clients.ts';
import { authenticatingRoutes } from './client-secret.ts';
import type { OidcDependencies } from './settings.ts';

/** Fixes the authentication of an undecided client when this request decides it; its metadata afterwards. */
export async function firstUseMetadata(
  clients: Clients,
  metadata: EngineMetadata,
  ctx: KoaContextWithOIDC | undefined,
  callerOf: OidcDependencies['callerOf'],
): Promise<EngineMetadata | undefined> {
  if (!ctx?.oidc || !authenticatingRoutes.has(ctx.oidc.route)) return metadata;
  const presented = presentedSecret(ctx);
  await clients.decideAuthentication(metadata.client_id, presented?.secret, {
    method: presented?.method,
    ...callerOf(ctx.req),
  });
  return clients.metadata(metadata.client_id);
}

/** The secret in the request, by form or by Basic (RFC 6749 §2.3.1). The engine has checked the form of both already. */
function presentedSecret(ctx: KoaContextWithOIDC) {
  const posted = ctx.oidc.params?.client_secret;
  if (typeof posted === 'string' && posted !== '') return { secret: posted, method: 'client_secret_post' as const };
  const [scheme, value] = (ctx.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || value === undefined) return undefined;
  const decoded = Buffer.from(value, 'base64').toString();
  const secret = decodeURIComponent(decoded.slice(decoded.indexOf(':') + 1).replaceAll('+', '%20'));
  return secret === '' ? undefined : { secret, method: 'client_secret_basic' as const };
}

/** Registers the client of an authorization request, or its next redirect URI, before the engine looks it up. */
export async function registerFromRequest(
  { clients, callerOf }: OidcDependencies,
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const { client_id: clientId, redirect_uri: redirectUri } = ctx.query;
  if (typeof clientId !== 'string' || typeof redirectUri !== 'string') return;
  await clients.registerOnFirstUse({ clientId, redirectUri, ...callerOf(ctx.req) });
}
