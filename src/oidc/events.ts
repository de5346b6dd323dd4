import type { EventEmitter } from 'node:events';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { countFailedProof } from './client-secret.ts';
import type { OidcDependencies } from './settings.ts';
import { recordFrontChannelToken } from './token-events.ts';

type EngineFailure = Error & { error?: string; error_description?: string; error_detail?: string; statusCode?: number };

/** Engine errors by the endpoint they happened at; each becomes one log line, and some an audit event. */
const errorEvents = [
  'authorization.error',
  'grant.error',
  'userinfo.error',
  'introspection.error',
  'revocation.error',
  'pushed_authorization_request.error',
  'device_authorization.error',
  'code_verification.error',
  'device_resume.error',
  'end_session.error',
  'end_session_confirm.error',
  'discovery.error',
  'jwks.error',
] as const;

const reuse: Record<string, 'code.reuse' | 'refresh_token.reuse'> = {
  'authorization code already consumed': 'code.reuse',
  'refresh token already consumed': 'refresh_token.reuse',
  'refresh token already used': 'refresh_token.reuse',
};

/** How the engine puts it (RFC 7636 §4.6). */
const wrongVerifier = 'code_verifier does not match code_challenge';

/** Work that an event started and that the reply has to wait for. */
const pending = new WeakMap<object, Promise<void>[]>();

/** Resolves when what the events of this request have started is done; rejects when the reply must not go out. */
export async function settleEvents(ctx: object): Promise<void> {
  const work = pending.get(ctx);
  if (work) await Promise.all(work);
}

/** Attaches the one table of listeners to a new Provider. A listener must not throw: the engine would answer 500. */
export function listenToEngine(provider: Provider, dependencies: OidcDependencies): void {
  const { log } = dependencies;
  const on = (name: string, listener: (ctx: KoaContextWithOIDC, error: EngineFailure) => void) => {
    (provider as EventEmitter).on(name, (ctx: KoaContextWithOIDC, error: EngineFailure) => {
      try {
        listener(ctx, error);
      } catch (failure) {
        log.error({ error: failure, event: name }, 'an engine event could not be handled');
      }
    });
  };
  on('server_error', (ctx, error) => {
    log.error({ error, requestId: dependencies.callerOf(ctx.req).requestId }, 'the engine failed');
  });
  for (const name of errorEvents) on(name, (ctx, error) => reportError(dependencies, name, ctx, error));
  (provider as EventEmitter).on('authorization.success', (ctx: KoaContextWithOIDC, answer?: { id_token?: string }) => {
    demand(ctx, recordFrontChannelToken(dependencies, ctx, answer));
  });
  // Koa's own event: what no error handler of the engine has seen.
  (provider as EventEmitter).on('error', (error: EngineFailure) => {
    if (error.statusCode === undefined || error.statusCode >= 500)
      log.error({ error }, 'the engine failed outside its routes');
  });
}

function reportError(
  dependencies: OidcDependencies,
  name: string,
  ctx: KoaContextWithOIDC,
  error: EngineFailure,
): void {
  const { log, callerOf } = dependencies;
  const { ip, requestId } = callerOf(ctx.req);
  const clientId = ctx.oidc.client?.clientId;
  const line = { event: name, code: error.error, detail: error.error_detail, clientId, requestId, ip };
  log.info(line, error.error_description ?? error.message);
  const event = reuse[error.error_detail ?? ''];
  if (event) recordReuse(dependencies, ctx, event);
  const isWrongVerifier = (error.cause as Error | undefined)?.message === wrongVerifier;
  if (isWrongVerifier && clientId) follow(dependencies, ctx, countFailedProof(dependencies, ctx, clientId));
}

function recordReuse(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC,
  event: 'code.reuse' | 'refresh_token.reuse',
): void {
  const { recordEvent, callerOf } = dependencies;
  const clientId = ctx.oidc.client?.clientId;
  const actor = { type: 'client', id: clientId } as const;
  follow(dependencies, ctx, recordEvent({ actor, clientId, event, detail: {}, ...callerOf(ctx.req) }));
}

function follow({ log }: OidcDependencies, ctx: KoaContextWithOIDC, work: Promise<unknown>): void {
  const settled = work.then(
    () => undefined,
    (error: unknown) => log.error({ error }, 'what an engine event led to could not be written'),
  );
  holdReply(ctx, settled);
}

/** Like `follow`, for work without which nothing may be answered (M13). */
function demand(ctx: KoaContextWithOIDC, work: Promise<void>): void {
  // It is looked at when the engine is through; until then a failure is not one that nobody handles.
  work.catch(() => undefined);
  holdReply(ctx, work);
}

function holdReply(ctx: KoaContextWithOIDC, work: Promise<void>): void {
  pending.set(ctx, [...(pending.get(ctx) ?? []), work]);
}
