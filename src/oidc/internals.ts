/**
 * The only file that touches members of the engine that it does not document. Each is asserted to exist when a Provider
 * is built, so that an upgrade fails here, loudly, and not in a request.
 */
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { secretMatches } from '../domain/clients/clients.ts';
import { leftHalfHash } from '../domain/keys/keys.ts';
import type { Payload } from '../domain/records/records.ts';
import { withMapped } from './claims.ts';
import { type EngineClientObject, extraOf } from './client.ts';
import { reportWrongSecret } from './client-secret.ts';
import { idTokenClaims, type Signer, verifyOlderHint } from './id-token.ts';
import type { OidcDependencies } from './settings.ts';
import { loginCondition, type SignInOfSession } from './still-so.ts';

/** Applies every change of the engine's behaviour that its configuration does not offer. */
export function bendEngine(provider: Provider, dependencies: OidcDependencies, signer: Signer): void {
  pinAddresses(provider, dependencies);
  findClientsOnce(provider);
  allowIdTokensOnLoopback(provider);
  compareHashedSecrets(provider, dependencies);
  detectReplayAtomically(provider, dependencies);
  mapClaims(provider);
  typeIdTokens(provider, dependencies, signer);
  acceptOlderHints(provider, dependencies);
  persistKeptSessions(provider);
  noteWhereFrom(provider, dependencies);
  writeSessionsThatAreThere(provider, dependencies);
}

/** Endpoints are the issuer's, whatever a request claims: Provider is a Koa application, these are its getters. */
function pinAddresses(provider: Provider, { settings, callerOf }: OidcDependencies): void {
  const issuer = new URL(settings.issuer);
  const request = (provider as unknown as { request: object }).request;
  for (const name of ['protocol', 'host', 'ip']) assert(name in request, `Koa's request.${name} is gone`);
  Object.defineProperties(request, {
    protocol: { get: () => issuer.protocol.slice(0, -1) },
    host: { get: () => issuer.host },
    ip: {
      get(this: { req: IncomingMessage }) {
        return callerOf(this.req).ip;
      },
    },
  });
}

type ClientModel = {
  adapter: { find(id: string): Promise<object | undefined> };
  find(id: string): Promise<EngineClientObject | undefined>;
};

/**
 * The engine serializes and hashes a client's metadata at every look-up, to see whether it has changed. Ours come from a
 * cache that hands out the same object until they do, so the object itself tells.
 */
function findClientsOnce(provider: Provider): void {
  const model = provider.Client as unknown as ClientModel;
  assert.equal(typeof model.find, 'function', 'Client.find is gone');
  const find = model.find;
  const built = new WeakMap<object, EngineClientObject>();
  model.find = async function findOnce(id) {
    if (typeof id !== 'string' || id === '') return undefined;
    const metadata = await model.adapter.find(id);
    if (!metadata) return undefined;
    const known = built.get(metadata);
    if (known) return known;
    const client = await find.call(model, id);
    if (client) built.set(metadata, client);
    return client;
  };
}

/**
 * The engine takes an ID token that passes through the browser to https alone, and not to localhost at all. What somebody
 * develops on this machine is as safe there (interop.md 1.5); which addresses a client may have, the clients room decides.
 */
function allowIdTokensOnLoopback(provider: Provider): void {
  type Schema = { invalidate(message: string, code?: string): void };
  const { prototype } = (provider.Client as unknown as { Schema: { prototype: Schema } }).Schema;
  assert.equal(typeof prototype.invalidate, 'function', 'Client.Schema#invalidate is gone');
  const { invalidate } = prototype;
  prototype.invalidate = function invalidateOthers(this: Schema, message, code) {
    if (code === 'implicit-force-https' || code === 'implicit-forbid-localhost') return;
    invalidate.call(this, message, code);
  };
}

/** Secrets are stored as SHA-256; several may be live at once. Wrong ones are counted per client and address (B17). */
function compareHashedSecrets(provider: Provider, dependencies: OidcDependencies): void {
  const prototype = provider.Client.prototype as unknown as {
    compareClientSecret: (actual: string) => Promise<boolean>;
  };
  assert.equal(typeof prototype.compareClientSecret, 'function', 'Client#compareClientSecret is gone');
  prototype.compareClientSecret = async function compareClientSecret(this: EngineClientObject, presented) {
    const ctx = Provider.ctx as KoaContextWithOIDC;
    const matches = secretMatches(extraOf(this).postern_secrets ?? [], presented, dependencies.clock.now());
    if (!matches) await reportWrongSecret(dependencies, ctx, this.clientId);
    return matches;
  };
}

