/**
 * What may be registered as a client, pure: the rules across the members of the input, and its translation into what is
 * stored. All problems are reported at once, by place. The engine's own check comes beside it, in preparing.ts.
 */

import { type FieldProblem, PosternError } from '../../base/errors.ts';
import { accountIdPrefix } from '../../base/ids.ts';
import { suggestion } from '../../base/nearest.ts';
import { isOwnClient } from '../../base/own-clients.ts';
import { type Issue, inWords, problemsOf } from '../../base/problems.ts';
import { identityScopes } from '../../base/scopes.ts';
import type { ClientSecret, StoredMetadata } from './client.ts';
import { clientInput, type ParsedInput } from './input.ts';
import { applicationTypeOf, type SettledInput, settled } from './kinds.ts';
import { redirectUriProblem } from './redirect-uri.ts';
import { crossProblems } from './registration-rules.ts';
import { storedSecret } from './secrets.ts';
import { clientKinds, usesSecret } from './words.ts';

export type RegistrationRules = {
  /** `dev` and `testing`: http redirect URIs on private addresses are fine. */
  allowPrivateHttp: boolean;
  /** The issuer, whose own addresses its samples return to, be it http or not. */
  ownOrigin?: string | undefined;
  /** Samples and first use: any secret will do, no list of scopes means every scope, and PKCE is up to them. */
  isSample: boolean;
  /** It comes from the file. */
  isDeclared?: boolean | undefined;
  /** Scopes that exist besides those of identity; undefined where nobody knows. */
  scopes?: readonly string[] | undefined;
  /** The scopes that the client has already, known or not. */
  keptScope?: string | undefined;
  /** Identifiers of the resources that exist; undefined where nobody knows. */
  resources?: readonly string[] | undefined;
  /** Those whose tokens the client may introspect already, known or not. */
  keptResources?: true | readonly string[] | undefined;
  /** The access rule of a client that has none. */
  defaultAccess: true | string[];
  /** Epoch ms, for the stored secret. */
  now: number;
};
export type Registration = {
  id: string;
  name: string;
  disabled: boolean;
  metadata: StoredMetadata;
  /** Those that the input names; undefined when it says nothing about secrets. */
  secrets: ClientSecret[] | undefined;
};
/**
 * `registration` is there when there is something to judge, made of the members that have the right form. `isDecided`:
 * those that decide what the others may be are among them.
 */
export type Reading = { registration?: Registration; isDecided: boolean; problems: FieldProblem[] };

/**
 * Checks the input and turns it into what is stored. A member of the wrong form does not keep what is wrong with the
 * others from being told. Throws `conflict` for an id that belongs to accounts (B14) or to Postern itself.
 */
export function readRegistration(input: unknown, rules: RegistrationRules): Reading {
  refuseReservedId((input as { id?: unknown } | null | undefined)?.id);
  const parsed = clientInput.safeParse(input, inWords);
  const issues: Issue[] = parsed.error?.issues ?? [];
  const problems = [...problemsOf(clientInput, issues), ...lostRoles(input), ...uriProblems(input, rules)];
  const wrong = new Set(issues.map(({ path }) => path[0]));
  const sound = parsed.data ?? soundPart(input, wrong);
  if (!sound) return { isDecided: false, problems };
  const client = settled(sound);
  const isDecided = !decisive.some((member) => wrong.has(member));
  const more = [
    ...(isDecided ? crossProblems(client, rules) : []),
    ...scopeProblems(client, rules),
    ...resourceProblems(client, rules),
  ];
  problems.push(...besides(problems, more));
  return { registration: registrationOf(client, rules), isDecided, problems };
}

/** What the defaults and rules of other members depend on. */
const decisive = [
  ...(['kind', 'applicationType', 'grantTypes', 'responseTypes'] as const),
  ...(['tokenEndpointAuthMethod', 'redirectUris'] as const),
] satisfies (keyof ParsedInput)[];

/** The input without what is wrong with it; for an id that is none another one stands in, of which no rule takes notice. */
function soundPart(input: unknown, wrong: ReadonlySet<PropertyKey | undefined>): ParsedInput | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const known = Object.entries(input).filter(([name]) => Object.hasOwn(clientInput.shape, name) && !wrong.has(name));
  return clientInput.safeParse({ id: 'unnamed', ...Object.fromEntries(known) }).data;
}

