/**
 * First use, in `dev` and `testing`: an app that nobody registered is taken as it comes. At /authorize its redirect URI is
 * registered; its first tokens decide whether it has a secret. The rules are the clients room's.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import { type EngineMetadata, metadataPresenting, secretMatches } from '../domain/clients/clients.ts';
import { extraOf } from './client.ts';
import { authenticatingRoutes } from './client-secret.ts';
import type { OidcDependencies } from './settings.ts';

/** An undecided client as this request presents itself: whatever comes is right, and nothing is kept of it. */
export function asPresented(metadata: EngineMetadata, ctx: KoaContextWithOIDC | undefined): EngineMetadata {
  const presented = ctx?.oidc && authenticatingRoutes.has(ctx.oidc.route) ? presentedSecret(ctx) : undefined;
  return presented ? metadataPresenting(metadata, presented) : metadata;
}

/**
 * After the engine has answered: tokens go to nobody but the app itself, so what it presented is fixed now (anything
 * sooner could come from a stray request). Of several at once one decides; who presented something else gets no tokens.
 */
export async function fixAuthentication(
  { clients, clock, callerOf }: OidcDependencies,
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const { client, route } = ctx.oidc;
  if (route !== 'token' || ctx.status !== 200 || !client || !extraOf(client).postern_auth_undecided) return;
  const presented = presentedSecret(ctx);
  const request = { method: presented?.method, ...callerOf(ctx.req) };
  if ((await clients.decideAuthentication(client.clientId, presented?.secret, request)) !== 'unchanged') return;
  const decided = await clients.metadata(client.clientId);
  const fits = presented
    ? secretMatches(decided?.postern_secrets ?? [], presented.secret, clock.now())
    : decided?.token_endpoint_auth_method === 'none';
  if (fits) return;
  ctx.status = 401;
  ctx.body = { error: 'invalid_client', error_description: 'client authentication failed' };
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