/** The engine looks first and stores then; two equal proofs at once would both pass (engine.md §4). */
function detectReplayAtomically(provider: Provider, { records, clock }: OidcDependencies): void {
  const model = provider.ReplayDetection as unknown as {
    unique: (issuer: string, jti: string, exp: number) => Promise<boolean>;
  };
  assert.equal(typeof model.unique, 'function', 'ReplayDetection.unique is gone');
  model.unique = (issuer, jti, exp) => {
    const id = createHash('sha256').update(`${issuer}\0${jti}`).digest('base64url');
    const seconds = Math.max(1, exp - Math.floor(clock.now() / 1000));
    return records.claim('ReplayDetection', id, { iss: issuer }, seconds);
  };
}

type OfClient = { client: EngineClientObject };
/** The engine's models that say something about a person, and how a client is found for them. */
export type ClaimModels = {
  Client: ClientModel;
  IdToken: new (available: object, of: OfClient) => IdToken & { scope: string; mask: object; rejected: string[] };
  Claims: new (available: object, of: OfClient) => Claims;
};
type Claims = { available: object; scope(value: string): unknown; result(): Promise<Record<string, unknown>> };

export const claimModelsOf = (provider: Provider): ClaimModels => provider as unknown as ClaimModels;

/** ID tokens and userinfo keep the claims that the engine knows by name; what a client's rules say comes after that. */
function mapClaims(provider: Provider): void {
  const { prototype } = claimModelsOf(provider).Claims;
  for (const name of ['scope', 'result'] as const)
    assert.equal(typeof prototype[name], 'function', `Claims#${name} is gone`);
  const { result } = prototype;
  prototype.result = async function mappedResult(this: Claims) {
    return withMapped(await result.call(this), this.available);
  };
}

type IdToken = {
  client: EngineClientObject;
  ctx: KoaContextWithOIDC;
  payload(): Promise<Record<string, unknown>>;
  issue(options: { use: string; expiresAt?: number | null }): Promise<string>;
};

/**
 * `typ: JWT` in the header of ID tokens: some validators read nothing without it (interop.md 1.2). The engine has no
 * option for it, so the ID token is put together here, from the engine's own payload.
 */
function typeIdTokens(provider: Provider, { settings, clock, readiness }: OidcDependencies, signer: Signer): void {
  const prototype = provider.IdToken.prototype as unknown as IdToken;
  assert.equal(typeof prototype.issue, 'function', 'IdToken#issue is gone');
  assert.equal(typeof prototype.payload, 'function', 'IdToken#payload is gone');
  const issue = prototype.issue;
  prototype.issue = async function issueTyped(this: IdToken, options) {
    if (options.use !== 'idtoken') return issue.call(this, options);
    const { client } = this;
    const payload = await this.payload();
    const algorithm = client.idTokenSignedResponseAlg as string;
    for (const hash of ['at_hash', 'c_hash', 's_hash']) {
      if (typeof payload[hash] === 'string') payload[hash] = leftHalfHash(algorithm, payload[hash]);
    }
    const iat = Math.floor(clock.now() / 1000);
    const exp = options.expiresAt ?? iat + settings.lifetimes.idTokenSeconds;
    const claims = idTokenClaims(payload, { issuer: settings.issuer, clientId: client.clientId, iat, exp });
    const { token, kid } = await signer.sign(algorithm, 'JWT', claims);
    readiness.noteIssued({ clientId: client.clientId, kid });
    return token;
  };
}

/**
 * An app may sign out with an ID token that is older than the key it was signed with. The engine knows the keys of the key
 * set alone; what a removed key has signed is still ours, unless it was taken out as compromised (J05).
 */
function acceptOlderHints(provider: Provider, dependencies: OidcDependencies): void {
  const model = provider.IdToken as unknown as {
    validate(hint: string, client: EngineClientObject): Promise<unknown>;
  };
  assert.equal(typeof model.validate, 'function', 'IdToken.validate is gone');
  const { validate } = model;
  model.validate = async (hint, client) => {
    try {
      return await validate.call(model, hint, client);
    } catch (error) {
      const older = await verifyOlderHint(dependencies, hint, client.clientId);
      if (older === undefined) throw error;
      return older;
    }
  };
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
function writeSessionsThatAreThere(provider: Provider, { accounts, records, clock }: OidcDependencies): void {
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
    const condition = loginCondition({ accounts }, this);
    const isThere = await records.continueSession(oldId ?? jti, jti, payload, ttl, condition);
    this.oldId = undefined;
    this.touched = false;
    if (isThere) return jti;
    keepCookie(provider);
    // A sign-in or sign-out cannot go on in a session that is over; to any other request it made no difference.
    if (oldId !== undefined) throw new errors.SessionNotFound('the session is over or goes on elsewhere');
    return jti;
  };
  prototype.destroy = async function destroyByUid(this: SessionModel) {
    await records.endSession(this.uid);
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
