/**
 * clients: who may ask for tokens, where answers go back to, who may sign in there as what, and the secrets they prove
 * themselves with (hashed). Owns table `clients`. Knows neither the engine nor the file: the engine's own check comes in
 * as `validate`, entries of the file as plain data. Who is in a group it does not know either.
 */
import type { Algorithm } from '../../base/algorithms.ts';
import { createFreshCache } from '../../base/fresh-cache.ts';
import type { PageOf } from '../../base/paging.ts';
import type { Db } from '../../db/db.ts';
import type { Circumstances } from '../audit/audit.ts';
import {
  changeIn,
  createClient,
  insertIn,
  type OfVersion,
  removeIn,
  setDisabled,
  updateClientBy,
} from './administration.ts';
import { builtInClients } from './built-in.ts';
import { type Client, type ClientRecord, type ClientSecret, clientOf, isIdle } from './client.ts';
import { type EngineMetadata, engineMetadata } from './engine-metadata.ts';
import { decideAuthentication, type FirstUseRefusal, type FirstUseRequest, registerOnFirstUse } from './first-use.ts';
import type { ClientChange, ClientInput, SecretInput } from './input.ts';
import { type ClientPage, pageOfClients } from './listing.ts';
import { type ClientsRoom, type PreparedClient, type PrepareOptions, prepareClient } from './preparing.ts';
import { compareRestoredClients } from './restored.ts';
import { addSecret, retireSecret } from './rotation.ts';
import { ensureSample } from './samples-at-start.ts';
import { liveSecrets } from './secrets.ts';
import { allClients, countClients, findClient } from './store.ts';
import { type ClientUse, usesOfAlgorithm, usesOfAttribute, usesOfGroup } from './uses.ts';

export { builtInClients } from './built-in.ts';
export { type Client, type ClientOrigin, entryOf, idTokenAlgorithmOf, isIdle } from './client.ts';
export {
  type EngineMetadata,
  type ExtraClientMetadata,
  extraClientMetadata,
  validateExtraClientMetadata,
} from './engine-metadata.ts';
export { type FirstUseRefusal, type FirstUseRequest, metadataPresenting } from './first-use.ts';
export { type ClientChange, type ClientInput, clientInput, type SecretInput, secretInput } from './input.ts';
export { type ClaimRule, claimRule, mappableClaims, reservedClaims } from './policy.ts';
export type { PreparedClient } from './preparing.ts';
export { canBeImpersonated, redirectUriMatches } from './redirect-uri.ts';
export { demoClient, sampleClients } from './samples.ts';
export { secretMatches, secretProblem } from './secrets.ts';
export type { ClientUse } from './uses.ts';
export {
  type ApplicationType,
  type ClientAuthMethod,
  type ClientKind,
  clientKinds,
  responseTypes,
  usesSecret,
} from './words.ts';

export type ClientsOptions = ClientsRoom & {
  /** No registration on first use, also in `dev` and `testing`. */
  strict: boolean;
  /** URL without trailing slash: where Postern's own pages, which are clients too, sign people in. */
  issuer: string;
};
const mostCachedClients = 1000;
type FirstUseResult =
  | { outcome: 'registered' | 'added' | 'known'; client: Client }
  | { outcome: 'refused'; reason: FirstUseRefusal };

export type Clients = ReturnType<typeof createClients>;

/** The room. Its functions open their own transactions, except those named `…In`, which join the caller's. */
export function createClients(options: ClientsOptions) {
  return { ...engineSide(options), ...readingSide(options), ...administration(options) };
}

