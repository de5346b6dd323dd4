import { type ErrorOut, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { isPosternError } from '../base/errors.ts';
import { engineClientOf } from './client.ts';
import { fromEngineError, toEngineError } from './refusals.ts';
import type { OidcDependencies } from './settings.ts';
import { isDoneAlready, isStillSignedIn } from './signing-out.ts';

/** The engine's error page: what happened, for the person; received beside registered, for the developer. */
export async function renderEngineError(
  { pages }: OidcDependencies,
  ctx: KoaContextWithOIDC,
  out: ErrorOut,
  error: Error,
): Promise<void> {
  // Pressed twice, or signed out in another tab meanwhile: what was wanted has happened.
  if (isDoneAlready(ctx)) return goToLastPage(ctx);
  const detail = (error as { error_detail?: unknown }).error_detail;
  ctx.type = 'html';
  ctx.body = pages.error(ctx, {
    error: out.error,
    description: out.error_description ?? '',
    detail: typeof detail === 'string' ? detail : undefined,
    status: ctx.status,
    client: engineClientOf(ctx),
    isStillSignedIn: ctx.status === 503 && isStillSignedIn(ctx),
    ...comparison(ctx, out.error_description ?? ''),
  });
}

function goToLastPage(ctx: KoaContextWithOIDC): void {
  ctx.redirect(ctx.oidc.urlFor('end_session_success'));
  ctx.status = 303;
}

/**
 * The answer to what was thrown beside the engine's own handlers (the session is saved after them), in the form they would
 * give it. Koa's own would take the security headers with it. What was to be set or where to go is not true any more.
 */
export async function answerStray(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC,
  thrown: unknown,
): Promise<void> {
  const error = toEngineError(thrown);
  const told = error instanceof errors.OIDCProviderError && error.expose ? error : undefined;
  const { requestId } = dependencies.callerOf(ctx.req);
  const line = { error, requestId };
  if (told && told.statusCode < 500) dependencies.log.info({ code: told.error, requestId }, told.message);
  else dependencies.log.error(line, told ? 'the database is not available' : 'the engine failed outside its routes');
  for (const name of ['Location', 'Set-Cookie', 'Content-Type', 'Content-Length', 'ETag']) ctx.remove(name);
  ctx.status = told?.statusCode ?? 500;
  if (ctx.status === 503) ctx.set('Retry-After', String(retryAfterOf(error)));
  const out = told
    ? { error: told.error, error_description: told.error_description }
    : { error: 'server_error', error_description: 'something went wrong' };
  if (ctx.accepts('json', 'html') !== 'html') ctx.body = out;
  else await renderEngineError(dependencies, ctx, out, error as Error);
}

function retryAfterOf(error: unknown): number {
  const cause = fromEngineError(error);
  return (isPosternError(cause) ? cause.retryAfterSeconds : undefined) ?? 5;
}

/** What was received and what would have been accepted, where the two can be laid side by side. */
function comparison(
  ctx: KoaContextWithOIDC,
  description: string,
): { received?: string[]; expected?: readonly string[] } {
  const parameters = (ctx.oidc?.params ?? ctx.query) as Record<string, unknown>;
  const value = (name: string) =>
    [parameters[name] ?? ctx.query[name]].flat().filter((item) => typeof item === 'string');
  const client = ctx.oidc?.client;
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
