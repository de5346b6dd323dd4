/**
 * The route table: every route of Postern's own as plain data, so that what must hold for each of them (who may come in,
 * what it writes, that no form is taken from elsewhere) is tested over the table. Knows no page and no room.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { AuditEventName } from '../domain/audit/audit.ts';

/**
 * Who gets in. `nobody`: no one has to be anybody. `form`: the same, and its forms carry a token of their own (an
 * interaction, the start page, a link). `bearer`: a key or token with the right scope in the header Authorization, never a
 * cookie. `person`: signed in at this door. `auditor`: may see. `admin`: may change.
 */
export type Needs = 'nobody' | 'form' | 'bearer' | 'person' | 'auditor' | 'admin';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What the router adds to a context: the parts of the path, decoded. */
export type RouteContext = Context & { params: Record<string, string> };

export type Route = {
  method: Method;
  /** In the router's words: `/admin/accounts/:id`. */
  path: string;
  needs: Needs;
  /** What a route that changes something writes into the audit log: exactly one of these each time. */
  events?: readonly AuditEventName[];
  handle(ctx: RouteContext): Promise<void> | void;
};

/**
 * A router over the table. HEAD is answered wherever GET is; any other method falls through to "no such page". Paths count
 * letter by letter (RFC 3986 §6.2.2.1): a browser sends the cookie of /admin to no /Admin, so whoever signed in there would
 * be sent to sign in for ever.
 */
export function createRouter(routes: readonly Route[]): Router {
  const router = new Router({ sensitive: true });
  for (const { method, path, handle } of routes) {
    router.register(path, [method.toLowerCase()], (ctx) => handle(ctx as unknown as RouteContext));
  }
  return router;
}
