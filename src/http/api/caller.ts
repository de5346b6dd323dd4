/**
 * Who calls the API: the bearer of an API key or of one of Postern's own access tokens (RFC 6750), never a cookie. Counts
 * tries that fail by address. Answers 401 and 403 with what the caller has to bring.
 */
import type { IncomingMessage } from 'node:http';
import { PosternError } from '../../base/errors.ts';
import type { Access } from '../../domain/access/access.ts';
import { type ApiKeys, type ApiScope, allows } from '../../domain/api-keys/api-keys.ts';
import type { Actor } from '../../domain/audit/audit.ts';
import { addressPrefix, type Throttles } from '../../domain/throttles/throttles.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import { exchangeOf } from '../context.ts';

/**
 * Who calls, and what for at most. `accountId`: the person behind a token or, for a key, who made it. `authAt`: when the
 * person behind a token signed in (epoch ms); absent for keys and clients, which never do.
 */
export type Caller = { actor: Actor; scopes: readonly string[]; accountId: string | undefined; authAt?: number };

/** Of a request and its answer, what is looked at and set: Koa's context has it. */
export type Asked = { req: IncomingMessage; get(name: string): string; set(name: string, value: string): void };

export type CallerDependencies = {
  access: Pick<Access, 'worthOf'>;
  apiKeys: Pick<ApiKeys, 'authenticate'>;
  oidc: Pick<Oidc, 'apiToken'>;
  throttles: Pick<Throttles, 'reserve'>;
};

/** Per address; a good key or token goes through whatever else comes from there, since it can't be guessed. */
const failedTries = { limit: 30, windowSeconds: 15 * 60 };
const keyPrefix = 'pst_';
/** RFC 6750 §2.1, and no longer than any token of ours. */
const bearer = /^Bearer +([A-Za-z0-9._~+/-]{1,4096}=*)$/i;

/** Returns `authenticate(ctx)`: the caller. Throws `unauthorized`, and `rate_limited` after too many failures. */
export function createAuthenticate({ access, apiKeys, oidc, throttles }: CallerDependencies) {
  return async function authenticate(ctx: Asked): Promise<Caller> {
    const header = ctx.get('Authorization');
    if (header === '') {
      ctx.set('WWW-Authenticate', challenge());
      throw new PosternError('unauthorized', 'Send an API key or an access token as “Authorization: Bearer …”.');
    }
    const credential = bearer.exec(header)?.[1];
    const caller = credential === undefined ? undefined : await callerOf(credential);
    if (caller) return caller;
    ctx.set('WWW-Authenticate', challenge('invalid_token'));
    await countFailure(exchangeOf(ctx.req).ip);
    throw new PosternError('unauthorized', 'This key or token is unknown, expired or revoked. Use another.');
  };

  async function callerOf(credential: string): Promise<Caller | undefined> {
    if (credential.startsWith(keyPrefix)) {
      const key = await apiKeys.authenticate(credential);
      if (!key) return undefined;
      const { createdBy: accountId, createdByClient: clientId, createdAt: issuedAt } = key;
      const scopes = await access.worthOf(key.scopes, { accountId, clientId, issuedAt });
      if (scopes.length === 0) return undefined;
      return { actor: { type: 'api_key', id: key.id }, scopes, accountId: key.createdBy };
    }
    const token = await oidc.apiToken(credential);
    if (!token) return undefined;
    const { accountId, authAt, clientId, scopes } = token;
    const actor: Actor =
      accountId === undefined ? { type: 'client', id: clientId } : { type: 'account', id: accountId };
    return { actor, scopes, accountId, ...(authAt !== undefined && { authAt }) };
  }

  async function countFailure(ip: string): Promise<void> {
    const { allowed, retryAfterSeconds } = await throttles.reserve(`api:failed:${addressPrefix(ip)}`, failedTries);
    if (allowed) return;
    throw new PosternError('rate_limited', 'Too many tries with keys or tokens that are not good. Wait.', {
      retryAfterSeconds,
    });
  }
}

/** Throws `forbidden` that names the scopes, unless the caller has all of them (RFC 6750 §3.1). */
export function requireScopes(ctx: Asked, { scopes }: Caller, needed: readonly ApiScope[]): void {
  const missing = needed.filter((scope) => !allows(scopes, scope));
  if (missing.length === 0) return;
  ctx.set('WWW-Authenticate', challenge('insufficient_scope', needed));
  throw new PosternError('forbidden', `This needs the scope ${missing.join(' and ')}. Use a key or token that has it.`);
}

/**
 * Throws `unauthorized` when a person wants to change something and signed in longer ago than that (security.md D11). The
 * header asks for another sign-in (RFC 9470 §3): /authorize takes its `max_age`.
 */
export function requireRecentSignIn(
  ctx: Asked,
  { authAt }: Caller,
  needed: readonly ApiScope[],
  { now, seconds }: { now: number; seconds: number },
): void {
  const isChange = needed.some((scope) => scope.endsWith(':write'));
  if (!isChange || authAt === undefined || authAt >= now - seconds * 1000) return;
  ctx.set('WWW-Authenticate', challenge('insufficient_user_authentication', [], seconds));
  throw new PosternError(
    'unauthorized',
    `The sign-in of this token is more than ${seconds} seconds ago, too long for a change. Sign in again (max_age=${seconds}) and use the new token, or an API key.`,
  );
}

function challenge(error?: string, scopes: readonly string[] = [], maxAge?: number): string {
  const parts = [
    'realm="Postern API"',
    error && `error="${error}"`,
    scopes.length > 0 && `scope="${scopes.join(' ')}"`,
    maxAge !== undefined && `max_age="${maxAge}"`,
  ];
  return `Bearer ${parts.filter(Boolean).join(', ')}`;
}
