/** /, /start and the "try it" sign-in: in `dev` the facts an app needs, in `serve` the name and nothing else. */
import type { Context } from 'koa';
import { PosternError } from '../base/errors.ts';
import { randomId } from '../base/ids.ts';
import type { Config } from '../config/config.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { TryIt, TryItState } from '../oidc/oidc.ts';
import type { Csrf } from './csrf.ts';
import { readForm } from './form.ts';
import { samplePeople } from './interaction/sign-in.ts';
import type { Pages } from './pages.ts';

export type StartDependencies = { config: Config; accounts: Accounts; csrf: Csrf; pages: Pages; tryIt: TryIt };

const demo = { id: 'demo', secret: 'demo-secret' };
const cookieSeconds = 900;

export function createStartRoutes(dependencies: StartDependencies) {
  const { config, accounts, csrf, pages, tryIt } = dependencies;
  const names = { browser: `postern-${config.port}-start`, trial: `postern-${config.port}-try` };

  return {
    async show(ctx: Context): Promise<void> {
      ctx.type = 'html';
      if (config.mode !== 'dev') {
        ctx.body = pages.draw(ctx, 'start/welcome', {});
        return;
      }
      ctx.body = pages.draw(ctx, 'start', {
        issuer: config.issuer,
        discovery: `${config.issuer}/.well-known/openid-configuration`,
        jwks: `${config.issuer}/jwks`,
        client: demo,
        people: await samplePeople({ accounts }),
        strictClients: config.strictClients,
        csrf: csrf.token(browserOf(ctx, names.browser)),
      });
    },

    /** Begins the sign-in: keeps state, nonce and verifier in this browser and goes to /authorize. */
    async try(ctx: Context): Promise<void> {
      refuseOutsideDev(config);
      const form = await readForm(ctx);
      csrf.check(ctx, form, ctx.cookies.get(names.browser, { signed: false }) ?? '');
      const { kept, parameters } = tryIt.begin([ctx.query.ui_locales].flat()[0] ?? '');
      keep(ctx, names.trial, Buffer.from(JSON.stringify({ ...kept, parameters })).toString('base64url'));
      seeOther(ctx, `/authorize?${new URLSearchParams(parameters.filter(([, value]) => value !== ''))}`);
    },

    /** The redirect URI of the trial: exchanges the code and shows what came. */
    async done(ctx: Context): Promise<void> {
      refuseOutsideDev(config);
      const kept = keptOf(ctx.cookies.get(names.trial, { signed: false }));
      const { code, state, iss, error } = ctx.query as Record<string, string | undefined>;
      if (error === 'access_denied') return seeOther(ctx, '/start');
      const result = await tryIt.finish({ code, state, iss }, kept);
      ctx.cookies.set(names.trial, null, { path: '/start', signed: false });
      ctx.type = 'html';
      ctx.body = pages.draw(ctx, 'start/tokens', {
        csrf: csrf.token(browserOf(ctx, names.browser)),
        account: { name: String(result.claims.name ?? result.claims.preferred_username ?? result.claims.sub) },
        ...result,
        request: { endpoint: `${config.issuer}/authorize`, parameters: kept.parameters },
      });
    },
  };
}

/** A random value for this browser, which the form token is bound to. */
function browserOf(ctx: Context, cookie: string): string {
  const known = ctx.cookies.get(cookie, { signed: false });
  if (known !== undefined && known.length === 43) return known;
  const fresh = randomId();
  keep(ctx, cookie, fresh);
  return fresh;
}

function seeOther(ctx: Context, path: string): void {
  ctx.redirect(path);
  ctx.status = 303;
}

function keep(ctx: Context, name: string, value: string): void {
  ctx.cookies.set(name, value, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    path: '/start',
    maxAge: cookieSeconds * 1000,
    overwrite: true,
  });
}

function keptOf(cookie: string | undefined): TryItState & { parameters: [string, string][] } {
  try {
    return JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString());
  } catch {
    throw new PosternError('invalid', 'This page belongs to a sign-in that is over. Try it again from the start page.');
  }
}

/** The trial uses the sample client, which exists in `dev` alone. */
function refuseOutsideDev({ mode }: Config): void {
  if (mode !== 'dev') throw new PosternError('not_found', 'There is no such page.');
}
