/** A client as the engine gets it: RFC 7591 metadata, and the members that the engine hands on without knowing them. */
import { PosternError } from '../../base/errors.ts';
import { identityScopes } from '../../base/scopes.ts';
import type { ClientOrigin, ClientRecord, OwnMetadata } from './client.ts';
import { usesSecret } from './words.ts';

/** The members that the engine does not know; it hands them on under these names on its client object. */
export const extraClientMetadata = [
  'postern_origin',
  'postern_created_at',
  'postern_scopes',
  'postern_secrets',
  'postern_pkce_optional',
  'postern_first_party',
  'postern_auth_undecided',
  'postern_resource_server',
  'postern_rotate_refresh_token',
  'postern_claims_in_id_token',
  'postern_access',
  'postern_roles',
  'postern_claims',
  'frontchannel_logout_uri',
  'frontchannel_logout_session_required',
] as const;

/** What `extraClientMetadata` looks like on the engine's client object. Times are epoch ms. */
export type ExtraClientMetadata = OwnMetadata & {
  postern_origin: ClientOrigin | 'built_in';
  /** Epoch ms. What was issued before it belonged to another client of that id. Absent for Postern's own pages. */
  postern_created_at?: number;
  /** The whole allow-list, resource scopes included; true means every scope (`dev` and `testing` only). */
  postern_scopes: true | string[];
  postern_secrets?: { hash: string; expires_at: number | null }[];
};
export type EngineMetadata = ExtraClientMetadata & { client_id: string } & Record<string, unknown>;

/** The engine wants a client_secret wherever it has one compared. Nobody can present this one: the comparison is ours. */
export const secretPlaceholder = 'kept-as-a-hash';

/**
 * The engine's view, always the same members in the same order: the engine recognises an unchanged client by the JSON
 * of it. `scope` holds the identity scopes alone, since the engine refuses a client that lists a scope it does not
 * know; those of resources are in `postern_scopes`.
 */
export function engineMetadata({
  id,
  name,
  metadata,
  secrets,
  origin,
  createdAt,
}: Omit<ClientRecord, 'origin'> & { origin: ExtraClientMetadata['postern_origin'] }): EngineMetadata {
  const scopes = metadata.scope === undefined ? true : metadata.scope.split(' ');
  const identity = identityScopes.filter((scope) => scopes === true || scopes.includes(scope));
  const hasSecret = usesSecret(metadata.token_endpoint_auth_method);
  const { scope: _scope, postern_kind: _kind, postern_secrets_declared: _declared, ...registered } = metadata;
  return {
    client_id: id,
    client_name: name,
    ...(hasSecret && { client_secret: secretPlaceholder }),
    // An empty allow-list would mean "anything" to the engine.
    scope: identity.join(' ') || 'openid',
    postern_origin: origin,
    postern_created_at: createdAt,
    postern_scopes: scopes,
    ...(hasSecret && { postern_secrets: secrets.map(({ hash, expiresAt }) => ({ hash, expires_at: expiresAt })) }),
    ...registered,
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
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const extraMemberShapes: Record<string, (value: unknown) => boolean> = {
  postern_origin: isString,
  postern_created_at: Number.isSafeInteger,
  postern_scopes: isTrueOrList,
  postern_secrets: Array.isArray,
  postern_pkce_optional: isBoolean,
  postern_first_party: isBoolean,
  postern_auth_undecided: isBoolean,
  postern_resource_server: isTrueOrList,
  postern_rotate_refresh_token: isBoolean,
  postern_claims_in_id_token: isBoolean,
  postern_access: isTrueOrList,
  postern_roles: isObject,
  postern_claims: Array.isArray,
  frontchannel_logout_uri: isString,
  frontchannel_logout_session_required: isBoolean,
} satisfies Record<(typeof extraClientMetadata)[number], unknown>;
