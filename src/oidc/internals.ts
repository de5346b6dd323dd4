/**
 * The only file that touches members of the engine that it does not document. Each is asserted to exist when a Provider
 * is built, so that an upgrade fails here, loudly, and not in a request.
 */
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { secretMatches } from '../domain/clients/clients.ts';
import { type EngineClientObject, extraOf } from './client.ts';
import { refuseThrottledSecret, reportWrongSecret } from './client-secret.ts';
import { leftHalfHash, type Signer } from './id-token.ts';
import type { OidcDependencies } from './settings.ts';

/** Applies every change of the engine's behaviour that its configuration does not offer. */
export function bendEngine(provider: Provider, dependencies: OidcDependencies, signer: Signer): void {
  pinAddresses(provider, dependencies);
  findClientsOnce(provider);
  compareHashedSecrets(provider, dependencies);
  detectReplayAtomically(provider, dependencies);
  typeIdTokens(provider, dependencies, signer);
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

/** Secrets are stored as SHA-256; several may be live at once. Wrong ones are counted per client and address (B17). */
function compareHashedSecrets(provider: Provider, dependencies: OidcDependencies): void {
  const prototype = provider.Client.prototype as unknown as {
    compareClientSecret: (actual: string) => Promise<boolean>;
  };
  assert.equal(typeof prototype.compareClientSecret, 'function', 'Client#compareClientSecret is gone');
  prototype.compareClientSecret = async function compareClientSecret(this: EngineClientObject, presented) {
    const ctx = Provider.ctx as KoaContextWithOIDC;
    refuseThrottledSecret(dependencies, ctx, this.clientId);
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
function typeIdTokens(provider: Provider, { settings, clock }: OidcDependencies, signer: Signer): void {
  const prototype = provider.IdToken.prototype as unknown as IdToken;
  assert.equal(typeof prototype.issue, 'function', 'IdToken#issue is gone');
  assert.equal(typeof prototype.payload, 'function', 'IdToken#payload is gone');
  const issue = prototype.issue;
  prototype.issue = async function issueTyped(this: IdToken, options) {
    if (options.use !== 'idtoken') return issue.call(this, options);
    const { client } = this;
    const payload = await this.payload();
    for (const hash of ['at_hash', 'c_hash', 's_hash']) {
      if (typeof payload[hash] === 'string') payload[hash] = leftHalfHash(payload[hash]);
    }
    const iat = Math.floor(clock.now() / 1000);
    const exp = options.expiresAt ?? iat + settings.lifetimes.idTokenSeconds;
    const claims = { ...payload, aud: client.clientId, exp, iat, iss: settings.issuer };
    return signer.sign(client.idTokenSignedResponseAlg as string, 'JWT', claims);
  };
}
