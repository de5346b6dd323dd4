/**
 * A sign-out that an app asks for by POST (RP-Initiated Logout 1.0 §2: both methods must do). The form comes from another
 * site, so the browser sends no session cookie with it (SameSite=Lax); it does with the redirect, which is a GET. Nothing
 * ends here: what may follow is what may follow a link.
 */
import { readForm } from '../form.ts';
import { seeOther, withQuery } from '../paths.ts';
import type { Route, RouteContext } from '../routes.ts';

const path = '/logout';
/** What the engine reads there; anything else stays out of the address. */
const parameters = ['id_token_hint', 'logout_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'ui_locales'];

export const listPostedSignOutRoutes = (): Route[] => [{ method: 'POST', path, needs: 'nobody', handle: askByAddress }];

async function askByAddress(ctx: RouteContext): Promise<void> {
  const form = await readForm(ctx);
  ctx.set('Cache-Control', 'no-store');
  seeOther(ctx, withQuery(path, Object.fromEntries(parameters.map((name) => [name, form[name]]))));
}
