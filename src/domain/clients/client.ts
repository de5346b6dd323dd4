/** What a client is: as stored and as the house sees it. Pure data and the translation between the two. */
import type { Algorithm } from '../../base/algorithms.ts';
import { digest } from '../../base/ids.ts';
import type { Mode } from '../../base/mode.ts';
import { type ClientInput, clientInput, fixedMembers } from './input.ts';
import type { ClaimRule } from './policy.ts';
import type { ApplicationType, ClientAuthMethod, ClientKind, ResponseType } from './words.ts';

/** Who put it there. Samples and clients of first use exist in `dev` and `testing` only. */
export type ClientOrigin = 'admin' | 'file' | 'sample' | 'first_use';
/** What `dev` and `testing` left behind does not work in `serve`. */
export const isIdle = ({ origin }: { origin: ClientOrigin }, mode: Mode): boolean =>
  mode === 'serve' && origin !== 'admin' && origin !== 'file';

/** Which resources' tokens it may introspect: those listed, or all. */
export type ResourceServerOf = true | string[];

/** A stored secret: SHA-256 of a generated value, see `digest`. Times are epoch ms. */
export type ClientSecret = { hash: string; createdAt: number; expiresAt: number | null };

/** Postern's own metadata beside the engine's. Absent means the default; an access rule that is absent lets everybody in. */
export type OwnMetadata = {
  postern_pkce_optional?: true;
  postern_first_party?: true;
  postern_auth_undecided?: true;
  postern_resource_server?: ResourceServerOf;
  postern_rotate_refresh_token?: boolean;
  postern_claims_in_id_token?: boolean;
  /** OpenID Connect Front-Channel Logout 1.0 §2, of which the engine knows nothing. */
  frontchannel_logout_uri?: string;
  frontchannel_logout_session_required?: boolean;
  /** True: everybody. A list: the groups that are let in, so an empty one lets nobody in. */
  postern_access?: true | string[];
  postern_roles?: Record<string, string[]>;
  postern_claims?: ClaimRule[];
};

