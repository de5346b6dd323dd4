import { PosternError } from '../base/errors.ts';

/** SQLSTATE classes and codes that mean "not now": connection, resources, shutdown, lock and statement timeouts. */
const unavailableStates = /^(08|53|57P0|57014|55P03|25P03|25006)/;
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
]);
const lostConnection = /Connection terminated|timeout exceeded when trying to connect|Client has encountered/;

/** The code that PostgreSQL, the driver or the network gave, also of an error that was translated already. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (error instanceof PosternError) return sqlStateOf(cause);
  return typeof code === 'string' ? code : undefined;
}

/** Turns a lost connection, a shutdown, a full disk or a time-out into `unavailable`; all else passes unchanged. */
export function translatePostgresqlError(error: unknown): unknown {
  if (error instanceof PosternError) return error;
  const code = sqlStateOf(error);
  const isLost = error instanceof Error && lostConnection.test(error.message);
  const isAway = code !== undefined && (networkCodes.has(code) || unavailableStates.test(code));
  return isLost || isAway ? unavailable(error) : error;
}

export function unavailable(cause: unknown): PosternError {
  const message = 'The PostgreSQL database cannot be reached. Check that it runs; Postern reconnects by itself.';
  return new PosternError('unavailable', message, { cause, retryAfterSeconds: 5, exitStatus: 75 });
}
