/** The sign-in of a door of our own: Postern as its own client, by code and PKCE as any app does it; and its sign-out. */
import type { Context } from 'koa';
import type { Clock } from '../base/clock.ts';
import { isPosternError, PosternError } from '../base/errors.ts';
import type { Account } from '../domain/accounts/accounts.ts';
import type { Circumstances } from '../domain/audit/audit.ts';
import type { ToldApp } from '../domain/deliveries/deliveries.ts';
import type { OwnSignIn, OwnSignInState } from '../oidc/oidc.ts';
import { exchangeOf } from './context.ts';
import { httpProblem } from './errors.ts';
import type { SignOuts } from './logout/logout.ts';
import type { CookieJar, OwnSessions, SignedIn } from './own-session.ts';
import type { Pages } from './pages.ts';
import { returnPath, seeOther, single, withQuery } from './paths.ts';
import type { Route } from './routes.ts';
import type { ContinueModel, DoorRefusalModel } from './views.ts';

export type SignInOptions = {
  name: 'admin' | 'account';
  /** `/admin`: the door's first page, and what its addresses begin with. */
  path: string;
  clock: Clock;
  pages: Pages;
  sessions: OwnSessions;
  signIn: OwnSignIn;
  /** What is kept in the browser until the answer comes, by the first characters of its state: tabs don't disturb each other. */
  kept: CookieJar;
  /** How old a sign-in of the issuer's may be to begin a session here without being asked again. */
  newestSeconds?: number;
  reauthSeconds: number;
  /** Writes down that somebody came in, or was refused. */
  cameIn(accountId: string, circumstances: Circumstances): Promise<void>;
  /** Ends the issuer's session that this one came from; the apps that are told of it. */
  endSession(uid: string, accountId: string, circumstances: Circumstances): Promise<readonly ToldApp[]>;
  /** Keeps for the page after the sign-out what it is about. */
  signOuts: Pick<SignOuts, 'keep'>;
};

type Kept = { state: OwnSignInState; returnTo: string };

/** Sign-ins of one browser that wait for their answer; older ones are forgotten, so that their cookies don't pile up. */
const mostBegun = 4;

export function createDoorSignIn(options: SignInOptions) {
  const { path, signIn, sessions, pages } = options;

  /** Goes to /authorize. `fresh`: only a sign-in of these minutes counts; `switch`: ask who it is. */
  async function begin(ctx: Context): Promise<void> {
    // Begun here by another site, it would come back without the strict cookie, and end the session that there is.
    if (sessions.mayBeHidden(ctx)) return drawContinue(pages, ctx, { reason: 'elsewhere', url: ctx.url });
    const isFresh = single(ctx, 'fresh') !== undefined;
    const { url, kept } = signIn.begin({
      prompt: single(ctx, 'switch') === undefined ? undefined : 'login',
      maxAge: isFresh ? options.reauthSeconds : options.newestSeconds,
      uiLocales: single(ctx, 'ui_locales'),
    });
    const returnTo = returnPath(single(ctx, 'return_to'), path);
    for (const old of options.kept.suffixes(ctx).slice(0, 1 - mostBegun)) options.kept.forget(ctx, old);
    options.kept.write(ctx, { state: kept, returnTo } satisfies Kept, suffixOf(kept.state));
    seeOther(ctx, url);
  }

  async function finish(ctx: Context): Promise<void> {
    const [code, state, iss, error] = ['code', 'state', 'iss', 'error'].map((name) => single(ctx, name));
    const kept = options.kept.read(ctx, suffixOf(state ?? '')) as Kept | undefined;
    if (!kept) throw httpProblem(400, `This sign-in is over. Open ${path} again.`);
    options.kept.forget(ctx, suffixOf(kept.state.state));
    if (error !== undefined) return drawRefusal(options, ctx, { reason: 'cancelled' });
    const signedIn: SignedIn = await signIn.finish(ctx, { code, state, iss, error }, kept.state);
    const { ip, id: requestId } = exchangeOf(ctx.req);
    await options.cameIn(signedIn.accountId, { by: { type: 'account', id: signedIn.accountId }, ip, requestId });
    // Not before it stands in the log.
    sessions.start(ctx, signedIn);
    // A page and no redirect: whoever came by a link from elsewhere would arrive without the strict cookie.
    drawContinue(pages, ctx, { reason: 'signed-in', url: kept.returnTo });
  }

  async function signOut({ ctx, session, circumstances }: SignOutVisit): Promise<void> {
    const apps = await endOrStay(() => options.endSession(session.uid, session.accountId, circumstances));
    sessions.end(ctx);
    if (apps) await options.signOuts.keep(ctx, { apps });
    seeOther(ctx, '/logout/success');
  }

  const routes: Route[] = [
    { method: 'GET', path: `${path}/sign-in`, needs: 'nobody', handle: begin },
    { method: 'GET', path: `${path}/callback`, needs: 'nobody', handle: finish },
  ];
  return {
    routes,
    signOut: {
      ...({ method: 'POST', path: `${path}/sign-out`, needs: 'person', events: ['session.ended'] } as const),
      page: path,
      handle: signOut,
    },
  };
}

/** A sign-out that can't be written is none, and the person has to know; undefined when the session was over already. */
async function endOrStay<T>(end: () => Promise<T>): Promise<T | undefined> {
  try {
    return await end();
  } catch (error) {
    if (isPosternError(error) && error.code === 'not_found') return undefined;
    const message = 'You are still signed in: the sign-out could not be written. Try again.';
    const wait = isPosternError(error) ? error.retryAfterSeconds : undefined;
    throw new PosternError('unavailable', message, { cause: error, retryAfterSeconds: wait ?? 5 });
  }
}

/** A page of ours that goes on by itself: what follows begins on this site, with every cookie. */
export function drawContinue(pages: Pages, ctx: Context, model: ContinueModel): void {
  ctx.type = 'html';
  ctx.body = pages.draw(ctx, 'interaction/continue', model);
}

type SignOutVisit = { ctx: Context; session: { uid: string; accountId: string }; circumstances: Circumstances };

/** Enough to tell the tabs of one browser apart, and nothing that could break a cookie's name. */
const suffixOf = (state: string): string => state.replace(/[^\w-]/g, '').slice(0, 8);

/** 403: signed in as somebody who may not do this, or not signed in after all. */
export function drawRefusal(
  { name, path, pages }: Pick<SignInOptions, 'name' | 'path' | 'pages'>,
  ctx: Context,
  { reason, account }: { reason: DoorRefusalModel['reason']; account?: Account },
): void {
  ctx.status = 403;
  ctx.type = 'html';
  ctx.body = pages.draw(ctx, 'door/refused', {
    ...{ door: name, reason, again: path, switch: withQuery(`${path}/sign-in`, { switch: '1' }) },
    ...(account && { account: { name: account.name ?? account.username, username: account.username } }),
  });
}
