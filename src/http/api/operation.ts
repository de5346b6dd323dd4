/**
 * What one operation of the REST API is, as plain data: the routes, the checks in front of them and the OpenAPI document
 * are all made from it, so none of them can say something else than the others.
 */
import type { z } from 'zod';
import type { ApiScope } from '../../domain/api-keys/api-keys.ts';
import type { AuditEventName, Circumstances } from '../../domain/audit/audit.ts';
import type { Method } from '../routes.ts';
import type { Caller } from './caller.ts';

/** What an operation gets: every part of the request, checked. */
export type ApiRequest<Query, Body> = {
  /** The parts of the path, decoded. */
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  caller: Caller;
  /** Who acts, for the audit log. */
  circumstances: Circumstances;
  /** The version that the caller has seen (If-Match); undefined when any will do. */
  ifVersion: number | undefined;
};

/** What an operation answers. `version` becomes the ETag, `next` the link to the next page, `location` its header. */
export type Reply = {
  body?: unknown;
  version?: number | undefined;
  next?: string | undefined;
  location?: string | undefined;
};

export type Operation = {
  /** The operationId of OpenAPI. */
  id: string;
  method: Method;
  /** Below /api/v1, in the words of OpenAPI: `/accounts/{id}`. */
  path: string;
  summary: string;
  description?: string | undefined;
  tag: string;
  /** All of them are needed. */
  scopes: readonly [ApiScope, ...ApiScope[]];
  query?: z.ZodObject | undefined;
  /** The room checks what is in it; see body.ts for what is checked before. */
  body?: z.ZodObject | undefined;
  /** `merge-patch`: the body is a JSON merge patch (RFC 7396). */
  takes?: 'merge-patch' | undefined;
  /** The answer: converts what the room gave, and lets nothing through that it does not name. */
  answer?: z.ZodType | undefined;
  status: 200 | 201 | 204;
  /** Whether the answer has an ETag, which If-Match and If-None-Match are compared with. */
  isVersioned?: boolean | undefined;
  /** What it writes into the audit log: one of these, once. */
  events?: readonly AuditEventName[] | undefined;
  handle(request: ApiRequest<unknown, unknown>): Promise<Reply>;
};

type Described<Query extends z.ZodObject, Body extends z.ZodObject> = Omit<Operation, 'query' | 'body' | 'handle'> & {
  query?: Query;
  body?: Body;
  handle(request: ApiRequest<z.output<Query>, z.input<Body>>): Promise<Reply>;
};

/** An operation whose query and body have the types of their schemas. */
export function operation<Query extends z.ZodObject = z.ZodObject, Body extends z.ZodObject = z.ZodObject>(
  described: Described<Query, Body>,
): Operation {
  // The pipeline hands on what these very schemas have let through.
  return described as unknown as Operation;
}
