/**
 * Which metadata a client can have: the engine's names for it (RFC 7591 §2 and its registry) beside the names in
 * Postern's input, and what of the engine's is not offered, and why. A test lays this table beside the engine's own.
 */

export const engineMembers = {
  applicationType: 'application_type',
  redirectUris: 'redirect_uris',
  postLogoutRedirectUris: 'post_logout_redirect_uris',
  backchannelLogoutUri: 'backchannel_logout_uri',
  backchannelLogoutSessionRequired: 'backchannel_logout_session_required',
  grantTypes: 'grant_types',
  responseTypes: 'response_types',
  responseModes: 'response_modes',
  tokenEndpointAuthMethod: 'token_endpoint_auth_method',
  tokenEndpointAuthSigningAlg: 'token_endpoint_auth_signing_alg',
  scope: 'scope',
  idTokenSignedResponseAlg: 'id_token_signed_response_alg',
  jwks: 'jwks',
  jwksUri: 'jwks_uri',
  clientUri: 'client_uri',
  logoUri: 'logo_uri',
  policyUri: 'policy_uri',
  tosUri: 'tos_uri',
  contacts: 'contacts',
  initiateLoginUri: 'initiate_login_uri',
  defaultMaxAge: 'default_max_age',
  requireAuthTime: 'require_auth_time',
  defaultAcrValues: 'default_acr_values',
  requirePushedAuthorizationRequests: 'require_pushed_authorization_requests',
  dpopBoundAccessTokens: 'dpop_bound_access_tokens',
} as const;

/** What Postern writes itself, from the id, the name and the secrets. */
export const writtenMembers = ['client_id', 'client_name', 'client_secret'] as const;

const requestObjects = 'request objects are off (security.md A14)';
const encryption = 'encryption is off: tokens travel in TLS';
const certificates = 'certificates of clients are off: TLS ends in front of Postern';
const ciba = 'backchannel authentication is off';
const answers = 'this answer is plain JSON';

/** By the engine's name. */
export const notOffered: Readonly<Record<string, string>> = {
  client_id_issued_at: 'createdAt tells it',
  client_secret_expires_at: 'each secret has its own end',
  sector_identifier_uri: 'every client gets the same sub',
  subject_type: 'every client gets the same sub',
  request_object_signing_alg: requestObjects,
  require_signed_request_object: requestObjects,
  request_object_encryption_alg: requestObjects,
  request_object_encryption_enc: requestObjects,
  id_token_encrypted_response_alg: encryption,
  id_token_encrypted_response_enc: encryption,
  userinfo_encrypted_response_alg: encryption,
  userinfo_encrypted_response_enc: encryption,
  introspection_encrypted_response_alg: encryption,
  introspection_encrypted_response_enc: encryption,
  authorization_encrypted_response_alg: encryption,
  authorization_encrypted_response_enc: encryption,
  userinfo_signed_response_alg: answers,
  introspection_signed_response_alg: answers,
  authorization_signed_response_alg: answers,
  tls_client_auth_subject_dn: certificates,
  tls_client_auth_san_dns: certificates,
  tls_client_auth_san_uri: certificates,
  tls_client_auth_san_ip: certificates,
  tls_client_auth_san_email: certificates,
  tls_client_certificate_bound_access_tokens: certificates,
  use_mtls_endpoint_aliases: certificates,
  backchannel_token_delivery_mode: ciba,
  backchannel_user_code_parameter: ciba,
  backchannel_client_notification_endpoint: ciba,
  backchannel_authentication_request_signing_alg: ciba,
  authorization_details_types: 'rich authorization requests are off',
};
