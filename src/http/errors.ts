/**
 * From an error to an HTTP answer: the one table code → status, one log line with the reference, a page or JSON by route
 * and Accept. OAuth errors stay the engine's. Knows no page: `page` renders what is described here. No table.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Context } from 'koa';
import { type ErrorCode, type FieldProblem, isPosternError, PosternError } from '../base/errors.ts';
import { reference as newReference } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { answerText, endConnection } from './answer.ts';
import { exchangeOf } from './context.ts';

export const statusOfCode: Readonly<Record<ErrorCode, number>> = {
  invalid: 422,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
};

/** What a page or a JSON body says about an error; safe to show. */
export type Problem = {
  status: number;
  code: ErrorCode;
  message: string;
  /** Printed on the page and in the log line of this error. */
  reference: string;
  fields: FieldProblem[];
  retryAfterSeconds: number | undefined;
};

type ErrorAnswers = { log: Log; page: (ctx: Context, problem: Problem) => string };

/** An `invalid` error of HTTP itself, with a status of its own (400, 405, 413, 415) instead of the table's 422. */
export function httpProblem(status: number, message: string, fields: FieldProblem[] = []): PosternError {
  return new PosternError('invalid', message, { fields, cause: { httpStatus: status } });
}

/** Answers with what went wrong, as HTML for people and as JSON for programs, and logs it. Ends a half-sent answer. */
export function answerError(ctx: Context, error: unknown, { log, page }: ErrorAnswers): void {
  const problem = describeError(error);
  logProblem(log, ctx.req, problem, error);
  if (ctx.headerSent) {
    ctx.res.destroy();
    return;
  }
  ctx.status = problem.status;
  if (problem.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(problem.retryAfterSeconds));
  ctx.set('Cache-Control', 'no-store');
  if (wantsPage(ctx)) {
    ctx.type = 'html';
    ctx.body = page(ctx, problem);
    return;
  }
  if (isApi(ctx.path)) {
    ctx.type = 'application/problem+json';
    ctx.body = problemDetails(problem);
    return;
  }
  const { code, message, reference, fields } = problem;
  ctx.body = { error: code, message, reference, ...(fields.length > 0 ? { fields } : {}) };
}

/** The last answer of the raw handler, for an error that no route has caught: one line of text with the reference. */
export function answerErrorBare(req: IncomingMessage, res: ServerResponse, error: unknown, log: Log): void {
  const problem = describeError(error);
  logProblem(log, req, problem, error);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  for (const name of ['Content-Encoding', 'Transfer-Encoding', 'ETag', 'Last-Modified']) res.removeHeader(name);
  if (problem.retryAfterSeconds !== undefined) res.setHeader('Retry-After', problem.retryAfterSeconds);
  endConnection(res);
  answerText(req, res, problem.status, `${problem.message} Reference: ${problem.reference}`);
}

/** What may be shown of an error. Everything that was not thrown on purpose is `internal`. */
export function describeError(error: unknown): Problem {
  const reference = newReference();
  if (isPosternError(error)) {
    const { code, message, fields, retryAfterSeconds } = error;
    if (code !== 'internal') {
      return { status: ownStatus(error) ?? statusOfCode[code], code, message, reference, fields, retryAfterSeconds };
    }
  }
  const status = clientStatus(error);
  if (status !== undefined) {
    const code = status === 404 ? 'not_found' : 'invalid';
    return { status, code, message: `${STATUS_CODES[status]}.`, reference, fields: [], retryAfterSeconds: undefined };
  }
  const message = `Something went wrong (${reference}).`;
  return { status: 500, code: 'internal', message, reference, fields: [], retryAfterSeconds: undefined };
}

function ownStatus(error: PosternError): number | undefined {
  const cause = error.cause;
  if (typeof cause !== 'object' || cause === null || !('httpStatus' in cause)) return undefined;
  return typeof cause.httpStatus === 'number' ? cause.httpStatus : undefined;
}

/** The status of what Koa and its router throw for a bad request (http-errors): 4xx and meant to be shown. */
function clientStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error) || !('expose' in error)) return undefined;
  const { status, expose } = error;
  const isClients = typeof status === 'number' && status >= 400 && status < 500 && status in STATUS_CODES;
  return isClients && expose === true ? status : undefined;
}

/** A body of 1 MiB can be wrong in tens of thousands of places: more than this neither an answer nor the log lists. */
const mostFields = { answered: 200, logged: 50 };

/** Problem details (RFC 9457); `instance` is the reference that the log has too. */
function problemDetails({ status, code, message, reference, fields }: Problem) {
  const errors = fields.slice(0, mostFields.answered);
  const rest =
    fields.length > errors.length ? ` Here are the first ${errors.length} of ${fields.length} problems.` : '';
  const named = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message + rest };
  return { ...named, instance: reference, code, ...(errors.length > 0 && { errors }) };
}

const isApi = (path: string): boolean => /^\/api\//i.test(path);

function wantsPage(ctx: Context): boolean {
  return !isApi(ctx.path) && ctx.accepts('json', 'html') === 'html';
}

function logProblem(log: Log, req: IncomingMessage, problem: Problem, error: unknown): void {
  const { status, code, reference } = problem;
  const line = { requestId: exchangeOf(req).id, reference, status, code };
  if (status >= 500) log.error({ ...line, error }, 'request failed');
  else {
    const names = problem.fields.slice(0, mostFields.logged).map((field) => field.path);
    log.info({ ...line, detail: problem.message, names }, 'request refused');
  }
}