/** What the metadata column holds: RFC 7591 §2 names, and Postern's own beside them. */
export type StoredMetadata = OwnMetadata & {
  token_endpoint_auth_method: ClientAuthMethod;
  application_type: ApplicationType;
  redirect_uris: string[];
  post_logout_redirect_uris: string[];
  backchannel_logout_uri?: string;
  backchannel_logout_session_required?: boolean;
  grant_types: string[];
  response_types: ResponseType[];
  response_modes?: string[];
  token_endpoint_auth_signing_alg?: string;
  /** The allow-list of scopes; absent for samples and first use, which may ask for any. */
  scope?: string;
  id_token_signed_response_alg?: Algorithm;
  jwks?: { keys: Record<string, unknown>[] };
  jwks_uri?: string;
  client_uri?: string;
  logo_uri?: string;
  policy_uri?: string;
  tos_uri?: string;
  contacts?: string[];
  initiate_login_uri?: string;
  default_max_age?: number;
  require_auth_time?: boolean;
  default_acr_values?: string[];
  require_pushed_authorization_requests?: boolean;
  dpop_bound_access_tokens?: boolean;
  postern_kind?: ClientKind;
  /** The file that owns the row says which secrets it has; otherwise they are made and retired through the doors. */
  postern_secrets_declared?: true;
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

/** How a secret is called: derived from its hash, of which it tells nothing. */
export const secretIdOf = ({ hash }: Pick<ClientSecret, 'hash'>): string => `sec_${digest(hash).slice(0, 16)}`;

/** The house's view of a stored client. */
export function clientOf(record: ClientRecord) {
  const { id, name, metadata, secrets, origin, disabled, createdAt, updatedAt, version } = record;
  return {
    ...{ id, name, origin, disabled, createdAt, updatedAt, version },
    kind: metadata.postern_kind,
    access: accessOf(metadata.postern_access),
    roles: metadata.postern_roles ?? {},
    claims: metadata.postern_claims ?? [],
    applicationType: metadata.application_type,
    redirectUris: metadata.redirect_uris,
    postLogoutRedirectUris: metadata.post_logout_redirect_uris,
    backchannelLogoutUri: metadata.backchannel_logout_uri,
    backchannelLogoutSessionRequired: metadata.backchannel_logout_session_required,
    frontchannelLogoutUri: metadata.frontchannel_logout_uri,
    frontchannelLogoutSessionRequired: metadata.frontchannel_logout_session_required,
    grantTypes: metadata.grant_types,
    responseTypes: metadata.response_types,
    responseModes: metadata.response_modes,
    tokenEndpointAuthMethod: metadata.token_endpoint_auth_method,
    tokenEndpointAuthSigningAlg: metadata.token_endpoint_auth_signing_alg,
    authUndecided: metadata.postern_auth_undecided === true,
    scope: metadata.scope,
    idTokenSignedResponseAlg: metadata.id_token_signed_response_alg,
    jwks: metadata.jwks,
    jwksUri: metadata.jwks_uri,
    clientUri: metadata.client_uri,
    logoUri: metadata.logo_uri,
    policyUri: metadata.policy_uri,
    tosUri: metadata.tos_uri,
    contacts: metadata.contacts,
    initiateLoginUri: metadata.initiate_login_uri,
    defaultMaxAge: metadata.default_max_age,
    requireAuthTime: metadata.require_auth_time,
    defaultAcrValues: metadata.default_acr_values,
    requirePushedAuthorizationRequests: metadata.require_pushed_authorization_requests,
    dpopBoundAccessTokens: metadata.dpop_bound_access_tokens,
    pkce: metadata.postern_pkce_optional ? ('optional' as const) : ('required' as const),
    firstParty: metadata.postern_first_party === true,
    resourceServer: metadata.postern_resource_server,
    rotateRefreshToken: metadata.postern_rotate_refresh_token,
    claimsInIdToken: metadata.postern_claims_in_id_token,
    secretsDeclared: metadata.postern_secrets_declared === true,
    secrets: secrets.map((secret) => ({
      id: secretIdOf(secret),
      createdAt: secret.createdAt,
      expiresAt: secret.expiresAt,
    })),
  };
}

function accessOf(stored: OwnMetadata['postern_access']): 'everybody' | 'nobody' | string[] {
  if (stored === undefined || stored === true) return 'everybody';
  return stored.length === 0 ? 'nobody' : stored;
}

/** A machine gets tokens for itself alone, and a refresh token comes from one of the other grants. */
const withoutPerson: readonly string[] = ['client_credentials', 'refresh_token'];

/**
 * What its ID tokens are signed with: RS256 where it does not say (OpenID Connect Dynamic Client Registration 1.0 §2).
 * Undefined for one that gets none.
 */
export function idTokenAlgorithmOf({
  grantTypes,
  scope,
  idTokenSignedResponseAlg = 'RS256',
}: Pick<Client, 'grantTypes' | 'scope' | 'idTokenSignedResponseAlg'>): Algorithm | undefined {
  const signsIn = grantTypes.some((grant) => !withoutPerson.includes(grant));
  const mayAsk = scope === undefined || scope.split(' ').includes('openid');
  return signsIn && mayAsk ? idTokenSignedResponseAlg : undefined;
}

/** The input that makes this client again, less its secrets: what an export writes and a change starts from. */
export function entryOf(client: Client): ClientInput {
  const isInput = (name: string) => name in clientInput.shape && (name === 'id' || !isFixed(name));
  const said = Object.entries(client).filter(([name, value]) => isInput(name) && value !== undefined);
  return Object.fromEntries(said) as ClientInput;
}

const isFixed = (name: string): boolean => (fixedMembers as readonly string[]).includes(name);
