/**
 * Access tokens for Postern's own API: a resource that is always there, and what a token of it is worth when it comes back.
 * They are opaque, so they end with the session, the grant, the client or the account they came from.
 */
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import type { Access } from '../domain/access/access.ts';
import { tokenScopes } from '../domain/api-keys/api-keys.ts';
import { type EngineClientObject, extraOf } from './client.ts';
import type { OidcServices } from './settings.ts';

/**
 * Whose token it is and what for; no `accountId` on what a client got for itself. `authAt`: when that person signed in
 * (epoch ms), by whichever way the token came.
 */
export type ApiToken = { accountId?: string; authAt?: number; clientId: string; scopes: string[] };

type Dependencies = Pick<OidcServices, 'settings'> & { access: Pick<Access, 'worthOf'> };

/** The resource indicator (RFC 8707) of the API, which is the audience of its tokens. */
export const apiResource = (issuer: string): string => `${issuer}/api/v1`;

/** The API as the engine's resource server for that client. Throws `invalid_target` when it may use none of its scopes. */
export function apiServerOf(
  { settings }: Pick<OidcServices, 'settings'>,
  ctx: KoaContextWithOIDC,
  client: EngineClientObject,
) {
  const scopes = adminScopesOf(settings.mode, ctx, client);
  if (scopes.length === 0) throw new errors.InvalidTarget('this client may use no scope of this resource');
  return {
    scope: scopes.join(' '),
    audience: apiResource(settings.issuer),
    accessTokenFormat: 'opaque' as const,
    accessTokenTTL: settings.lifetimes.accessTokenSeconds,
  };
}

/**
 * Those on the client's list. A client without a list (samples and first use, not in `serve`) may ask for any scope, but
 * these only where a person says yes to it: whoever registers itself must not come to administer without.
 */
function adminScopesOf(
  mode: OidcServices['settings']['mode'],
  ctx: KoaContextWithOIDC,
  client: EngineClientObject,
): readonly string[] {
  const { postern_scopes: listed, postern_first_party: isFirstParty } = extraOf(client);
  if (listed !== true) return tokenScopes.filter((scope) => listed.includes(scope));
  const hasConsent = !isFirstParty && ctx.oidc.params?.grant_type !== 'client_credentials';
  return mode !== 'serve' && hasConsent ? tokenScopes : [];
}

/**
 * What a bearer token is worth at the API, now; undefined for one that is none, is over, or is bound to a key that is not
 * shown here (RFC 9449). A person's counts while that person administers and the client is open to them.
 */
export async function readApiToken(
  provider: Provider,
  dependencies: Dependencies,
  value: string,
): Promise<ApiToken | undefined> {
  const token = (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
  const { clientId } = token ?? {};
  if (!token || clientId === undefined || token.isSenderConstrained()) return undefined;
  if (token.aud !== apiResource(dependencies.settings.issuer)) return undefined;
  const { accountId, grantId } = token as { accountId?: string; grantId?: string };
  if (token.kind !== 'ClientCredentials') {
    const grant = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    if (accountId === undefined || grant?.accountId !== accountId || grant.clientId !== clientId) return undefined;
  }
  // `iat` is in seconds: the last moment of that second.
  const issuedAt = ((token.iat ?? 0) + 1) * 1000 - 1;
  const granted = tokenScopes.filter((scope) => token.scopes.has(scope));
  const scopes = await dependencies.access.worthOf(granted, { accountId, clientId, issuedAt });
  if (scopes.length === 0) return undefined;
  const { auth_time: authTime } = token.extra ?? {};
  const person = accountId !== undefined && { accountId, authAt: typeof authTime === 'number' ? authTime * 1000 : 0 };
  return { ...person, clientId, scopes };
}