/** What is said of a member already need not be said again in other words. */
export function besides(problems: readonly FieldProblem[], more: readonly FieldProblem[]): FieldProblem[] {
  const memberOf = ({ path }: FieldProblem) => path.split(/[.[]/)[0];
  const said = new Set(problems.map(memberOf));
  return more.filter((problem) => !said.has(memberOf(problem)));
}

/** A scope that nothing knows would be granted to nobody, without a word. */
function scopeProblems({ scope = '' }: SettledInput, rules: RegistrationRules): FieldProblem[] {
  const { scopes, keptScope = '', isSample } = rules;
  if (scopes === undefined || isSample) return [];
  const known = [...identityScopes, ...scopes];
  const kept = keptScope.split(' ');
  return unique(scope.split(' '))
    .filter((word) => word !== '' && !known.includes(word) && !kept.includes(word))
    .map((word) => ({
      path: 'scope',
      message: `names ${word}, which is a scope of no resource and none of OpenID Connect${suggestion(word, known)}`,
    }));
}

/** OAuth 2.0 Security BCP §4.15: a client must never be mistaken for a person by its `sub`. */
export const isAccountLike = (clientId: string): boolean => clientId.toLowerCase().startsWith(accountIdPrefix);

function refuseReservedId(id: unknown): void {
  if (typeof id !== 'string') return;
  if (isAccountLike(id)) {
    throw new PosternError(
      'conflict',
      `Client ids must not begin with ${accountIdPrefix}: those are ids of accounts. Choose another.`,
    );
  }
  if (isOwnClient(id)) throw new PosternError('conflict', `${id} is a client of Postern itself. Choose another id.`);
}

function registrationOf(client: SettledInput, rules: RegistrationRules): Registration {
  return {
    id: client.id,
    name: client.name ?? client.id,
    disabled: client.disabled ?? false,
    metadata: metadataOf(client, rules),
    secrets: usesSecret(client.method) ? secretsOf(client, rules.now) : [],
  };
}

function secretsOf({ secret, secretHash, secretHashes }: ParsedInput, now: number): ClientSecret[] | undefined {
  if (secretHash !== undefined) return [{ hash: secretHash, createdAt: now, expiresAt: null }];
  if (secret !== undefined) return [storedSecret(secret, now)];
  return secretHashes?.map(({ hash, createdAt = now, expiresAt = null }) => ({ hash, createdAt, expiresAt }));
}

function metadataOf(client: SettledInput, { isSample, defaultAccess }: RegistrationRules): StoredMetadata {
  const scope = client.scope ?? (isSample ? undefined : defaultScope(client.grants));
  return {
    token_endpoint_auth_method: client.method,
    application_type: client.applicationType,
    redirect_uris: unique(client.redirectUris),
    post_logout_redirect_uris: unique(client.postLogoutRedirectUris),
    backchannel_logout_uri: client.backchannelLogoutUri,
    backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
    frontchannel_logout_uri: client.frontchannelLogoutUri,
    frontchannel_logout_session_required: client.frontchannelLogoutSessionRequired,
    grant_types: client.grants,
    response_types: client.types,
    response_modes: client.responseModes && unique(client.responseModes),
    token_endpoint_auth_signing_alg: client.tokenEndpointAuthSigningAlg,
    scope: scope && unique(scope.split(' ')).join(' '),
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    jwks: client.jwks,
    jwks_uri: client.jwksUri,
    client_uri: client.clientUri,
    logo_uri: client.logoUri,
    policy_uri: client.policyUri,
    tos_uri: client.tosUri,
    contacts: client.contacts,
    initiate_login_uri: client.initiateLoginUri,
    default_max_age: client.defaultMaxAge,
    require_auth_time: client.requireAuthTime,
    default_acr_values: client.defaultAcrValues,
    require_pushed_authorization_requests: client.requirePushedAuthorizationRequests,
    dpop_bound_access_tokens: client.dpopBoundAccessTokens,
    postern_pkce_optional: client.pkce === 'optional' || undefined,
    postern_first_party: client.firstParty || undefined,
    postern_resource_server: client.resourceServer,
    postern_rotate_refresh_token: client.rotateRefreshToken,
    postern_claims_in_id_token: client.claimsInIdToken,
    postern_access: storedAccess(client.access, defaultAccess),
    postern_roles: client.roles && Object.keys(client.roles).length > 0 ? client.roles : undefined,
    postern_claims: client.claims && client.claims.length > 0 ? client.claims : undefined,
    postern_kind: client.kind,
  };
}

function storedAccess(access: ParsedInput['access'], otherwise: true | string[]): true | string[] {
  if (access === undefined) return otherwise;
  if (access === 'everybody') return true;
  return access === 'nobody' ? [] : unique(access);
}

/** Identity scopes for a client that signs people in; a machine gets the scopes of resources only when they are listed. */
function defaultScope(grants: string[]): string {
  if (grants.every((grant) => grant === 'client_credentials')) return 'openid';
  return identityScopes.filter((scope) => scope !== 'offline_access' || grants.includes('refresh_token')).join(' ');
}

/** A resource that does not exist has no tokens. */
function resourceProblems({ resourceServer }: SettledInput, rules: RegistrationRules): FieldProblem[] {
  const { resources, keptResources } = rules;
  if (resources === undefined || !Array.isArray(resourceServer)) return [];
  const known = [...resources, ...(Array.isArray(keptResources) ? keptResources : [])];
  return resourceServer.flatMap((identifier, index) => {
    if (known.includes(identifier)) return [];
    const message = `is not the identifier of one of the resources${suggestion(identifier, resources)}`;
    return [{ path: `resourceServer[${index}]`, message }];
  });
}

/** zod drops this name without a word, and a role with it. */
function lostRoles(input: unknown): FieldProblem[] {
  const roles = (input as { roles?: unknown } | null | undefined)?.roles;
  if (typeof roles !== 'object' || roles === null || !Object.hasOwn(roles, '__proto__')) return [];
  return [{ path: 'roles.__proto__', message: 'is a name that no role may have: choose another' }];
}

/** Works on the raw input, so that bad redirect URIs are reported together with whatever else is wrong. */
function uriProblems(input: unknown, { allowPrivateHttp, ownOrigin }: RegistrationRules): FieldProblem[] {
  const raw = (input ?? {}) as Record<string, unknown>;
  const kind = clientKinds.find((name) => name === raw.kind);
  const named = raw.applicationType === 'native' || raw.applicationType === 'web' ? raw.applicationType : undefined;
  const applicationType = applicationTypeOf({ kind, applicationType: named });
  return ['redirectUris', 'postLogoutRedirectUris'].flatMap((field) => {
    const uris: unknown[] = Array.isArray(raw[field]) ? raw[field] : [];
    return uris.flatMap((uri, index) => {
      const rules = { applicationType, allowPrivateHttp, ownOrigin } as const;
      const message = typeof uri === 'string' ? redirectUriProblem(uri, rules) : undefined;
      return message ? [{ path: `${field}[${index}]`, message }] : [];
    });
  });
}

const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];
