/** What a request that signs somebody out has to know and to pass on. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { ToldApp } from '../domain/deliveries/deliveries.ts';
import type { Why } from '../domain/sessions/sessions.ts';
import type { OidcDependencies } from './settings.ts';

/** Whether the engine is answering the form of the sign-out page. */
export const isSignOut = (ctx: KoaContextWithOIDC | undefined): boolean => ctx?.oidc?.route === 'end_session_confirm';

/** Who signs out, and which app has asked for it, for the log and for whoever looks why an app was told. */
export function whyOf({ callerOf }: OidcDependencies, { req, oidc }: KoaContextWithOIDC): Why {
  const id = oidc.session?.accountId;
  const by = id === undefined ? ({ type: 'anonymous' } as const) : ({ type: 'account', id } as const);
  return { reason: 'signed_out', circumstances: { by, ...callerOf(req) }, clientId: oidc.client?.clientId };
}

const signedOutOf = new WeakMap<object, readonly ToldApp[]>();

/** Keeps, for the page that follows, which apps the session was used for. */
export function noteApps(ctx: KoaContextWithOIDC, apps: readonly ToldApp[] | undefined): void {
  if (apps) signedOutOf.set(ctx, apps);
}

/** The apps that this request has signed somebody out of; undefined when it has not. */
export const appsOf = (ctx: KoaContextWithOIDC): readonly ToldApp[] | undefined => signedOutOf.get(ctx);

/** Whether this request was to sign somebody out and has not. */
export function isStillSignedIn(ctx: KoaContextWithOIDC): boolean {
  const isAsked = ctx.oidc?.route === 'end_session' || isSignOut(ctx);
  return isAsked && ctx.oidc.session?.accountId !== undefined && appsOf(ctx) === undefined;
}

/** Whether the form of the sign-out page was refused, and nobody is signed in whom it could sign out. */
export const isDoneAlready = (ctx: KoaContextWithOIDC): boolean =>
  ctx.status === 400 && isSignOut(ctx) && ctx.oidc.session !== undefined && ctx.oidc.session.accountId === undefined;

/**
 * Nobody is signed out before the rows are written by which the apps are told: whatever keeps those from being written is a
 * 503, and the person stays signed in and reads so.
 */
export function notSignedOut({ log, callerOf }: OidcDependencies, { req }: KoaContextWithOIDC, error: unknown): Error {
  if (error instanceof errors.OIDCProviderError) return error;
  log.error({ error, requestId: callerOf(req).requestId }, 'a sign-out could not be written: nobody was signed out');
  const description = 'the sign-out could not be written, so nobody was signed out';
  const told = new errors.CustomOIDCProviderError('temporarily_unavailable', description, { cause: error });
  return Object.assign(told, { status: 503, statusCode: 503, expose: true });
}
