import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { engineClientOf } from './client.ts';
import type { OidcDependencies } from './settings.ts';

type Sources = Required<NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>>;
type State = { secret: string; state?: string; postLogoutRedirectUri?: string; clientId?: string };

/** The pages of RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0). */
export function signOutSources({ pages }: OidcDependencies): Pick<Sources, 'logoutSource' | 'postLogoutSuccessSource'> {
  return {
    async logoutSource(ctx) {
      if (isAskedBySelf(ctx)) return signOut(ctx);
      ctx.body = await pages.signOut(ctx, {
        action: ctx.oidc.urlFor('end_session_confirm'),
        xsrf: stateOf(ctx)?.secret ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
        client: engineClientOf(ctx),
      });
    },
    async postLogoutSuccessSource(ctx) {
      ctx.type = 'html';
      ctx.body = pages.signedOut(ctx, { client: engineClientOf(ctx) });
    },
  };
}

/**
 * The app proves by an ID token (verified by the engine; it may be expired) that it signs out the very person who is signed
 * in: nothing to confirm (RP-Initiated Logout 1.0 §2, security.md D08–D10).
 */
function isAskedBySelf({ method, oidc }: KoaContextWithOIDC): boolean {
  const hint = oidc.entities.IdTokenHint as { payload: { sub?: unknown } } | undefined;
  return method !== 'HEAD' && hint !== undefined && hint.payload.sub === oidc.session?.accountId;
}

/** What the engine does once the person has said yes. */
async function signOut(ctx: KoaContextWithOIDC): Promise<void> {
  const { provider, session } = ctx.oidc;
  if (!session) return;
  const target = targetOf(ctx);
  await session.destroy();
  ctx.cookies.set(provider.cookieName('session'), null, { signed: true, httpOnly: true, sameSite: 'lax', path: '/' });
  ctx.redirect(target);
  ctx.status = 303;
}

const stateOf = (ctx: KoaContextWithOIDC): State | undefined => ctx.oidc.session?.state as State | undefined;

/**
 * After the engine has answered /logout or its form. Chromium applies `form-action` to the redirect that follows a form,
 * so leaving for an app goes over a page of our own; and somebody who is not signed in has nothing to confirm.
 */
export function finishSignOut({ pages }: OidcDependencies, ctx: KoaContextWithOIDC): void {
  if (ctx.oidc.route === 'end_session' && ctx.status === 200 && !ctx.oidc.session?.accountId) {
    ctx.redirect(targetOf(ctx));
    ctx.status = 303;
    return;
  }
  const location = ctx.response.get('Location');
  if (ctx.oidc.route !== 'end_session_confirm' || ctx.status !== 303 || !isElsewhere(ctx, location)) return;
  ctx.remove('Location');
  ctx.status = 200;
  ctx.type = 'html';
  ctx.body = pages.continueTo(ctx, { url: location, client: engineClientOf(ctx) });
}

/** Back to the app with its `state`, or to our own last page. */
function targetOf(ctx: KoaContextWithOIDC): string {
  const { postLogoutRedirectUri, state } = stateOf(ctx) ?? {};
  if (postLogoutRedirectUri === undefined) return ctx.oidc.urlFor('end_session_success');
  const url = new URL(postLogoutRedirectUri);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

const isElsewhere = (ctx: KoaContextWithOIDC, location: string): boolean =>
  URL.parse(location, ctx.oidc.issuer)?.origin !== new URL(ctx.oidc.issuer).origin;
