import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { engineClientOf } from './client.ts';
import type { OidcDependencies } from './settings.ts';

/** The engine's error page: what happened, for the person; received beside registered, for the developer. */
export async function renderEngineError(
  { pages }: OidcDependencies,
  ctx: KoaContextWithOIDC,
  out: ErrorOut,
  error: Error,
): Promise<void> {
  const detail = (error as { error_detail?: unknown }).error_detail;
  ctx.type = 'html';
  ctx.body = pages.error(ctx, {
    error: out.error,
    description: out.error_description ?? '',
    detail: typeof detail === 'string' ? detail : undefined,
    status: ctx.status,
    client: engineClientOf(ctx),
    ...comparison(ctx, out.error_description ?? ''),
  });
}

/** What was received and what would have been accepted, where the two can be laid side by side. */
function comparison(
  ctx: KoaContextWithOIDC,
  description: string,
): { received?: string[]; expected?: readonly string[] } {
  const parameters = (ctx.oidc.params ?? ctx.query) as Record<string, unknown>;
  const value = (name: string) =>
    [parameters[name] ?? ctx.query[name]].flat().filter((item) => typeof item === 'string');
  const client = ctx.oidc.client;
  if (!client) return { received: value('client_id') };
  if (description.includes('post_logout_redirect_uri')) {
    return { received: value('post_logout_redirect_uri'), expected: client.postLogoutRedirectUris ?? [] };
  }
  if (description.includes('redirect_uri'))
    return { received: value('redirect_uri'), expected: client.redirectUris ?? [] };
  if (description.includes('response_type'))
    return { received: value('response_type'), expected: client.responseTypes ?? [] };
  return {};
}
