/** What a request that signs somebody out has to know and to pass on. */
import type { KoaContextWithOIDC } from 'oidc-provider';
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
