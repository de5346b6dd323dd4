/**
 * The only file that touches members of the engine that it does not document. Each is asserted to exist when a Provider
 * is built, so that an upgrade fails here, loudly, and not in a request.
 */
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { secretMatches } from '../domain/clients/clients.ts';
import { leftHalfHash, type PublicJwk } from '../domain/keys/keys.ts';
import { withMapped } from './claims.ts';
import { type EngineClientObject, extraOf } from './client.ts';
import { reportWrongSecret } from './client-secret.ts';
import { assertIdToken, idTokenClaims, type Signer, verifyOlderHint } from './id-token.ts';
import { bendSessions } from './internals-sessions.ts';
import type { OidcDependencies } from './settings.ts';

/** Applies every change of the engine's behaviour that its configuration does not offer. */
export function bendEngine(
  provider: Provider,
  dependencies: OidcDependencies,
  { signer, published }: { signer: Signer; published: readonly PublicJwk[] },
): void {
  pinAddresses(provider, dependencies);
  findClientsOnce(provider);
  relaxClientRules(provider, dependencies);
  compareHashedSecrets(provider, dependencies);
  detectReplayAtomically(provider, dependencies);
  mapClaims(provider);
  typeIdTokens(provider, dependencies, signer);
  judgeHints(provider, dependencies, published);
  bendSignOut(provider);
  bendSessions(provider, dependencies);
}

/**
 * Apps are told of a sign-out by rows that are written with it (internals-sessions.ts), and not within the person's own
 * request (engine.md §5). Their ID tokens name the session wherever they are told in either way.
 */
function bendSignOut(provider: Provider): void {
  type Client = EngineClientObject & { backchannelLogoutUri?: string };
  const prototype = provider.Client.prototype as unknown as {
    backchannelLogout(accountId: string, sid: string): Promise<void>;
    includeSid(): boolean;
  };
  for (const name of ['backchannelLogout', 'includeSid'] as const)
    assert.equal(typeof prototype[name], 'function', `Client#${name} is gone`);
  prototype.backchannelLogout = async () => undefined;
  prototype.includeSid = function includeSid(this: Client) {
    return this.backchannelLogoutUri !== undefined || extraOf(this).frontchannel_logout_uri !== undefined;
  };
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
 * What the engine says against a client and we do not. It takes an ID token that passes through the browser to https alone,
 * and not to localhost at all: what somebody develops on this machine is as safe there (interop.md 1.5); which addresses a
 * client may have, the clients room decides. And it takes no algorithm that has no key at the moment: if its key is damaged,
 * the client is still the one it was, and its ID tokens alone cannot be signed (R18).
 */
function relaxClientRules(provider: Provider, { settings }: OidcDependencies): void {
  type Schema = { invalidate(message: string, code?: string): void; id_token_signed_response_alg?: unknown };
  const { prototype } = (provider.Client as unknown as { Schema: { prototype: Schema } }).Schema;
  assert.equal(typeof prototype.invalidate, 'function', 'Client.Schema#invalidate is gone');
  const { invalidate } = prototype;
  const isOurs = (algorithm: unknown) => settings.keys.algorithms.some((name) => name === algorithm);
  prototype.invalidate = function invalidateOthers(this: Schema, message, code) {
    if (code === 'implicit-force-https' || code === 'implicit-forbid-localhost') return;
    if (/^id_token_signed_response_alg must/.test(message) && isOurs(this.id_token_signed_response_alg)) return;
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

/** How far the clock of a DPoP proof may be off (RFC 9449 §11.1); the engine's own figure. */
const proofWindowSeconds = 300;

/**
 * The engine looks first and stores then; two equal proofs at once would both pass (engine.md §4). And it forgets a DPoP
 * proof one window after it came, while one from a clock that is ahead is good for up to two.
 */
function detectReplayAtomically(provider: Provider, { records, clock }: OidcDependencies): void {
  const model = provider.ReplayDetection as unknown as {
    unique: (issuer: string, jti: string, exp: number) => Promise<boolean>;
  };
  assert.equal(typeof model.unique, 'function', 'ReplayDetection.unique is gone');
  model.unique = (issuer, jti, exp) => {
    const id = createHash('sha256').update(`${issuer}\0${jti}`).digest('base64url');
    const seconds = Math.max(1, exp - Math.floor(clock.now() / 1000)) + proofWindowSeconds;
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
 * An app may sign out with an ID token that is older than the key it was signed with, or than the algorithm it picks. The
 * engine knows the keys of the key set and the present algorithm alone; what else we have signed is still ours, unless the
 * key was taken out as compromised (J05); and nothing but an ID token is a hint (J09).
 */
function judgeHints(provider: Provider, dependencies: OidcDependencies, published: readonly PublicJwk[]): void {
  const model = provider.IdToken as unknown as {
    validate(hint: string, client: EngineClientObject): Promise<{ header: object }>;
  };
  assert.equal(typeof model.validate, 'function', 'IdToken.validate is gone');
  const { validate } = model;
  const find = async (hint: string, client: EngineClientObject) => {
    try {
      return await validate.call(model, hint, client);
    } catch (error) {
      const older = await verifyOlderHint(dependencies, { hint, clientId: client.clientId, published });
      if (older === undefined) throw error;
      return older;
    }
  };
  model.validate = async (hint, client) => assertIdToken(await find(hint, client));
}
