/** What a client is: as stored, as the house sees it, and as the engine gets it. Pure data and translations. */
import { PosternError } from '../../base/errors.ts';
import { identityScopes } from '../../base/scopes.ts';
import type { ApplicationType } from './redirect-uri.ts';

/** Who put it there. Samples and clients of first use exist in `dev` and `testing` only. */
export type ClientOrigin = 'admin' | 'file' | 'sample' | 'first_use';
export type ClientAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
/** Which resources' tokens it may introspect: those listed, or all. */
type ResourceServerOf = true | string[];

/** A stored secret: SHA-256 of a generated value, see `digest`. Times are epoch ms. */
export type ClientSecret = { hash: string; createdAt: number; expiresAt: number | null };

/** What the metadata column holds: RFC 7591 §2 names, and Postern's own beside them. Absent means the default. */
export type StoredMetadata = {
  token_endpoint_auth_method: ClientAuthMethod;
  application_type: ApplicationType;
  redirect_uris: string[];
  post_logout_redirect_uris: string[];
  grant_types: string[];
  response_types: 'code'[];
  /** The allow-list of scopes; absent for samples and first use, which may ask for any. */
  scope?: string;
  id_token_signed_response_alg?: 'RS256' | 'ES256';
  jwks?: { keys: Record<string, unknown>[] };
  client_uri?: string;
  logo_uri?: string;
  policy_uri?: string;
  tos_uri?: string;
  postern_pkce_optional?: true;
  postern_first_party?: true;
  postern_auth_undecided?: true;
  postern_resource_server?: ResourceServerOf;
  postern_rotate_refresh_token?: boolean;
  postern_claims_in_id_token?: boolean;
};

export type ClientRecord = {
  id: string;
  name: string;
  metadata: StoredMetadata;
  secrets: ClientSecret[];
  origin: ClientOrigin;
  disabled: boolean;
  createdAt: number;
  updatedAt: number;
  version: number;
};

/** A client as doors and the file see it: no secret and no hash of one. */
export type Client = ReturnType<typeof clientOf>;

/** The members that the engine does not know; it hands them on under these names on its client object. */
export const extraClientMetadata = [
  'postern_origin',
  'postern_scopes',
  'postern_secrets',
  'postern_pkce_optional',
  'postern_first_party',
  'postern_auth_undecided',
  'postern_resource_server',
  'postern_rotate_refresh_token',
  'postern_claims_in_id_token',
] as const;

/** What `extraClientMetadata` looks like on the engine's client object. Times are epoch ms. */
export type ExtraClientMetadata = {
  postern_origin: ClientOrigin;
  /** The whole allow-list, resource scopes included; true means every scope (`dev` and `testing` only). */
  postern_scopes: true | string[];
  postern_secrets?: { hash: string; expires_at: number | null }[];
  postern_pkce_optional?: true;
  postern_first_party?: true;
  postern_auth_undecided?: true;
  postern_resource_server?: ResourceServerOf;
  postern_rotate_refresh_token?: boolean;
  postern_claims_in_id_token?: boolean;
};
export type EngineMetadata = ExtraClientMetadata & { client_id: string } & Record<string, unknown>;

/** The engine wants a client_secret wherever it has one compared. Nobody can present this one: the comparison is ours. */
export const secretPlaceholder = 'kept-as-a-hash';

/** Whether a client that authenticates this way has a secret of its own. */
export const usesSecret = (method: ClientAuthMethod): boolean =>
  method === 'client_secret_basic' || method === 'client_secret_post';

/**
 * The engine's view, always the same members in the same order: the engine recognises an unchanged client by the JSON
 * of it. `scope` holds the identity scopes alone, since the engine refuses a client that lists a scope it does not
 * know; those of resources are in `postern_scopes`.
 */
export function engineMetadata({ id, name, metadata, secrets, origin }: ClientRecord): EngineMetadata {
  const scopes = metadata.scope === undefined ? true : metadata.scope.split(' ');
  const identity = identityScopes.filter((scope) => scopes === true || scopes.includes(scope));
  const hasSecret = usesSecret(metadata.token_endpoint_auth_method);
  const { scope: _, ...registered } = metadata;
  return {
    client_id: id,
    client_name: name,
    ...(hasSecret && { client_secret: secretPlaceholder }),
    // An empty allow-list would mean "anything" to the engine.
    scope: identity.join(' ') || 'openid',
    postern_origin: origin,
    postern_scopes: scopes,
    ...(hasSecret && { postern_secrets: secrets.map(({ hash, expiresAt }) => ({ hash, expires_at: expiresAt })) }),
    ...registered,
  };
}

/** The house's view of a stored client. */
export function clientOf({ id, name, metadata, secrets, origin, disabled, createdAt, updatedAt }: ClientRecord) {
  return {
    id,
    name,
    origin,
    disabled,
    createdAt,
    updatedAt,
    applicationType: metadata.application_type,
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris,
    grantTypes: metadata.grant_types,
    responseTypes: metadata.response_types,
    tokenEndpointAuthMethod: metadata.token_endpoint_auth_method,
    authUndecided: metadata.postern_auth_undecided === true,
    scope: metadata.scope,
    idTokenSignedResponseAlg: metadata.id_token_signed_response_alg,
    jwks: metadata.jwks,
    clientUri: metadata.client_uri,
    logoUri: metadata.logo_uri,
    policyUri: metadata.policy_uri,
    tosUri: metadata.tos_uri,
    pkce: metadata.postern_pkce_optional ? ('optional' as const) : ('required' as const),
    firstParty: metadata.postern_first_party === true,
    resourceServer: metadata.postern_resource_server,
    rotateRefreshToken: metadata.postern_rotate_refresh_token,
    claimsInIdToken: metadata.postern_claims_in_id_token,
    secrets: secrets.map(({ createdAt, expiresAt }) => ({ createdAt, expiresAt })),
  };
}

/**
 * For the engine's configuration: checks one extra member, synchronously. Only this room's own output passes through
 * it, so a failure is a fault of Postern, thrown as `internal`.
 */
export function validateExtraClientMetadata(_context: unknown, name: string, value: unknown): void {
  const isFine =
    value === undefined ? name !== 'postern_origin' && name !== 'postern_scopes' : extraMemberShapes[name]?.(value);
  if (!isFine) throw new PosternError('internal', `A stored client has an unusable ${name}.`);
}

const isBoolean = (value: unknown) => typeof value === 'boolean';
const isTrueOrList = (value: unknown) => value === true || Array.isArray(value);
const isString = (value: unknown) => typeof value === 'string';
const extraMemberShapes: Record<string, (value: unknown) => boolean> = {
  postern_origin: isString,
  postern_scopes: isTrueOrList,
  postern_secrets: Array.isArray,
  postern_pkce_optional: isBoolean,
  postern_first_party: isBoolean,
  postern_auth_undecided: isBoolean,
  postern_resource_server: isTrueOrList,
  postern_rotate_refresh_token: isBoolean,
  postern_claims_in_id_token: isBoolean,
} satisfies Record<(typeof extraClientMetadata)[number], unknown>;
