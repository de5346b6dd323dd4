/**
 * The part of internals.ts that bends sessions; nothing else touches undocumented members of the engine. Each is asserted to
 * exist when a Provider is built.
 */
import { strict as assert } from 'node:assert';
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Condition, Payload } from '../domain/records/records.ts';
import type { OidcDependencies } from './settings.ts';
import { isSignOut, noteApps, whyOf } from './signing-out.ts';
import { loginCondition, type SignInOfSession } from './still-so.ts';

export function bendSessions(provider: Provider, dependencies: OidcDependencies): void {
  persistKeptSessions(provider);
  noteWhereFrom(provider, dependencies);
  writeSessionsThatAreThere(provider, dependencies);
}

/** An error page of the device flow writes to a session that was never kept, and the engine then fails (finding 5). */
function persistKeptSessions(provider: Provider): void {
  const prototype = provider.Session.prototype as unknown as { exp?: number; persist(): Promise<unknown> };
  assert.equal(typeof prototype.persist, 'function', 'Session#persist is gone');
  const persist = prototype.persist;
  prototype.persist = async function persistKept(this: { exp?: number }) {
    if (this.exp !== undefined) await persist.call(this);
  };
}

const longestUserAgent = 256;

/** Where a sign-in came from and when its session was written last, kept with it for the person's own list (D16). */
function noteWhereFrom(provider: Provider, { callerOf }: OidcDependencies): void {
  const model = provider.Session as unknown as { IN_PAYLOAD: string[]; prototype: SessionModel };
  assert(model.IN_PAYLOAD.includes('loginTs'), 'Session.IN_PAYLOAD is gone');
  assert.equal(typeof model.prototype.loginAccount, 'function', 'Session#loginAccount is gone');
  const members = [...model.IN_PAYLOAD, 'ip', 'userAgent', 'usedAt'];
  Object.defineProperty(model, 'IN_PAYLOAD', { get: () => members });
  const { loginAccount } = model.prototype;
  model.prototype.loginAccount = function loginFrom(this: SessionModel, details) {
    loginAccount.call(this, details);
    const { req, oidc } = Provider.ctx as KoaContextWithOIDC;
    const login = oidc.entities.Interaction?.result?.login as { accountVersion?: number } | undefined;
    this.provenVersion = login?.accountVersion;
    this.ip = callerOf(req).ip;
    this.userAgent = req.headers['user-agent']?.slice(0, longestUserAgent);
  };
}

type SessionModel = SignInOfSession & {
  jti: string;
  oldId?: string | undefined;
  touched: boolean;
  /** Ours; `usedAt` is epoch ms. */
  ip?: string;
  userAgent?: string | undefined;
  usedAt?: number;
  loginAccount(details: object): void;
  getValueAndPayload(): Promise<{ payload: Payload }>;
  save(ttl: number): Promise<string>;
  destroy(): Promise<void>;
};

/**
 * The engine writes the session at the end of each request as it was at its beginning. What a request next to it has ended
 * or given a new id would be back (D01, D07): only a session that is still there is written, and ending it ends it under
 * whatever id it has by then.
 */
function writeSessionsThatAreThere(provider: Provider, dependencies: OidcDependencies): void {
  const { accounts, records, sessions, clock } = dependencies;
  const prototype = provider.Session.prototype as unknown as SessionModel;
  for (const name of ['save', 'destroy', 'getValueAndPayload', 'resetIdentifier'] as const)
    assert.equal(typeof (prototype as unknown as Record<string, unknown>)[name], 'function', `Session#${name} is gone`);
  const { save, destroy } = prototype;

  prototype.save = async function saveIfThere(this: SessionModel, ttl) {
    this.usedAt = clock.now();
    // Not stored yet: it begins here.
    if (this.exp === undefined) return save.call(this, ttl);
    const { oldId, jti } = this;
    this.exp = Math.floor(clock.now() / 1000) + ttl;
    const { payload } = await this.getValueAndPayload();
    const condition = leavingCondition(dependencies, this) ?? loginCondition({ accounts }, this);
    const isThere = await records.continueSession(oldId ?? jti, jti, payload, ttl, condition);
    this.oldId = undefined;
    this.touched = false;
    if (isThere) return jti;
    keepCookie(provider);
    // A sign-in or sign-out cannot go on in a session that is over; to any other request it made no difference.
    if (oldId !== undefined) throw new errors.SessionNotFound('the session is over or goes on elsewhere');
    return jti;
  };
  prototype.destroy = async function destroyWithNotices(this: SessionModel) {
    const ctx = Provider.ctx as KoaContextWithOIDC;
    noteApps(ctx, await sessions.signOut(this.uid, whyOf(dependencies, ctx)));
    return destroy.call(this);
  };
}

/** This answer says nothing about the session: the browser may have a newer cookie already. */
function keepCookie(provider: Provider): void {
  const response = (Provider.ctx as KoaContextWithOIDC | undefined)?.response;
  if (!response) return;
  const name = provider.cookieName('session');
  const cookies: string[] = [response.get('Set-Cookie')].flat().filter(Boolean);
  const others = cookies.filter((line) => !line.startsWith(`${name}=`) && !line.startsWith(`${name}.sig=`));
  response.remove('Set-Cookie');
  if (others.length > 0) response.set('Set-Cookie', others);
}

/**
 * Somebody leaves one app alone: what it got ends, and it is told, in the transaction that writes the session without it.
 * Undefined for any other request.
 */
function leavingCondition(
  dependencies: OidcDependencies,
  { uid, oldId }: Pick<SessionModel, 'uid' | 'oldId'>,
): Condition | undefined {
  const ctx = Provider.ctx as KoaContextWithOIDC | undefined;
  const clientId = ctx?.oidc?.client?.clientId;
  if (!ctx || !isSignOut(ctx) || oldId === undefined || clientId === undefined) return undefined;
  return (tx) => dependencies.sessions.signOutOfAppIn(tx, { uid, clientId }, whyOf(dependencies, ctx));
}
