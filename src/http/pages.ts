import type { Context } from 'koa';
import type { PosternError } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import type { Problem } from './errors.ts';
import type { App, ErrorKind, ErrorModel, Locale, Page, ViewModels, ViewName, Views } from './views.ts';

/** What a context must have to be drawn for: the engine's contexts and our own both do. */
export type Drawable = Pick<Context, 'path' | 'url' | 'query' | 'get'>;
export type Pages = ReturnType<typeof createPages>;

/** Draws pages in the language of the request. `uiLocales`: what the app asked for when the address does not say. */
export function createPages(views: Views, mode: Mode) {
  const localeOf = (ctx: Drawable, uiLocales?: string): Locale =>
    views.pickLocale({
      uiLocales: [ctx.query.ui_locales].flat()[0] ?? uiLocales,
      acceptLanguage: ctx.get('Accept-Language'),
    });

  function draw<Name extends ViewName>(ctx: Drawable, name: Name, model: ViewModels[Name], uiLocales?: string): string {
    const page: Page = { locale: localeOf(ctx, uiLocales), path: shownOnce.has(name) ? '/start' : ctx.url };
    return views.render(name, model, page);
  }

  return {
    draw,
    /** The page of an error of our own routes. */
    problem: (ctx: Context, problem: Problem, at: number): string =>
      draw(ctx, 'error', errorModel(ctx, problem, at, mode)),
  };
}

/** Made from a code that is spent by then: their address shows nothing a second time, in any language. */
const shownOnce: ReadonlySet<ViewName> = new Set(['start/tokens', 'start/refused']);

const kinds: Record<PosternError['code'], ErrorKind> = {
  invalid: 'invalid',
  unauthorized: 'forbidden',
  forbidden: 'form',
  not_found: 'not-found',
  conflict: 'invalid',
  rate_limited: 'busy',
  unavailable: 'unavailable',
  internal: 'internal',
};

/** The words of the error itself are for developers: in `serve` the page has sentences for everybody, in their language. */
function errorModel(ctx: Context, problem: Problem, at: number, mode: Mode): ErrorModel {
  const { code, message, fields, reference, retryAfterSeconds } = problem;
  const kind = kindOf(ctx, problem);
  return {
    kind,
    reference,
    at,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(mode !== 'serve' && code !== 'internal' && { said: { message, fields } }),
  };
}

function kindOf({ path }: Context, { code, status }: Problem): ErrorKind {
  // What was there once: a sign-in that is over (http/interaction).
  if (code === 'not_found' && status === 400) return 'expired';
  // A door's sign-out that could not be written (http/door-sign-in.ts).
  if (code === 'unavailable' && /^\/\w+\/sign-out$/.test(path)) return 'still-signed-in';
  return kinds[code];
}

/** A client as people see it: its name, or its id, and the host it sends them back to. */
export function appOf(client: { clientId: string; clientName?: string; redirectUri?: string }): App {
  const target = client.redirectUri === undefined ? undefined : URL.parse(client.redirectUri);
  const web = target?.protocol === 'https:' || target?.protocol === 'http:' ? target : undefined;
  return {
    id: client.clientId,
    name: client.clientName || client.clientId,
    ...(web && { host: web.host, url: `${web.origin}/` }),
  };
}
