import type { KoaContextWithOIDC } from 'oidc-provider';
import { addressPrefix } from '../domain/throttles/throttles.ts';
import type { OidcDependencies } from './settings.ts';

type Issued = Record<string, unknown> & { scope?: string };

const kinds = ['access_token', 'refresh_token', 'id_token'] as const;
/** What a device hears while it waits is no refusal. */
const waiting: ReadonlySet<unknown> = new Set(['authorization_pending', 'slow_down']);
const grantTypes: ReadonlySet<unknown> = new Set([
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
]);
/** Refused requests that are written down, per address and client: what costs a guesser nothing must not fill the log. */
const noted = { limit: 10, windowSeconds: 60 };

/**
 * One audit event for each answer of the token endpoint: what was issued, or why nothing was. Rejects when it can't be
 * written; then nobody gets the tokens.
 */
export async function recordTokenRequest(dependencies: OidcDependencies, ctx: KoaContextWithOIDC): Promise<void> {
  if (ctx.oidc.route !== 'token') return;
  const { client, account, params } = ctx.oidc;
  const caller = dependencies.callerOf(ctx.req);
  const clientId = client?.clientId;
  const about = { actor: { type: 'client', id: clientId }, clientId, ...caller } as const;
  const grantType = grantTypes.has(params?.grant_type) ? String(params?.grant_type) : '';
  if (ctx.status === 200) {
    const body = ctx.body as Issued;
    const detail = {
      grantType,
      scopes: body.scope?.split(' ') ?? [],
      kinds: kinds.filter((kind) => body[kind] !== undefined),
    };
    return dependencies.recordEvent({ ...about, accountId: account?.accountId, event: 'token.issued', detail });
  }
  const { error } = (ctx.body ?? {}) as { error?: string };
  if (ctx.status === 429 || ctx.status >= 500 || error === undefined || waiting.has(error)) return;
  const bucket = `token-refused|${addressPrefix(caller.ip)}|${clientId ?? ''}`;
  if (!(await dependencies.throttles.reserve(bucket, noted)).allowed) return;
  const detail = { error, ...(grantType !== '' && { grantType }) };
  await dependencies.recordEvent({ ...about, accountId: account?.accountId, event: 'token.refused', detail });
}

/**
 * One audit event for each request that revoked a token (RFC 7009); one that named no live token changed nothing. Rejects
 * when it can't be written.
 */
export async function recordRevocation(dependencies: OidcDependencies, ctx: KoaContextWithOIDC): Promise<void> {
  if (ctx.oidc.route !== 'revocation' || ctx.status !== 200) return;
  const { client, entities } = ctx.oidc;
  const { AccessToken, RefreshToken, ClientCredentials } = entities;
  const token = AccessToken ?? RefreshToken ?? ClientCredentials;
  if (!token || !client) return;
  const { accountId } = token as { accountId?: string };
  const detail = { by: 'client' as const, scopes: [...token.scopes] };
  const { clientId } = client;
  const about = { actor: { type: 'client', id: clientId }, clientId, accountId } as const;
  await dependencies.recordEvent({ ...about, event: 'grant.revoked', detail, ...dependencies.callerOf(ctx.req) });
}

/**
 * An ID token that leaves with the answer of /authorize (OpenID Connect Core §3.2 and §3.3); the code beside it is told
 * about when it is redeemed. Rejects when it can't be written.
 */
export async function recordFrontChannelToken(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC,
  answer: { id_token?: string } | undefined,
): Promise<void> {
  if (answer?.id_token === undefined) return;
  const { client, account, grant, requestParamOIDCScopes } = ctx.oidc as KoaContextWithOIDC['oidc'] & Granted;
  const scopes = grant.getOIDCScopeFiltered(requestParamOIDCScopes).split(' ').filter(Boolean);
  const detail = { grantType: 'implicit', scopes, kinds: ['id_token'] };
  const clientId = client?.clientId;
  const about = { actor: { type: 'client', id: clientId }, clientId, accountId: account?.accountId } as const;
  await dependencies.recordEvent({ ...about, event: 'token.issued', detail, ...dependencies.callerOf(ctx.req) });
}

/** What the engine's types leave out. */
type Granted = {
  grant: { getOIDCScopeFiltered(scopes: Set<string>): string };
  requestParamOIDCScopes: Set<string>;
};
