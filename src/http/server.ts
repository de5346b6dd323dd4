/** The order in which a request passes the house, and the list of routes; nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import Koa, { type Context, type Next } from 'koa';
import type { Durability } from '../base/durability.ts';
import { PosternError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { Oidc } from '../oidc/oidc.ts';
import { listAccountRoutes } from './account/account.ts';
import type { AccountDependencies } from './account/dependencies.ts';
import { type AdminDependencies, listAdminRoutes } from './admin/admin.ts';
import { type Api, type ApiDependencies, createApi } from './api/api.ts';
import { createAssetRoute } from './asset-route.ts';
import { createExchanges } from './context.ts';
import { answerDocument } from './documents.ts';
import { answerError, answerErrorBare } from './errors.ts';
import { createGuard } from './guard.ts';
import { createSecurityHeaders } from './headers.ts';
import { createHealth } from './health.ts';
import { listInteractionRoutes } from './interaction/interaction.ts';
import type { InteractionDependencies } from './interaction/visit.ts';
import { type KeyFileDependencies, listKeyFileRoutes } from './key-files.ts';
import { type LinkDependencies, listLinkRoutes } from './link/link.ts';
import { createServer } from './listen.ts';
import { listPostedSignOutRoutes } from './logout/posted.ts';
import { createMetrics, type MetricsDependencies } from './metrics.ts';
import { createRouter, type Route } from './routes.ts';
import { listStartRoutes, type StartDependencies } from './start.ts';
import type { Views } from './views.ts';

type HttpDependencies = AccountDependencies &
  AdminDependencies &
  ApiDependencies &
  InteractionDependencies &
  KeyFileDependencies &
  LinkDependencies &
  MetricsDependencies &
  StartDependencies & {
    log: Log;
    durability: Durability;
    oidc: Oidc;
    views: Views;
    ready: () => Promise<boolean>;
  };

export function createHttp(dependencies: HttpDependencies) {
  const { config, clock, log, oidc } = dependencies;
  const issuer = new URL(config.issuer);
  const createExchange = createExchanges({ clock, log });
  const guard = createGuard({ issuer, trustProxy: config.http.trustProxy, mode: config.mode });
  const setHeaders = createSecurityHeaders({ issuer });
  const health = createHealth({ ready: dependencies.ready, stopping: () => server.stopping(), clock, log });
  const metrics = createMetrics(dependencies);
  const api = createApi(dependencies);
  const routes = [...listRoutes(dependencies), ...api.routes];
  const own = createApplication(dependencies, routes, api).callback();

  function handle(req: IncomingMessage, res: ServerResponse): void {
    const { path } = createExchange(req, res);
    try {
      setHeaders(res, path);
      if (health(req, res) || metrics(req, res) || !guard(req, res)) return;
      if (answerDocument(oidc.document(path), req, res)) return void oidc.noteServed(path, req);
      if (!isEngineRoute(path) || isForeignForm(req, path) || isPostedSignOut(req, path)) return void own(req, res);
      // The engine's resume routes need no query, and answer 500 to some (security.md finding 5, A19).
      if (isResumeRoute(path)) req.url = path;
      oidc.callback(req, res);
    } catch (error) {
      answerErrorBare(req, res, error, log);
    }
  }

  /** The engine's forms carry a token of its own; where the form stood is checked here, as for ours (G01). */
  const isForeignForm = (req: IncomingMessage, path: string): boolean =>
    req.method === 'POST' && isEngineForm(path) && !dependencies.csrf.isFromOwnPage(req);

  const server = createServer({ handler: handle, log, limits: limitsOf(config) });
  return { ...server, handle, routes };
}

function limitsOf({ http }: Config) {
  return { ...http, checkIntervalSeconds: http.connectionsCheckingIntervalSeconds };
}

const engineRoutes =
  /^\/(authorize|token|userinfo|introspect|revoke|par|device|logout)(\/|$)|^\/jwks\/?$|^\/\.well-known\/(openid-configuration|oauth-authorization-server)\/?$/i;
const isEngineRoute = (path: string): boolean => engineRoutes.test(path);
const isEngineForm = (path: string): boolean => /^\/(logout\/confirm|device)\/?$/i.test(path);
const isPostedSignOut = ({ method }: IncomingMessage, path: string): boolean => method === 'POST' && path === '/logout';
const isResumeRoute = (path: string): boolean =>
  /^\/(authorize|device)\/[^/]/i.test(path) && !/^\/device\/code\/?$/i.test(path);

function createApplication(dependencies: HttpDependencies, routes: readonly Route[], api: Api): Koa {
  const application = new Koa();
  // Behind a proxy the connection is plain; what counts for Secure cookies is the issuer's address, as in the engine.
  const { protocol } = new URL(dependencies.config.issuer);
  Object.defineProperty(application.request, 'protocol', { get: () => protocol.slice(0, -1) });
  application.use((ctx, next) => replyWhenDurable(dependencies, ctx, next));
  application.use(createRouter(routes).routes());
  application.use((ctx) => {
    const { path } = ctx;
    if (/^\/api\//i.test(path)) api.refuse(ctx);
    if (isEngineForm(path)) throw new PosternError('forbidden', 'This form did not come from its page.');
    throw new PosternError('not_found', 'There is no such page.');
  });
  return application;
}

/** Every answer waits until what it depends on is on disk; every error becomes a page or JSON. */
async function replyWhenDurable(
  { durability, log, pages, clock }: HttpDependencies,
  ctx: Context,
  next: Next,
): Promise<void> {
  const since = durability.failures();
  try {
    await next();
    await durability.flush(since);
  } catch (error) {
    // What was to be kept in the browser is not true any more.
    ctx.remove('Set-Cookie');
    answerError(ctx, error, { log, page: (failed, problem) => pages.problem(failed, problem, clock.now()) });
  }
}

/** Every route of ours. What a new list is put in here is swept by the tests of the route table. */
function listRoutes(dependencies: HttpDependencies): Route[] {
  return [
    ...listStartRoutes(dependencies),
    ...listInteractionRoutes(dependencies),
    ...listAdminRoutes(dependencies),
    ...listAccountRoutes(dependencies),
    ...listLinkRoutes(dependencies),
    ...listPostedSignOutRoutes(),
    ...listKeyFileRoutes(dependencies),
    { method: 'GET', path: '/assets/:name', needs: 'nobody', handle: createAssetRoute(dependencies.views.assets) },
  ];
}
