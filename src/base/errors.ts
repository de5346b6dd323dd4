/**
 * PosternError: the one error that a room throws on purpose. Its message is safe to show and says what to do.
 * Anything else that is thrown counts as `internal`. Doors translate the code (http/errors.ts, cli/output.ts).
 */
export const errorCodes = [
  'invalid',
  'unauthorized',
  'forbidden',
  'not_found',
  'conflict',
  'rate_limited',
  'unavailable',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/**
 * One problem of an `invalid` error: where it is and what is wrong. `reason` says the same in one word, where people of
 * other languages are to read it: a door has a sentence of its own for it.
 */
export type FieldProblem = { path: string; message: string; reason?: ProblemReason };
export type ProblemReason = { kind: string; values?: Record<string, number> };

type PosternErrorOptions = {
  cause?: unknown;
  /** Problems by place, all of them at once. */
  fields?: FieldProblem[];
  /** For `rate_limited` and `unavailable`: when it makes sense to try again. */
  retryAfterSeconds?: number;
  /** Exit status of a command that ends with this error, where the code alone does not decide it (sysexits.h). */
  exitStatus?: number;
};

export class PosternError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldProblem[];
  readonly retryAfterSeconds: number | undefined;
  readonly exitStatus: number | undefined;

  constructor(code: ErrorCode, message: string, options: PosternErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PosternError';
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.exitStatus = options.exitStatus;
  }
}

/** True when the error was thrown on purpose (also across two copies of this module). */
export function isPosternError(error: unknown): error is PosternError {
  return error instanceof PosternError || (error instanceof Error && error.name === 'PosternError' && 'code' in error);
}