/** What the engine asks for and decides. */
function engineSide(options: ClientsOptions) {
  const { db, mode, strict, issuer } = options;
  const cache = createFreshCache<EngineMetadata>(db, mostCachedClients);
  const builtIn = new Map(builtInClients(issuer).map((metadata) => [metadata.client_id, metadata]));

  return {
    /** What the engine gets for a client id: undefined for an unknown or disabled one, and in `serve` for what `dev` left. */
    async metadata(id: string): Promise<EngineMetadata | undefined> {
      const cached = builtIn.get(id) ?? cache.get(id);
      if (cached) return cached;
      const mark = cache.mark();
      const client = await findClient(db, id);
      const metadata = client && isUsable(client, mode) ? engineMetadata(client) : undefined;
      if (metadata) cache.fill(id, metadata, mark);
      return metadata;
    },

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

const isUsable = (client: ClientRecord, mode: ClientsOptions['mode']): boolean =>
  !client.disabled && !isIdle(client, mode);

function readingSide({ db, clock, mode }: ClientsOptions) {
  return {
    async find(id: string): Promise<Client | undefined> {
      const client = await findClient(db, id);
      return client && clientOf(client);
    },

    /** A page by id; `search` keeps those that have it in their id or name. Throws `invalid` (400) for a forged cursor. */
    list: (page: ClientPage): Promise<PageOf<Client>> => pageOfClients(db, page),

    /** All of them by id, and of each whether the engine takes it: see `metadata`. */
    all: async (): Promise<(Client & { isUsable: boolean })[]> =>
      (await allClients(db)).map((client) => ({ ...clientOf(client), isUsable: isUsable(client, mode) })),

    count: (): Promise<number> => countClients(db),

    /** Hashes of the secrets that are live, for an export that asks for them. Throws nothing: none for an unknown client. */
    exportSecrets: async (id: string): Promise<ClientSecret[]> =>
      liveSecrets((await findClient(db, id))?.secrets ?? [], clock.now()),

    /** After a restore; see restored.ts. Joins the caller's transaction. */
    compareRestoredIn: compareRestoredClients,

    /** The clients whose access rule or roles name the group. In a transaction, hand it over. */
    usesOfGroup: (name: string, through: Db = db): Promise<ClientUse[]> => usesOfGroup(through, name),

    /** The clients with a claim rule that takes the attribute. In a transaction, hand it over. */
    usesOfAttribute: (name: string, through: Db = db): Promise<ClientUse[]> => usesOfAttribute(through, name),

    /** The clients, also disabled ones, whose ID tokens are signed with it. In a transaction, hand it over. */
    usesOfAlgorithm: (algorithm: Algorithm, through: Db = db): Promise<ClientUse[]> =>
      usesOfAlgorithm(through, algorithm),
  };
}

function administration(room: ClientsOptions) {
  return {
    /**
     * Registers a client. `secret` is there when one was made: this is the only time it is told. Throws `invalid` with
     * all problems in `fields`, `conflict` when the id is taken or reserved.
     */
    create: (input: ClientInput, circumstances: Circumstances): Promise<{ client: Client; secret?: string }> =>
      createClient(room, input, circumstances),

    /**
     * Changes what the change names; `null` takes a member away. Throws `not_found`, `invalid` with all problems,
     * `conflict` when the file owns the client, or it is in another version than `ifVersion`. No event without effect.
     */
    update: (id: string, change: ClientChange, circumstances: OfVersion): Promise<Client> =>
      updateClientBy(room, id, change, circumstances),

    /** Removes a client and ends what it was granted. Throws like `update`. */
    remove: (id: string, circumstances: OfVersion): Promise<void> =>
      room.db.transaction((tx) => removeIn(room, tx, id, circumstances)),

    /** Switches a client off or on. Throws like `update`. */
    setDisabled: (id: string, disabled: boolean, circumstances: OfVersion): Promise<void> =>
      setDisabled(room, id, disabled, circumstances),

    /**
     * Adds a secret, told this once; the one that is there ends after the overlap (seconds). Throws `not_found`, and
     * `conflict` when two are live, it has no use for one, the file says which, or it is not in the version `ifVersion`.
     */
    addSecret: (
      id: string,
      input: SecretInput,
      circumstances: OfVersion,
    ): Promise<{ secret?: string; client: Client }> => addSecret(room, id, input, circumstances),

    /** Ends a secret at once; the other one stays for good. Throws like `addSecret`, and `conflict` for the only live one. */
    retireSecret: (id: string, secretId: string, circumstances: OfVersion): Promise<Client> =>
      retireSecret(room, id, secretId, circumstances),

    /** Creates a sample unless its id is there; true when it was. Throws `forbidden` in `serve`. */
    ensureSample: (input: ClientInput, issuer?: string): Promise<boolean> => ensureSample(room, input, issuer),

    /** For `apply`: checks an entry and makes the client that it describes; see preparing.ts. Writes nothing. */
    prepare: (input: unknown, options?: PrepareOptions): Promise<PreparedClient> => prepareClient(room, input, options),

    /** Joins the transaction. Throws `invalid` for groups and attributes that nobody has, `conflict` when the id is taken. */
    insertIn: (tx: Db, prepared: PreparedClient, circumstances: Circumstances): Promise<Client> =>
      insertIn(room, tx, prepared, circumstances),

    /** Joins the transaction. Throws like `insertIn`, and `conflict` (412) when the row is no longer in current's version. */
    changeIn: (
      tx: Db,
      current: Pick<Client, 'id' | 'version'>,
      prepared: PreparedClient,
      circumstances: Circumstances,
    ): Promise<Client> => changeIn(room, tx, current, prepared, circumstances),

    /** `remove` in the caller's transaction. */
    removeIn: (tx: Db, id: string, circumstances: OfVersion): Promise<void> => removeIn(room, tx, id, circumstances),
  };
}
