/**
 * The REST API (/api/v1): JSON in and out for programs that administer. Each operation is data (operation.ts); this file
 * makes routes of them, all with the same steps in the same order: who calls, may they, is the request well formed, do it,
 * answer. Errors are thrown and become problem details in http/errors.ts.
 */
import type { Context } from 'koa';
import { PosternError } from '../../base/errors.ts';
import { exchangeOf } from '../context.ts';
import { httpProblem } from '../errors.ts';
import type { Route, RouteContext } from '../routes.ts';
import { listAccountActions } from './account-actions.ts';
import { listAccountOperations } from './accounts.ts';
import { listApiKeyOperations } from './api-keys.ts';
import { listAttributeOperations } from './attributes.ts';
import { listAuditOperations } from './audit-events.ts';
import { hasBody, readJson, requireMembers } from './body.ts';
import { createAuthenticate, requireRecentSignIn, requireScopes } from './caller.ts';
import { listClientOperations } from './clients.ts';
import { demandedVersion, entityTag, isKnownVersion } from './conditional.ts';
import { listDeliveryOperations } from './deliveries.ts';
import type { ApiDependencies } from './dependencies.ts';
import { listDirectoryOperations } from './directory.ts';
import { listGroupOperations } from './groups.ts';
import { listKeyOperations } from './keys.ts';
import { describeApi } from './openapi.ts';
import type { Operation, Reply } from './operation.ts';
import { readQuery } from './query.ts';
import { listSessionOperations } from './sessions.ts';

export type { ApiDependencies } from './dependencies.ts';

const base = '/api/v1';

export type Api = ReturnType<typeof createApi>;

/** The routes of the API, and the answer to whatever else lies below /api/. */
export function createApi(dependencies: ApiDependencies) {
  const { config, clock } = dependencies;
  const operations = listOperations(dependencies);
  const authenticate = createAuthenticate(dependencies);
  /** Made when it is asked for first: most processes are never asked. */
  let document: string | undefined;

  const routes = operations.map((operation): Route => {
    const { method, path, events } = operation;
    const handle = (ctx: RouteContext) => serve(operation, ctx);
    return {
      method,
      path: base + path.replace(/\{(\w+)\}/g, ':$1'),
      needs: 'bearer',
      ...(events && { events }),
      handle,
    };
  });
  routes.push({ method: 'GET', path: `${base}/openapi.json`, needs: 'nobody', handle: showDocument });

  function showDocument(ctx: Context): void {
    document ??= describeApi(operations, `${config.issuer}${base}`);
    ctx.type = 'application/json';
    ctx.body = document;
  }

  async function serve(operation: Operation, ctx: RouteContext): Promise<void> {
    const caller = await authenticate(ctx);
    requireScopes(ctx, caller, operation.scopes);
    requireRecentSignIn(ctx, caller, operation.scopes, { now: clock.now(), seconds: config.admin.reauthSeconds });
    const query = readQuery(operation.query, ctx.querystring);
    const isConditional = operation.isVersioned === true && operation.method !== 'GET';
    const ifVersion = isConditional ? demandedVersion(ctx.headers['if-match']) : undefined;
    const body = await readBody(operation, ctx);
    const { ip, id: requestId } = exchangeOf(ctx.req);
    const circumstances = { by: caller.actor, ip, requestId };
    const reply = await operation.handle({ params: ctx.params, query, body, caller, circumstances, ifVersion });
    answer(operation, ctx, reply);
  }

  /** Throws what an unknown address below /api/ deserves: `invalid` (405, with Allow) where other methods are, or `not_found`. */
  function refuse(ctx: Context): never {
    const allowed = new Set(routes.filter((route) => fits(route.path, ctx.path)).map(({ method }) => method as string));
    if (allowed.size === 0) throw new PosternError('not_found', `There is no such resource. See ${base}/openapi.json.`);
    if (allowed.has('GET')) allowed.add('HEAD');
    ctx.set('Allow', [...allowed].sort().join(', '));
    throw httpProblem(405, `${ctx.method} is not used here; what is: ${[...allowed].sort().join(', ')}.`);
  }

  return { routes, operations, refuse };
}

function listOperations(dependencies: ApiDependencies): Operation[] {
  return [
    ...listAccountOperations(dependencies),
    ...listAccountActions(dependencies),
    ...listGroupOperations(dependencies),
    ...listAttributeOperations(dependencies),
    ...listClientOperations(dependencies),
    ...listSessionOperations(dependencies),
    ...listKeyOperations(dependencies),
    ...listDeliveryOperations(dependencies),
    ...listAuditOperations(dependencies),
    ...listApiKeyOperations(dependencies),
    ...listDirectoryOperations(dependencies),
  ];
}

function answer({ method, status, answer: schema }: Operation, ctx: Context, reply: Reply): void {
  const { version, next, location } = reply;
  if (version !== undefined) ctx.set('ETag', entityTag(version));
  if (location !== undefined) ctx.set('Location', base + location);
  if (next !== undefined) ctx.set('Link', `<${nextPage(ctx, next)}>; rel="next"`);
  if (version !== undefined && method === 'GET' && isKnownVersion(ctx.headers['if-none-match'], version)) {
    ctx.status = 304;
    return;
  }
  ctx.status = status;
  if (schema) ctx.body = schema.parse(reply.body);
}

const jsonTypes = ['application/json'] as const;
const patchTypes = ['application/merge-patch+json', 'application/json'] as const;

/** An operation without members of its own takes no body, or an empty object. */
async function readBody({ method, body: schema, takes }: Operation, ctx: Context): Promise<unknown> {
  if (method === 'GET' || (!schema && !hasBody(ctx))) return undefined;
  const body = await readJson(ctx, takes === 'merge-patch' ? patchTypes : jsonTypes);
  if (schema) return requireMembers(schema, body);
  if (typeof body === 'object' && body !== null && Object.keys(body).length === 0) return undefined;
  throw httpProblem(422, 'This operation takes no body.');
}

function nextPage(ctx: Context, next: string): string {
  const query = new URLSearchParams(ctx.querystring);
  query.set('after', next);
  return `${ctx.path}?${query}`;
}

function fits(route: string, path: string): boolean {
  const parts = route.split('/');
  const asked = path.replace(/\/$/, '').split('/');
  return parts.length === asked.length && parts.every((part, at) => part.startsWith(':') || part === asked[at]);
}
