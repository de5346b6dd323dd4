/** Refusals that are nobody's mistake (not now, too often), in OAuth's words: `temporarily_unavailable`. */
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { isPosternError } from '../base/errors.ts';

/** 429 with Retry-After. */
export function tooManyRequests(ctx: KoaContextWithOIDC, description: string, retryAfterSeconds: number): Error {
  ctx.set('Retry-After', String(retryAfterSeconds));
  const error = new errors.CustomOIDCProviderError('temporarily_unavailable', description);
  return Object.assign(error, { status: 429, statusCode: 429, expose: true, allow_redirect: false });
}

/** A database that is away is no server error: 503 at every endpoint (RFC 6749 §4.1.2.1). All else stays as it is. */
export function toEngineError(error: unknown): unknown {
  if (!isPosternError(error) || error.code !== 'unavailable') return error;
  const told = new errors.CustomOIDCProviderError('temporarily_unavailable', error.message, { cause: error });
  return Object.assign(told, { status: 503, statusCode: 503, expose: true });
}

/** The key that signs can't be opened (security.md R18): nothing is signed with another one instead. */
export function withoutKey(algorithm: string): Error {
  const description = `there is no key to sign ${algorithm} with; the administrator has to look at the keys`;
  const error = new errors.CustomOIDCProviderError('temporarily_unavailable', description);
  return Object.assign(error, { status: 503, statusCode: 503, expose: true });
}

/** The way back, for whoever asks the engine and isn't answered by it. */
export function fromEngineError(error: unknown): unknown {
  const cause = error instanceof errors.OIDCProviderError ? error.cause : undefined;
  return isPosternError(cause) ? cause : error;
}

/** The same functions; what they reject with is translated. */
export function withErrors<Face extends object>(face: Face, translate: (error: unknown) => unknown): Face {
  const fail = (error: unknown) => {
    throw translate(error);
  };
  const translated = Object.keys(face).map((name) => {
    const member = Reflect.get(face, name) as unknown;
    if (typeof member !== 'function') return [name, member];
    const call = (...values: unknown[]): unknown => {
      const result = (Reflect.get(face, name) as (...values: unknown[]) => unknown)(...values);
      return result instanceof Promise ? result.catch(fail) : result;
    };
    return [name, call];
  });
  return Object.fromEntries(translated) as Face;
}
