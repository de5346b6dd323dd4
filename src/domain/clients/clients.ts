/**
 * clients: who may ask for tokens, where answers go back to, and the secrets they prove themselves with (hashed).
 * Owns table `clients`. Knows neither the engine nor the file: the engine's own check comes in as `validate`, entries
 * of the file as plain data.
 */
import { PosternError } from '../../base/errors.ts';
import { createFreshCache } from '../../base/fresh-cache.ts';
import type { Mode } from '../../base/mode.ts';
import type { Actor } from '../audit/audit.ts';
import { changeClient, type Room } from './change.ts';
import {
  type Client,
  type ClientOrigin,
  type ClientRecord,
  clientOf,
  type EngineMetadata,
  engineMetadata,
} from './client.ts';
import { decideAuthentication, type FirstUseRefusal, type FirstUseRequest, registerOnFirstUse } from './first-use.ts';
import { type ClientInput, type Registration, registrationOf } from './registration.ts';
import { generateSecret, storedSecret } from './secrets.ts';
import { findClient, insertClient } from './store.ts';

export type { Client, ClientAuthMethod, ClientOrigin, EngineMetadata, ExtraClientMetadata } from './client.ts';
export { extraClientMetadata, validateExtraClientMetadata } from './client.ts';
export { type FirstUseRefusal, type FirstUseRequest, metadataPresenting } from './first-use.ts';
export { type ApplicationType, canBeImpersonated, redirectUriMatches } from './redirect-uri.ts';
export type { ClientInput } from './registration.ts';
export { demoClient, sampleClients } from './samples.ts';
export { secretMatches } from './secrets.ts';

export type ClientsOptions = Room & {
  mode: Mode;
  /** No registration on first use, also in `dev` and `testing`. */
  strict: boolean;
  /** The engine's check of client metadata; rejects with an error that has an `error_description`. */
  validate?: (metadata: EngineMetadata) => Promise<void>;
};
const mostCachedClients = 1000;
/** Who acts, and from where, for the audit log. */
export type Circumstances = { by: Actor; ip?: string | undefined; requestId?: string | undefined };
/** Where a client that is created at start comes from; a sample may use any http address of `issuer` itself. */
type Listed = { origin: 'file' | 'sample'; issuer?: string };
type FirstUseResult =
  | { outcome: 'registered' | 'added' | 'known'; client: Client }
  | { outcome: 'refused'; reason: FirstUseRefusal };

export type Clients = ReturnType<typeof createClients>;

/** The room. Its functions open their own transactions. */
export function createClients(options: ClientsOptions) {
  const { db, mode, strict } = options;
  const cache = createFreshCache<EngineMetadata>(db, mostCachedClients);
  const isUsable = (client: ClientRecord) =>
    !client.disabled && (mode !== 'serve' || client.origin === 'admin' || client.origin === 'file');

  return {
    /** What the engine gets for a client id: undefined for an unknown or disabled one, and in `serve` for what `dev` left. */
    async metadata(id: string): Promise<EngineMetadata | undefined> {
      const cached = cache.get(id);
      if (cached) return cached;
      const mark = cache.mark();
      const client = await findClient(db, id);
      const metadata = client && isUsable(client) ? engineMetadata(client) : undefined;
      if (metadata) cache.fill(id, metadata, mark);
      return metadata;
    },

    async find(id: string): Promise<Client | undefined> {
      const client = await findClient(db, id);
      return client && clientOf(client);
    },

    /**
     * Registers a client. `secret` is there when one was made: this is the only time it is told. Throws `invalid` with
     * all problems in `fields`, `conflict` when the id is taken or reserved.
     */
    create: (input: ClientInput, circumstances: Circumstances) => create(options, input, circumstances),

    /** Registers a client of the file or a sample unless its id is there; true when it was created. Throws `invalid`. */
    ensure: (input: ClientInput, listed: Listed) => ensure(options, input, listed),

    /** Switches a client off or on. Throws `not_found`. */
    setDisabled: (id: string, disabled: boolean, circumstances: Circumstances) =>
      setDisabled(options, id, disabled, circumstances),

    /** Takes an unknown client, or one more redirect URI of it, in `dev` and `testing`; see first-use.ts. */
    async registerOnFirstUse(request: FirstUseRequest): Promise<FirstUseResult> {
      if (mode === 'serve' || strict) return { outcome: 'refused', reason: 'off' };
      const result = await registerOnFirstUse(options, request);
      return result.outcome === 'refused' ? result : { outcome: result.outcome, client: clientOf(result.client) };
    },

    /** Fixes how a client of first use authenticates, once; see first-use.ts. */
    decideAuthentication: (
      clientId: string,
      secret: string | undefined,
      request?: Parameters<typeof decideAuthentication>[3],
    ) => decideAuthentication(options, clientId, secret, request),
  };
}

