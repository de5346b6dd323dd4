import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { engineClientOf } from './client.ts';
import type { OidcDependencies } from './settings.ts';

type Sources = Required<NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>>;
type State = { secret: string; state?: string; postLogoutRedirectUri?: string; clientId?: string };

/** The pages of RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0). */
export function signOutSources({ pages }: OidcDependencies): Pick<Sources, 'logoutSource' | 'postLogoutSuccessSource'> {
  return {
    async logoutSource(ctx) {
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

const stateOf = (ctx: KoaContextWithOIDC): State | undefined => ctx.oidc.session?.state as State | undefined;

/**
 * After the engine has answered /logout or its form. Chromium applies `form-action` to the redirect that follows a form,
 * so leaving for an app goes over a page of our own; and somebody who is not signed in has nothing to confirm.
 */
export function finishSignOut({ pages }: OidcDependencies, ctx: KoaContextWithOIDC): void {
  if (ctx.oidc.route === 'end_session' && ctx.status === 200 && !ctx.oidc.session?.accountId) {
    const state = stateOf(ctx);
    const uri = state?.postLogoutRedirectUri;
    ctx.status = 303;
    ctx.redirect(uri === undefined ? ctx.oidc.urlFor('end_session_success') : withState(uri, state?.state));
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

function withState(uri: string, state: string | undefined): string {
  const url = new URL(uri);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

const isElsewhere = (ctx: KoaContextWithOIDC, location: string): boolean =>
  URL.parse(location, ctx.oidc.issuer)?.origin !== new URL(ctx.oidc.issuer).origin;
