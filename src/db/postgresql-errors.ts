import { PosternError } from '../base/errors.ts';

/** SQLSTATE classes and codes that mean "not now": connection, resources, shutdown, lock and statement timeouts. */
const unavailableStates = /^(08|53|57P0|57014|55P03|25P03|25006)/;
const networkCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
]);
const lostConnection =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered|Query read timeout/;

/** Mistakes in `database.url` or on the server that no waiting mends: what to do about each. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [
    /^28|client password must be/,
    'PostgreSQL refuses the user name or password. Put the right ones into POSTERN_DATABASE_URL, or let this user in (pg_hba.conf).',
  ],
  [/^3D000/, 'PostgreSQL has no database of this name. Create it (createdb), or name another in POSTERN_DATABASE_URL.'],
  [
    /^42501/,
    'The PostgreSQL user may not do this. Make it the owner of the database, or grant it USAGE and CREATE on the schema.',
  ],
  [
    /does not support SSL|^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(VERIFY|GET)_|^CERT_|^ERR_(TLS|SSL)_/,
    'No TLS connection to PostgreSQL: it has none, or its certificate is not trusted. Mend that, or sslmode in POSTERN_DATABASE_URL.',
  ],
];

/** The code that PostgreSQL, the driver or the network gave, also of an error that was translated already. */
export function sqlStateOf(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (error instanceof PosternError) return sqlStateOf(cause);
  return typeof code === 'string' ? code : undefined;
}

/**
 * Turns a lost connection, a shutdown, a full disk or a time-out into `unavailable`, a refusal too (exit status 78, for
 * nothing but a person mends it); all else passes unchanged.
 */
export function translatePostgresqlError(error: unknown): unknown {
  if (error instanceof PosternError) return error;
  const code = sqlStateOf(error);
  const refusal = refusalOf(code, error);
  if (refusal !== undefined) {
    return new PosternError('unavailable', refusal, { cause: error, retryAfterSeconds: 30, exitStatus: 78 });
  }
  const isLost = error instanceof Error && lostConnection.test(error.message);
  const isAway = code !== undefined && (networkCodes.has(code) || unavailableStates.test(code));
  return isLost || isAway ? unavailable(error) : error;
}

function refusalOf(code: string | undefined, error: unknown): string | undefined {
  const told = [code ?? '', error instanceof Error && code === undefined ? error.message : ''];
  return refusals.find(([pattern]) => told.some((text) => pattern.test(text)))?.[1];
}

export function unavailable(cause: unknown): PosternError {
  const message = 'The PostgreSQL database cannot be reached. Check that it runs; Postern reconnects by itself.';
  return new PosternError('unavailable', message, { cause, retryAfterSeconds: 5, exitStatus: 75 });
}