async function create(room: ClientsOptions, input: ClientInput, circumstances: Circumstances) {
  const registration = registrationOf(input, rulesOf(room, 'admin'));
  const secret = registration.needsSecret ? generateSecret() : undefined;
  const secrets = secret ? [storedSecret(secret, room.clock.now())] : registration.secrets;
  const client = await insert(room, { ...registration, secrets }, 'admin', circumstances);
  if (!client) throw new PosternError('conflict', `A client with the id ${registration.id} exists. Choose another id.`);
  return { client: clientOf(client), secret };
}

async function ensure(room: ClientsOptions, input: ClientInput, { origin, issuer }: Listed): Promise<boolean> {
  if (origin === 'sample' && room.mode === 'serve') {
    throw new PosternError('forbidden', 'Samples exist in dev and testing only.');
  }
  const known = await findClient(room.db, input.id);
  if (known) {
    if (origin === 'sample' && known.origin === 'sample') await followIssuer(room, known, input);
    return false;
  }
  const registration = registrationOf(input, { ...rulesOf(room, origin), ownOrigin: issuer });
  if (registration.needsSecret) {
    const message = 'or secretHash must be there, unless tokenEndpointAuthMethod is private_key_jwt or none';
    throw new PosternError('invalid', `The client ${registration.id} cannot be registered as it is.`, {
      fields: [{ path: 'secret', message }],
    });
  }
  return (await insert(room, registration, origin, { by: { type: 'system' } })) !== undefined;
}

/** A sample keeps what it has, and learns Postern's own addresses when the issuer has moved to another port. */
async function followIssuer(room: ClientsOptions, { id }: ClientRecord, input: ClientInput): Promise<void> {
  await changeClient(room, id, ({ metadata }) => {
    const redirectUris = new Set([...metadata.redirect_uris, ...(input.redirectUris ?? [])]);
    const postLogoutRedirectUris = new Set([
      ...metadata.post_logout_redirect_uris,
      ...(input.postLogoutRedirectUris ?? []),
    ]);
    const isComplete =
      redirectUris.size === metadata.redirect_uris.length &&
      postLogoutRedirectUris.size === metadata.post_logout_redirect_uris.length;
    if (isComplete) return undefined;
    const lists = { redirect_uris: [...redirectUris], post_logout_redirect_uris: [...postLogoutRedirectUris] };
    return { client: { metadata: { ...metadata, ...lists } } };
  });
}

async function setDisabled(
  room: ClientsOptions,
  id: string,
  disabled: boolean,
  circumstances: Circumstances,
): Promise<void> {
  const client = await findClient(room.db, id);
  if (!client) throw new PosternError('not_found', `There is no client ${id}.`);
  const { by: actor, ...from } = circumstances;
  const event = disabled ? ('client.disabled' as const) : ('client.enabled' as const);
  await changeClient(room, id, (current) =>
    current.disabled === disabled
      ? undefined
      : { client: { disabled }, entry: { ...from, actor, clientId: id, event, detail: {} } },
  );
}

function rulesOf(room: ClientsOptions, origin: ClientOrigin) {
  return { allowPrivateHttp: room.mode !== 'serve', isSample: origin === 'sample', now: room.clock.now() };
}

/** Undefined when the id is taken. The engine's check runs before, outside the transaction. */
async function insert(
  room: ClientsOptions,
  { id, name, metadata, secrets }: Omit<Registration, 'needsSecret'>,
  origin: ClientOrigin,
  { by: actor, ...from }: Circumstances,
): Promise<ClientRecord | undefined> {
  const now = room.clock.now();
  const client = { id, name, metadata, secrets, origin, disabled: false, createdAt: now, updatedAt: now, version: 1 };
  await validated(room, client);
  const isInserted = await room.db.transaction(async (tx) => {
    const isFirst = await insertClient(tx, client);
    if (isFirst)
      await room.audit.record(tx, { ...from, actor, clientId: id, event: 'client.created', detail: { origin } });
    return isFirst;
  });
  return isInserted ? client : undefined;
}

async function validated({ validate }: ClientsOptions, client: ClientRecord): Promise<void> {
  try {
    await validate?.(engineMetadata(client));
  } catch (error) {
    const description = (error as { error_description?: unknown }).error_description;
    if (typeof description !== 'string') throw error;
    throw new PosternError('invalid', `The client ${client.id} cannot be registered: ${description}.`, {
      cause: error,
    });
  }
}
