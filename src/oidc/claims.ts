/** What is said about a person, in one place for ID token, userinfo, access token and the preview of all three. */
import type { Account as EngineAccount, KoaContextWithOIDC } from 'oidc-provider';
import { type ClaimUse, type MappedClaims, mappedClaims, rolesOf } from '../domain/access/access.ts';
import { type Account, claimsOf } from '../domain/accounts/accounts.ts';
import { apiResource } from './api-token.ts';
import { type EngineClientObject, extraOf } from './client.ts';

/** The engine's account object as `findAccount` makes it: it carries ours, so that nothing is read twice in a request. */
export type LoadedAccount = EngineAccount & { account: Account };

export const loadedAccountOf = (ctx: KoaContextWithOIDC): Account | undefined =>
  (ctx.oidc.account as LoadedAccount | undefined)?.account;

/** Travels with the claims through the engine, which copies objects and knows no symbols: see `withMapped`. */
const mapping = Symbol('what the rules of the client say');

type Asked = {
  use: 'id_token' | 'userinfo';
  /** What was granted, resource scopes included. */
  scopes: ReadonlySet<string>;
  /** By the claims parameter (OpenID Connect Core §5.5), for this use. */
  claims: object;
};

/** All that may be said about the person to this client; the engine keeps what scopes and the claims parameter ask for. */
export function availableClaims(account: Account, client: EngineClientObject, { use, scopes, claims }: Asked) {
  const all = { ...claimsOf(account), roles: rolesHere(account, client) };
  const isLean = use === 'id_token' && extraOf(client).postern_claims_in_id_token === false;
  const available = isLean ? only(claims, all) : all;
  return { ...available, [mapping]: mappedFor(account, client, use, scopes) };
}

/** The claims that were asked for by name, and who it is. */
function only<Claims extends { sub: string }>(asked: object, claims: Claims): { sub: string } & Partial<Claims> {
  const named = Object.entries(claims).filter(([name]) => Object.hasOwn(asked, name));
  return { ...(Object.fromEntries(named) as Partial<Claims>), sub: claims.sub };
}

/** What the engine kept of the claims it was handed, and on top what the client's rules say. */
export function withMapped(kept: Record<string, unknown>, available: object): Record<string, unknown> {
  const mapped = (available as { [mapping]?: MappedClaims })[mapping];
  if (!mapped) return kept;
  const left = Object.entries(kept).filter(([name]) => !mapped.remove.includes(name));
  return { ...Object.fromEntries(left), ...mapped.set };
}

/** What an access token says beside the protocol's own members (RFC 9068 §2.2.2): only what rules put there. */
export function accessTokenClaims(
  account: Account | undefined,
  client: EngineClientObject,
  scopes: ReadonlySet<string>,
): Record<string, unknown> | undefined {
  const { set } = mappedFor(account, client, 'access_token', scopes);
  return Object.keys(set).length === 0 ? undefined : set;
}

/**
 * For the engine, when it stores a token. A token for a resource has that resource's scopes alone, so what was granted is
 * read from where it comes from: the code, or the refresh token, which may be narrowed (RFC 6749 §6).
 */
export async function extraTokenClaims(
  ctx: KoaContextWithOIDC | undefined,
  token: { kind: string; scopes: Set<string>; aud?: string | string[] | undefined },
): Promise<Record<string, unknown> | undefined> {
  const account = ctx?.oidc && loadedAccountOf(ctx);
  const client = ctx?.oidc?.client;
  // RFC 6749 §4.4: nobody signed in, so nothing is said about anybody.
  if (token.kind === 'ClientCredentials' && client) return accessTokenClaims(undefined, client, token.scopes);
  if (token.kind !== 'AccessToken' || !account || !client) return undefined;
  const { AuthorizationCode, DeviceCode, RefreshToken } = ctx.oidc.entities;
  const source = AuthorizationCode ?? DeviceCode ?? RefreshToken;
  if (!source) return accessTokenClaims(account, client, token.scopes);
  const narrowed = source === RefreshToken ? ctx.oidc.params?.scope : undefined;
  const mapped = accessTokenClaims(account, client, scopesOf(typeof narrowed === 'string' ? narrowed : source.scope));
  // RFC 9470 §6.2. What is changed by a token needs a recent sign-in, however often it was refreshed (security.md D11).
  return token.aud === apiResource(ctx.oidc.issuer) ? { ...mapped, auth_time: source.authTime } : mapped;
}

export const scopesOf = (scope: string | undefined): Set<string> => new Set(scope?.split(' '));

function mappedFor(
  account: Account | undefined,
  client: EngineClientObject,
  use: ClaimUse,
  scopes: ReadonlySet<string>,
) {
  return mappedClaims({
    ...{ account, use, scopes, roles: account ? rolesHere(account, client) : [] },
    rules: extraOf(client).postern_claims,
  });
}

const rolesHere = ({ groups }: Account, client: EngineClientObject): string[] =>
  rolesOf(groups, extraOf(client).postern_roles);
