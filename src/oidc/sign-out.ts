import { type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { ToldApp } from '../domain/deliveries/deliveries.ts';
import { type EngineClientObject, engineClientOf } from './client.ts';
import type { OidcDependencies } from './settings.ts';
import { appsOf } from './signing-out.ts';

type Sources = Required<NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>>;
type State = { secret: string; state?: string; postLogoutRedirectUri?: string; clientId?: string };

/** The pages of RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0). */
export function signOutSources({ pages }: OidcDependencies): Pick<Sources, 'logoutSource' | 'postLogoutSuccessSource'> {
  return {
    async logoutSource(ctx) {
      if (isAskedBySelf(ctx)) return signOut(ctx);
      const apps = usesOf(ctx.oidc.session);
      await findWhoAsks(ctx, apps);
      ctx.body = await pages.signOut(ctx, {
        action: ctx.oidc.urlFor('end_session_confirm'),
        xsrf: stateOf(ctx)?.secret ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
        apps,
        client: engineClientOf(ctx),
      });
    },
    async postLogoutSuccessSource(ctx) {
      const session = await ctx.oidc.provider.Session.get(ctx);
      const isSignedIn = session.accountId !== undefined;
      ctx.type = 'html';
      ctx.body = await pages.signedOut(ctx, { client: engineClientOf(ctx), isSignedIn, apps: usesOf(session) });
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

/**
 * ASP.NET Core (without SaveTokens) and Katana say where the person shall go and not who they are (interop.md 24). If it is
 * exactly one of these clients that has registered the address, it is that client that asks (D12).
 */
async function findWhoAsks(ctx: KoaContextWithOIDC, apps: readonly ToldApp[]): Promise<void> {
  const uri = ctx.query.post_logout_redirect_uri;
  const state = stateOf(ctx);
  if (ctx.oidc.client || typeof uri !== 'string' || !state) return;
  const clients = await Promise.all(apps.map(({ clientId }) => findClient(ctx, clientId)));
  const fitting = clients.flatMap((client) => (client?.postLogoutRedirectUriAllowed(uri) ? [client] : []));
  const [client] = fitting;
  if (!client || fitting.length > 1) return;
  ctx.oidc.entity('Client', client);
  Object.assign(state, { clientId: client.clientId, postLogoutRedirectUri: uri });
}

/** One that was removed or switched off since asks for nothing. */
async function findClient(ctx: KoaContextWithOIDC, id: string): Promise<EngineClientObject | undefined> {
  try {
    return await ctx.oidc.provider.Client.find(id);
  } catch (error) {
    if (error instanceof errors.InvalidClient || error instanceof errors.InvalidClientMetadata) return undefined;
    throw error;
  }
}

type Authorizations = Record<string, { grantId?: string; sid?: string }>;

/** The clients that got something in that session. */
function usesOf(session: object | undefined): ToldApp[] {
  const { authorizations = {} } = (session ?? {}) as { authorizations?: Authorizations };
  const uses = Object.entries(authorizations).filter(([, { grantId }]) => grantId !== undefined);
  return uses.map(([clientId, { sid }]) => ({ clientId, sid }));
}

const stateOf = (ctx: KoaContextWithOIDC): State | undefined => ctx.oidc.session?.state as State | undefined;

/**
 * After the engine has answered /logout or its form. Chromium applies `form-action` to the redirect that follows a form,
 * so leaving for an app goes over a page of our own; and somebody who is not signed in has nothing to confirm.
 */
export async function finishSignOut({ pages }: OidcDependencies, ctx: KoaContextWithOIDC): Promise<void> {
  const { route } = ctx.oidc;
  if (route === 'end_session' && ctx.status === 200 && !ctx.oidc.session?.accountId) {
    await findWhoAsks(ctx, pages.lastApps(ctx));
    return seeOther(ctx, targetOf(ctx));
  }
  if ((route !== 'end_session' && route !== 'end_session_confirm') || ctx.status !== 303) return;
  const url = elsewhere(ctx, ctx.response.get('Location'));
  const client = engineClientOf(ctx);
  const isLeft = route === 'end_session_confirm' && !ctx.oidc.params?.logout;
  const onward = url !== undefined && client ? { url, clientId: client.clientId } : undefined;
  const apps = appsOf(ctx);
  const left = isLeft ? client?.clientId : undefined;
  // Apps that are told through the browser are told before it leaves for one of them.
  if (apps && (await pages.keepSignOut(ctx, { apps, left, onward })) && onward)
    return seeOther(ctx, ctx.oidc.urlFor('end_session_success'));
  if (route !== 'end_session_confirm' || url === undefined) return;
  ctx.remove('Location');
  ctx.status = 200;
  ctx.type = 'html';
  ctx.body = pages.continueTo(ctx, { url, client, isLeft });
}

function seeOther(ctx: KoaContextWithOIDC, url: string): void {
  ctx.redirect(url);
  ctx.status = 303;
}

/** Back to the app with its `state`, or to our own last page. */
function targetOf(ctx: KoaContextWithOIDC): string {
  const { postLogoutRedirectUri, state } = stateOf(ctx) ?? {};
  if (postLogoutRedirectUri === undefined) return ctx.oidc.urlFor('end_session_success');
  const url = new URL(postLogoutRedirectUri);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

/** The address, unless it is one of ours. */
function elsewhere(ctx: KoaContextWithOIDC, location: string): string | undefined {
  const isOurs = URL.parse(location, ctx.oidc.issuer)?.origin === new URL(ctx.oidc.issuer).origin;
  return isOurs ? undefined : location;
}
