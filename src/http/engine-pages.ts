import type { Context } from 'koa';
import type { Clock } from '../base/clock.ts';
import { reference as newReference } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Mode } from '../base/mode.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { EngineClient, EngineError, EnginePages } from '../oidc/oidc.ts';
import { exchangeOf } from './context.ts';
import type { SignOuts } from './logout/logout.ts';
import { appOf, type Drawable, type Pages } from './pages.ts';
import type { App, ErrorExplanation, ErrorKind, ErrorModel, ErrorProblem } from './views.ts';

type Dependencies = { pages: Pages; accounts: Accounts; signOuts: SignOuts; clock: Clock; log: Log; mode: Mode };

const optionalApp = (client: EngineClient | undefined): { client?: App } => (client ? { client: appOf(client) } : {});

/** The pages that the engine asks for, drawn from our views. */
export function createEnginePages(dependencies: Dependencies): EnginePages {
  const { pages, accounts, signOuts } = dependencies;
  const drawable = (ctx: unknown) => ctx as Drawable;
  const whole = (ctx: unknown) => ctx as Context;
  return {
    async signOut(ctx, { action, xsrf, accountId, apps, client }) {
      const account = await accounts.find(accountId);
      const name = account?.name ?? account?.username ?? '';
      return pages.draw(naming(client, drawable(ctx)), 'logout/sign-out', {
        ...{ action, xsrf, account: { name } },
        apps: await signOuts.appsOf(apps),
        stay: await signOuts.stayAt(client?.clientId),
        ...optionalApp(client),
      });
    },
    keepSignOut: (ctx, signOut) => signOuts.keep(whole(ctx), signOut),
    lastApps: (ctx) => signOuts.lastApps(whole(ctx)),
    signedOut: (ctx, { client, ...now }) => signOuts.draw(whole(ctx), { ...now, ...optionalApp(client) }),
    continueTo: (ctx, { url, client, isLeft }) =>
      pages.draw(drawable(ctx), 'interaction/continue', {
        reason: isLeft ? 'left' : 'signed-out',
        url,
        ...(client && { app: appOf({ ...client, redirectUri: url }) }),
      }),
    deviceCode: (ctx, { failure, ...form }) =>
      pages.draw(drawable(ctx), 'device/code', { ...form, ...(failure && { error: failure }) }),
    deviceConfirm: (ctx, { client, address, ...form }) =>
      pages.draw(drawable(ctx), 'device/confirm', { ...form, client: appOf(client), ...(address && { address }) }),
    deviceDone: (ctx, { client }) => pages.draw(drawable(ctx), 'device/done', { client: appOf(client) }),
    deviceRefused: (ctx) => pages.draw(drawable(ctx), 'device/refused', {}),
    error: (ctx, failure) => drawError(dependencies, drawable(ctx), failure, exchangeOf(ctx.req).id),
  };
}

/** The link to the other language leaves out the ID token that named the client (locale.ts); its id takes that place. */
function naming(client: EngineClient | undefined, ctx: Drawable): Drawable {
  const { path, url, query } = ctx;
  if (!client || query.id_token_hint === undefined || query.client_id !== undefined) return ctx;
  return { path, query, url: `${url}&client_id=${encodeURIComponent(client.clientId)}`, get: (name) => ctx.get(name) };
}

function drawError(dependencies: Dependencies, ctx: Drawable, failure: EngineError, requestId: string): string {
  const { pages, clock, log, mode } = dependencies;
  const reference = newReference();
  log.info(
    { reference, requestId, code: failure.error, detail: failure.detail, clientId: failure.client?.clientId },
    'error page',
  );
  const kind = kindOf(ctx, failure);
  const model: ErrorModel = {
    kind,
    reference,
    at: clock.now(),
    ...(failure.client && { app: appOf(failure.client) }),
    ...(mode !== 'serve' && forDevelopers(kind, failure)),
  };
  return pages.draw(ctx, 'error', model);
}

/** What to change in the app, when it is the app that has to change; else the engine's words alone. */
function forDevelopers(kind: ErrorKind, failure: EngineError): Pick<ErrorModel, 'explanation' | 'said'> {
  if (kind === 'app' || kind === 'sign-out') return { explanation: explain(failure) };
  return kind === 'internal' ? {} : { said: { message: `${failure.error}: ${failure.description}`, fields: [] } };
}

function kindOf(ctx: Drawable, { error, description, status, isStillSignedIn }: EngineError): ErrorKind {
  if (isStillSignedIn) return 'still-signed-in';
  if (error === 'temporarily_unavailable') return status === 429 ? 'busy' : 'unavailable';
  if (error === 'server_error') return 'internal';
  if (status === 404 || status === 405) return 'not-found';
  if (/session not found|has expired|finished elsewhere|interaction session|identifier mismatch/i.test(description))
    return 'expired';
  if (/xsrf|could not find logout details/.test(description)) return 'form';
  return ctx.path.startsWith('/logout') ? 'sign-out' : 'app';
}

const problems: [pattern: RegExp, problem: ErrorProblem][] = [
  [/post_logout_redirect_uri/, 'post_logout_redirect_uri'],
  [/redirect_uri/, 'redirect_uri'],
  [/response_type|response_mode/, 'response_type'],
  [/PKCE|code_challenge/, 'pkce'],
  [/scope/, 'scope'],
  [/resource/, 'resource'],
];

function explain(failure: EngineError): ErrorExplanation {
  const { error, description, received = [], expected = [] } = failure;
  return {
    problem: problemOf(failure),
    error,
    description,
    received: received.filter((value) => value !== ''),
    expected: [...expected],
  };
}

function problemOf({ error, description, client }: EngineError): ErrorProblem {
  const text = `${error} ${description}`;
  if (/provided twice|missing required parameter.*client_id/.test(text)) return 'parameter';
  // A client that is known and may not do something is another matter.
  if (!client && /client/.test(text)) return 'client';
  return problems.find(([pattern]) => pattern.test(text))?.[1] ?? 'parameter';
}
