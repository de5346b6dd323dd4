/**
 * /link: where a person chooses a password by a single-use link, and where the first administrator comes to be. The token
 * leaves the address at once: it goes into a cookie of this path, so that no page, referrer or history holds it. What the
 * link may do is decided by the room with each request, so no step can be left out (security.md E14).
 */
import { isPosternError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import type { Accounts, Link, LinkInput } from '../../domain/accounts/accounts.ts';
import type { ApiKeys } from '../../domain/api-keys/api-keys.ts';
import type { Circumstances } from '../../domain/audit/audit.ts';
import type { CookieRing } from '../../domain/data-keys/data-keys.ts';
import { cookieNames } from '../../oidc/oidc.ts';
import { exchangeOf } from '../context.ts';
import type { Csrf } from '../csrf.ts';
import { describeError, type Problem } from '../errors.ts';
import { type Form, readForm } from '../form.ts';
import { type CookieJar, createSealedCookie } from '../own-session.ts';
import type { Pages } from '../pages.ts';
import { chosenPassword } from '../password-fields.ts';
import { seeOther, single, withQuery } from '../paths.ts';
import type { Route, RouteContext } from '../routes.ts';

export type LinkDependencies = {
  config: Config;
  csrf: Csrf;
  pages: Pages;
  accounts: Accounts;
  apiKeys: ApiKeys;
  /** Seals the cookies of our own doors. */
  cookieKeys: CookieRing;
};
type Door = LinkDependencies & { jar: CookieJar };

const path = '/link';
/** Enough to think of a password; how long the link itself works is the room's matter. */
const keptSeconds = 3600;
const events = ['account.link_used', 'account.password_changed', 'account.created'] as const;

export function listLinkRoutes(dependencies: LinkDependencies): Route[] {
  const { config, cookieKeys: keys } = dependencies;
  const secure = config.issuer.startsWith('https:');
  // Lax: links are opened from letters and chats.
  const cookie = {
    name: cookieNames(config.issuer).link,
    path,
    sameSite: 'lax',
    secure,
    keys,
    seconds: keptSeconds,
  } as const;
  const door = { ...dependencies, jar: createSealedCookie(cookie) };
  return [
    { method: 'GET', path, needs: 'nobody', handle: (ctx) => show(door, ctx) },
    { method: 'POST', path, needs: 'form', events, handle: (ctx) => use(door, ctx) },
    { method: 'GET', path: `${path}/done`, needs: 'nobody', handle: (ctx) => showDone(door, ctx) },
  ];
}

async function show(door: Door, ctx: RouteContext): Promise<void> {
  const given = single(ctx, 'token');
  if (given !== undefined) {
    door.jar.write(ctx, { token: given.slice(0, 100) });
    return seeOther(ctx, withQuery(path, { ui_locales: single(ctx, 'ui_locales') }));
  }
  const token = tokenOf(door, ctx);
  const link = token === undefined ? undefined : await door.accounts.findLink(token);
  if (token === undefined || !link) return drawDead(door, ctx, 404);
  await draw(door, ctx, { token, link, form: {} });
}

/** Spends the link. Whatever is wrong with what was typed leaves it as it is. */
async function use(door: Door, ctx: RouteContext): Promise<void> {
  const form = await readForm(ctx);
  const token = tokenOf(door, ctx);
  if (token === undefined) return drawDead(door, ctx, 400);
  door.csrf.check(ctx, form, bindingOf(token));
  const link = await door.accounts.findLink(token);
  if (!link) return drawDead(door, ctx, 400);
  try {
    await door.accounts.useLink(token, inputOf(link, form), circumstancesOf(ctx));
  } catch (error) {
    if (!isPosternError(error) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error;
    const problem = describeError(error);
    // Somebody used it meanwhile, or a newer one was made.
    if (problem.status === 400) return drawDead(door, ctx, 400);
    ctx.status = problem.status;
    return draw(door, ctx, { token, link, form, problem });
  }
  door.jar.forget(ctx);
  const made = link.purpose === 'setup' ? 'admin' : undefined;
  seeOther(ctx, withQuery(`${path}/done`, { made, ui_locales: single(ctx, 'ui_locales') }));
}

/** Says the same to everybody: what was done stands in the log. */
function showDone({ pages }: Door, ctx: RouteContext): void {
  const isAdmin = single(ctx, 'made') === 'admin';
  ctx.type = 'html';
  ctx.body = pages.draw(ctx, 'link/done', { isAdmin, href: isAdmin ? '/admin' : '/account' });
}

type Shown = { token: string; link: Link; form: Form; problem?: Problem };

async function draw(door: Door, ctx: RouteContext, { token, link, form, problem }: Shown): Promise<void> {
  const { pages, csrf, config, apiKeys } = door;
  const { purpose, account } = link;
  ctx.type = 'html';
  ctx.body = pages.draw(ctx, 'link/password', {
    csrf: csrf.token(bindingOf(token)),
    purpose,
    ...(account && { account: { name: account.name ?? account.username, username: account.username } }),
    username: form.username ?? '',
    name: form.name ?? '',
    minimumLength: config.passwords.minimumLength,
    endingKeys: account ? await apiKeys.countOfAccount(account.id) : 0,
    ...(problem && { problem: { message: problem.message, fields: problem.fields } }),
  });
}

function drawDead({ pages, jar }: Door, ctx: RouteContext, status: number): void {
  jar.forget(ctx);
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = pages.draw(ctx, 'link/dead', {});
}

/** Fields that the page does not have are not looked at. */
function inputOf({ purpose }: Link, form: Form): LinkInput {
  const password = chosenPassword(form);
  if (purpose !== 'setup') return { password };
  const name = form.name?.trim();
  return { password, username: form.username ?? '', ...(name && { name }) };
}

const bindingOf = (token: string): string => `link ${token}`;

function tokenOf({ jar }: Door, ctx: RouteContext): string | undefined {
  const kept = jar.read(ctx) as { token: string } | undefined;
  return kept?.token || undefined;
}

/** Who it is, the room knows: whoever holds the link acts as its account. */
function circumstancesOf({ req }: RouteContext): Circumstances {
  const { ip, id: requestId } = exchangeOf(req);
  return { by: { type: 'anonymous' }, ip, requestId };
}
