/** /, /start and the "try it" sign-in: in `dev` the facts an app needs, in `serve` the name and nothing else. */
import type { Context } from 'koa';
import { PosternError } from '../base/errors.ts';
import { randomId } from '../base/ids.ts';
import type { Config } from '../config/config.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import { demoClient } from '../domain/clients/clients.ts';
import { cookieNames, type TryIt, type TryItState } from '../oidc/oidc.ts';
import type { Csrf } from './csrf.ts';
import { readForm } from './form.ts';
import { sampleOf } from './interaction/sign-in.ts';
import type { Pages } from './pages.ts';
import { single } from './paths.ts';
import type { Route } from './routes.ts';

export type StartDependencies = { config: Config; accounts: Accounts; csrf: Csrf; pages: Pages; tryIt: TryIt };

const cookieSeconds = 900;

export function listStartRoutes(dependencies: StartDependencies): Route[] {
  const start = createStart(dependencies);
  return [
    { method: 'GET', path: '/', needs: 'nobody', handle: start.show },
    { method: 'GET', path: '/start', needs: 'nobody', handle: start.show },
    { method: 'POST', path: '/start/try', needs: 'form', events: [], handle: start.try },
    { method: 'GET', path: '/start/done', needs: 'nobody', handle: start.done },
  ];
}

function createStart({ config, accounts, csrf, pages, tryIt }: StartDependencies) {
  const names = cookieNames(config.issuer);
  // The form also stands on `/`: without its cookie there, every visit would void the forms of the other tabs.
  const browser = { name: names.start, path: '/' };
  const trial = { name: names.trial, path: '/start' };
  const jar = createJar(config.issuer.startsWith('https:'));
  const tokenFor = (ctx: Context): string => csrf.token(browserOf(ctx, jar, browser));

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
        client: demoClient,
        people: (await accounts.samples()).map(sampleOf),
        strictClients: config.strictClients,
        csrf: tokenFor(ctx),
      });
    },

    /** Begins the sign-in: keeps state, nonce and verifier in this browser and goes to /authorize. */
    async try(ctx: Context): Promise<void> {
      refuseOutsideDev(config);
      const form = await readForm(ctx);
      csrf.check(ctx, form, jar.get(ctx, browser) ?? '');
      const { kept, parameters } = tryIt.begin(single(ctx, 'ui_locales') ?? '');
      jar.keep(ctx, trial, Buffer.from(JSON.stringify({ ...kept, parameters })).toString('base64url'));
      ctx.redirect(`/authorize?${new URLSearchParams(parameters.filter(([, value]) => value !== ''))}`);
      ctx.status = 303;
    },

    /** The redirect URI of the trial: exchanges the code and shows what came, or the refusal. */
    async done(ctx: Context): Promise<void> {
      refuseOutsideDev(config);
      const [code, state, iss, error] = ['code', 'state', 'iss', 'error'].map((name) => single(ctx, name));
      const description = single(ctx, 'error_description') ?? '';
      const kept = keptOf(jar.get(ctx, trial));
      const result = await tryIt.finish({ code, state, iss, error }, kept);
      jar.forget(ctx, trial);
      ctx.type = 'html';
      if ('error' in result) {
        ctx.body = pages.draw(ctx, 'start/refused', { csrf: tokenFor(ctx), error: result.error, description });
        return;
      }
      ctx.body = pages.draw(ctx, 'start/tokens', {
        csrf: tokenFor(ctx),
        account: { name: String(result.claims.name ?? result.claims.preferred_username ?? result.claims.sub) },
        ...result,
        request: { endpoint: `${config.issuer}/authorize`, parameters: kept.parameters },
      });
    },
  };
}

type Jar = ReturnType<typeof createJar>;
type Place = { name: string; path: string };

/** Cookies of these pages alone; unsigned, so what they hold is as good as what the address holds. */
function createJar(isSecure: boolean) {
  const options = { signed: false, httpOnly: true, sameSite: 'lax', secure: isSecure } as const;
  return {
    get: (ctx: Context, { name }: Place) => ctx.cookies.get(name, { signed: false }),
    keep: (ctx: Context, { name, path }: Place, value: string) =>
      void ctx.cookies.set(name, value, { ...options, path, maxAge: cookieSeconds * 1000, overwrite: true }),
    forget: (ctx: Context, { name, path }: Place) => void ctx.cookies.set(name, null, { ...options, path }),
  };
}

/** A random value for this browser, which the form token is bound to; kept as long again from this page on. */
function browserOf(ctx: Context, jar: Jar, place: Place): string {
  const known = jar.get(ctx, place);
  const value = known?.length === 43 ? known : randomId();
  jar.keep(ctx, place, value);
  return value;
}

type Kept = TryItState & { parameters: [string, string][] };

function keptOf(cookie: string | undefined): Kept {
  const kept = parsed(Buffer.from(cookie ?? '', 'base64url').toString());
  if (isKept(kept)) return kept;
  throw new PosternError('invalid', 'This page belongs to a sign-in that is over. Try it again from the start page.');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const { state, nonce, verifier, parameters } = value as Record<string, unknown>;
  const areTexts = [state, nonce, verifier].every((text) => typeof text === 'string' && text !== '');
  return areTexts && Array.isArray(parameters) && parameters.every(isPair);
}

const isPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');

/** The trial uses the sample client, which exists in `dev` alone. */
function refuseOutsideDev({ mode }: Config): void {
  if (mode !== 'dev') throw new PosternError('not_found', 'There is no such page.');
}
