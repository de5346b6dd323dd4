/**
 * First use, for `dev` and `testing`: a client nobody registered is taken as it comes, if its redirect URI stays on this
 * machine or in this network. The first time it gets a token decides whether it has a secret.
 */
import { isOwnClient } from '../../base/own-clients.ts';
import { type Change, changeClient, type Room } from './change.ts';
import type { ClientRecord, StoredMetadata } from './client.ts';
import { type EngineMetadata, secretPlaceholder } from './engine-metadata.ts';
import { clientInput } from './input.ts';
import { isLocalRedirectUri, redirectUriMatches } from './redirect-uri.ts';
import { isAccountLike } from './registration.ts';
import { storedSecret } from './secrets.ts';
import { countClients, findClient, insertClient } from './store.ts';
import type { ClientAuthMethod } from './words.ts';

export type FirstUseRequest = {
  clientId: string;
  redirectUri: string;
  ip?: string | undefined;
  requestId?: string | undefined;
};
/**
 * Why first use did not happen. `off`: `serve` or strict; `client_id`: unusable as an id; `redirect_uri`: not local or
 * not allowed; `registered`: somebody registered this client, who alone adds redirect URIs; `disabled`; `full`.
 */
export type FirstUseRefusal = 'off' | 'client_id' | 'redirect_uri' | 'registered' | 'disabled' | 'full';
type FirstUse =
  | { outcome: 'registered' | 'added' | 'known'; client: ClientRecord }
  | { outcome: 'refused'; reason: FirstUseRefusal };

/** Bounds for what a page in the developer's browser could make grow by sending requests here. */
const maximumClients = 1000;
const maximumRedirectUris = 100;

/**
 * Registers an unknown client with exactly this redirect URI, or adds the URI to a client of first use or a sample. Two
 * at once are fine: one registers, the other adds. Opens its own transaction.
 */
export async function registerOnFirstUse(room: Room, request: FirstUseRequest): Promise<FirstUse> {
  const { clientId, redirectUri } = request;
  const known = await findClient(room.db, clientId);
  if (known) return addRedirectUri(room, known, request);
  if (!clientInput.shape.id.safeParse(clientId).success) return refused('client_id');
  if (isAccountLike(clientId) || isOwnClient(clientId)) return refused('client_id');
  if (!isLocalRedirectUri(redirectUri)) return refused('redirect_uri');
  if ((await countClients(room.db, 'first_use')) >= maximumClients) return refused('full');
  const client = newClient(clientId, redirectUri, room.clock.now());
  const isInserted = await room.db.transaction(async (tx) => {
    const isFirst = await insertClient(tx, client);
    if (isFirst) {
      await room.audit.record(tx, { ...circumstances(request), event: 'client.registered', detail: { redirectUri } });
    }
    return isFirst;
  });
  if (isInserted) return { outcome: 'registered', client };
  const winner = await findClient(room.db, clientId);
  return winner ? addRedirectUri(room, winner, request) : refused('client_id');
}

async function addRedirectUri(room: Room, client: ClientRecord, request: FirstUseRequest): Promise<FirstUse> {
  const { redirectUri } = request;
  const { redirect_uris: registered, application_type: applicationType } = client.metadata;
  if (client.disabled) return refused('disabled');
  if (redirectUriMatches(registered, redirectUri, applicationType)) return { outcome: 'known', client };
  if (client.origin !== 'first_use' && client.origin !== 'sample') return refused('registered');
  if (!isLocalRedirectUri(redirectUri)) return refused('redirect_uri');
  if (registered.length >= maximumRedirectUris) return refused('full');
  const changed = await changeClient(room, client.id, ({ metadata }) => withRedirectUri(metadata, request));
  if (changed) return { outcome: 'added', client: changed };
  const current = await findClient(room.db, client.id);
  return current ? { outcome: 'known', client: current } : refused('client_id');
}

function withRedirectUri(metadata: StoredMetadata, request: FirstUseRequest): Change | undefined {
  const { redirectUri } = request;
  if (metadata.redirect_uris.includes(redirectUri)) return undefined;
  return {
    client: {
      metadata: {
        ...metadata,
        redirect_uris: [...metadata.redirect_uris, redirectUri],
        post_logout_redirect_uris: [
          ...new Set([...metadata.post_logout_redirect_uris, ...postLogoutRedirectUrisFor(redirectUri)]),
        ],
      },
    },
    entry: { ...circumstances(request), event: 'client.redirect_uri_added', detail: { redirectUri } },
  };
}

/** What the engine gets for an undecided client that presents a secret: this secret is its own, for this request. */
export function metadataPresenting(
  undecided: EngineMetadata,
  { secret, method }: { secret: string; method: ClientAuthMethod },
): EngineMetadata {
  const { hash } = storedSecret(secret, 0);
  return {
    ...undecided,
    client_secret: secretPlaceholder,
    token_endpoint_auth_method: method,
    postern_secrets: [{ hash, expires_at: null }],
  };
}

/**
 * Fixes how a client of first use authenticates, by the first tokens it was given: with its secret (any strength;
 * stored hashed), or not at all. Later calls, and calls for other clients, change nothing. Opens its own transaction.
 */
export async function decideAuthentication(
  room: Room,
  clientId: string,
  secret: string | undefined,
  request: { method?: ClientAuthMethod; ip?: string | undefined; requestId?: string | undefined } = {},
): Promise<'secret' | 'none' | 'unchanged'> {
  const changed = await changeClient(room, clientId, ({ metadata }) => {
    if (!metadata.postern_auth_undecided) return undefined;
    const { postern_auth_undecided: _, ...decided } = metadata;
    const method = secret ? (request.method ?? 'client_secret_basic') : 'none';
    return {
      client: {
        metadata: { ...decided, token_endpoint_auth_method: method },
        secrets: secret ? [storedSecret(secret, room.clock.now())] : [],
      },
      entry: {
        ...circumstances({ ...request, clientId }),
        event: 'client.secret_fixed',
        detail: { method: secret ? 'secret' : 'none' },
      },
    };
  });
  if (!changed) return 'unchanged';
  return secret ? 'secret' : 'none';
}

function newClient(id: string, redirectUri: string, now: number): ClientRecord {
  return {
    id,
    name: id,
    metadata: {
      token_endpoint_auth_method: 'none',
      application_type: 'web',
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: postLogoutRedirectUrisFor(redirectUri),
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      postern_pkce_optional: true,
      postern_auth_undecided: true,
    },
    secrets: [],
    origin: 'first_use',
    disabled: false,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
}

/** Nobody tells where the app wants people after signing out; most send them to its root, written either way. */
function postLogoutRedirectUrisFor(redirectUri: string): string[] {
  const { origin } = new URL(redirectUri);
  return [origin, `${origin}/`];
}

/** Whoever sends the request is a browser nobody knows yet, not the client. */
function circumstances({ clientId, ip, requestId }: Pick<FirstUseRequest, 'clientId' | 'ip' | 'requestId'>) {
  return { actor: { type: 'anonymous' as const }, clientId, ip, requestId };
}

const refused = (reason: FirstUseRefusal): FirstUse => ({ outcome: 'refused', reason });
