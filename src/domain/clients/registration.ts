/**
 * What may be registered as a client, pure: the schema of the input and the rules across its fields. All problems are
 * reported at once, by place. The engine's own validation comes after it, in clients.ts.
 */
import { z } from 'zod';
import { type FieldProblem, PosternError } from '../../base/errors.ts';
import { accountIdPrefix } from '../../base/ids.ts';
import { identityScopes } from '../../base/scopes.ts';
import { type ClientAuthMethod, type ClientSecret, type StoredMetadata, usesSecret } from './client.ts';
import { redirectUriProblem } from './redirect-uri.ts';
import { secretProblem, storedSecret } from './secrets.ts';

const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
] as const;
const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
/** One line of text: no control characters and no marks that turn the direction of what follows. */
const line = z
  .string()
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(200, { error: 'must not be longer than 200 characters' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\x00-\x1f\x7f\u2028-\u202e\u2066-\u2069]*$/, { error: 'must be one line of text' });
/** Pages of the client that people are sent to from consent: https alone, so never a script (security.md G06). */
const page = z.url({ protocol: /^https$/, error: 'must be an https URL' }).max(2000);

/** A scope list: RFC 6749 §3.3 characters, separated by single spaces. */
const scopeList = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
  error: 'must be scopes separated by single spaces',
});

export const clientInput = z.strictObject({
  id: z
    .string()
    .max(200, { error: 'must not be longer than 200 characters' })
    .regex(/^[\x21-\x39\x3b-\x7e]+$/, { error: 'must be printable ASCII without spaces and colons' }),
  name: line.optional(),
  secret: z.string().optional(),
  secretHash: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, { error: 'must be a SHA-256 in base64url (43 characters)' })
    .optional(),
  redirectUris: z.array(z.string()).max(100, { error: 'must not be more than 100' }).default([]),
  postLogoutRedirectUris: z.array(z.string()).max(100, { error: 'must not be more than 100' }).default([]),
  grantTypes: z.array(z.enum(grantTypes, { error: `must be one of ${grantTypes.join(', ')}` })).optional(),
  responseTypes: z.array(z.literal('code', { error: 'must be code: no other response type is offered' })).optional(),
  applicationType: z.enum(['web', 'native'], { error: 'must be web or native' }).default('web'),
  tokenEndpointAuthMethod: z.enum(authMethods, { error: `must be one of ${authMethods.join(', ')}` }).optional(),
  scope: scopeList.optional(),
  idTokenSignedResponseAlg: z.enum(['RS256', 'ES256'], { error: 'must be RS256 or ES256' }).optional(),
  jwks: z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }).optional(),
  clientUri: page.optional(),
  logoUri: page.optional(),
  policyUri: page.optional(),
  tosUri: page.optional(),
  pkce: z.enum(['required', 'optional'], { error: 'must be required or optional' }).default('required'),
  firstParty: z.boolean().optional(),
  resourceServer: z.union([z.literal(true), z.array(z.string().min(1))]).optional(),
  rotateRefreshToken: z.boolean().optional(),
  claimsInIdToken: z.boolean().optional(),
});
export type ClientInput = z.input<typeof clientInput>;
type ParsedInput = z.output<typeof clientInput>;

type RegistrationRules = {
  /** `dev` and `testing`: http redirect URIs on private addresses are fine. */
  allowPrivateHttp: boolean;
  /** The issuer, whose own addresses its samples return to, be it http or not. */
  ownOrigin?: string | undefined;
  /** Samples: any secret will do, and no list of scopes means every scope. */
  isSample: boolean;
  /** Epoch ms, for the stored secret. */
  now: number;
};
export type Registration = {
  id: string;
  name: string;
  metadata: StoredMetadata;
  secrets: ClientSecret[];
  /** It authenticates with a secret and brought none: make one, show it once. */
  needsSecret: boolean;
};

/**
 * Checks the input and turns it into what is stored. Throws `conflict` for an id that belongs to accounts (B14), and
 * `invalid` with every problem in `fields`.
 */
export function registrationOf(input: unknown, rules: RegistrationRules): Registration {
  const parsed = clientInput.safeParse(input);
  const problems = uriProblems(input, rules);
  if (!parsed.success) {
    problems.unshift(...parsed.error.issues.map((issue) => ({ path: placeOf(issue.path), message: issue.message })));
    throw invalid(problems);
  }
  const client = parsed.data;
  if (isAccountLike(client.id)) {
    throw new PosternError(
      'conflict',
      `Client ids must not begin with ${accountIdPrefix}: those are ids of accounts. Choose another.`,
    );
  }
  const method =
    client.tokenEndpointAuthMethod ?? (client.applicationType === 'native' ? 'none' : 'client_secret_basic');
  const grants = client.grantTypes ?? defaultGrants(client);
  problems.push(...grantProblems(client, grants, method), ...authenticationProblems(client, method, rules.isSample));
  if (problems.length > 0) throw invalid(problems);
  const secrets = client.secretHash
    ? [{ hash: client.secretHash, createdAt: rules.now, expiresAt: null }]
    : client.secret
      ? [storedSecret(client.secret, rules.now)]
      : [];
  return {
    id: client.id,
    name: client.name ?? client.id,
    metadata: metadataOf(client, grants, method, rules.isSample),
    secrets,
    needsSecret: usesSecret(method) && secrets.length === 0,
  };
}

/** OAuth 2.0 Security BCP §4.15: a client must never be mistaken for a person by its `sub`. */
export const isAccountLike = (clientId: string): boolean => clientId.toLowerCase().startsWith(accountIdPrefix);

/** A client without redirect URIs and without a word about grants is a machine. */
function defaultGrants(client: ParsedInput): string[] {
  return client.redirectUris.length > 0 ? ['authorization_code', 'refresh_token'] : ['client_credentials'];
}

function grantProblems(client: ParsedInput, grants: string[], method: ClientAuthMethod): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const usesCode = grants.includes('authorization_code');
  if (usesCode && client.redirectUris.length === 0) {
    problems.push({ path: 'redirectUris', message: 'must have at least one entry for the grant authorization_code' });
  }
  if (!usesCode && client.redirectUris.length > 0) {
    problems.push({ path: 'grantTypes', message: 'must have authorization_code, or leave the redirect URIs out' });
  }
  if (!usesCode && client.responseTypes?.length) {
    problems.push({ path: 'responseTypes', message: 'must be left out without the grant authorization_code' });
  }
  if (grants.length === 0) problems.push({ path: 'grantTypes', message: 'must have at least one entry' });
  if (grants.length === 1 && grants[0] === 'refresh_token') {
    problems.push({ path: 'grantTypes', message: 'must have a grant that refresh tokens come from' });
  }
  // RFC 6749 §4.4: only for clients that can keep a credential.
  if (method === 'none' && grants.includes('client_credentials')) {
    problems.push({
      path: 'grantTypes',
      message: 'must not have client_credentials for a client that does not authenticate',
    });
  }
  return problems;
}

function authenticationProblems(client: ParsedInput, method: ClientAuthMethod, isSample: boolean): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { secret, secretHash, jwks } = client;
  for (const path of ['secret', 'secretHash'] as const) {
    if (client[path] !== undefined && !usesSecret(method)) {
      problems.push({ path, message: `must be left out for tokenEndpointAuthMethod ${method}` });
    }
  }
  if (secret !== undefined && secretHash !== undefined)
    problems.push({ path: 'secretHash', message: 'must be left out beside secret' });
  const weakness = secret === undefined || isSample ? undefined : secretProblem(secret);
  if (weakness) problems.push({ path: 'secret', message: weakness });
  if (method === 'private_key_jwt' && !jwks)
    problems.push({ path: 'jwks', message: 'must hold the public keys for private_key_jwt' });
  jwks?.keys.forEach((key, index) => {
    if (key.kty === 'oct' || 'd' in key || 'priv' in key || 'k' in key) {
      problems.push({ path: `jwks.keys[${index}]`, message: 'must be a public key: leave the private members out' });
    }
  });
  if (client.pkce === 'optional' && method === 'none') {
    problems.push({ path: 'pkce', message: 'must be required for a client that does not authenticate' });
  }
  return problems;
}

/** Works on the raw input, so that bad redirect URIs are reported together with whatever else is wrong. */
function uriProblems(input: unknown, { allowPrivateHttp, ownOrigin }: RegistrationRules): FieldProblem[] {
  const raw = (input ?? {}) as Record<string, unknown>;
  const applicationType = raw.applicationType === 'native' ? 'native' : 'web';
  return ['redirectUris', 'postLogoutRedirectUris'].flatMap((field) => {
    const uris: unknown[] = Array.isArray(raw[field]) ? raw[field] : [];
    return uris.flatMap((uri, index) => {
      const rules = { applicationType, allowPrivateHttp, ownOrigin } as const;
      const message = typeof uri === 'string' ? redirectUriProblem(uri, rules) : undefined;
      return message ? [{ path: `${field}[${index}]`, message }] : [];
    });
  });
}

function metadataOf(
  client: ParsedInput,
  grants: string[],
  method: ClientAuthMethod,
  isSample: boolean,
): StoredMetadata {
  const scope = client.scope ?? (isSample ? undefined : defaultScope(grants));
  return {
    token_endpoint_auth_method: method,
    application_type: client.applicationType,
    redirect_uris: unique(client.redirectUris),
    post_logout_redirect_uris: unique(client.postLogoutRedirectUris),
    grant_types: unique(grants),
    response_types: grants.includes('authorization_code') ? ['code'] : [],
    scope: scope && unique(scope.split(' ')).join(' '),
    id_token_signed_response_alg: client.idTokenSignedResponseAlg,
    jwks: client.jwks,
    client_uri: client.clientUri,
    logo_uri: client.logoUri,
    policy_uri: client.policyUri,
    tos_uri: client.tosUri,
    postern_pkce_optional: client.pkce === 'optional' || undefined,
    postern_first_party: client.firstParty || undefined,
    postern_resource_server: client.resourceServer,
    postern_rotate_refresh_token: client.rotateRefreshToken,
    postern_claims_in_id_token: client.claimsInIdToken,
  };
}

/** Identity scopes for a client that signs people in; a machine gets the scopes of resources only when they are listed. */
function defaultScope(grants: string[]): string {
  if (grants.every((grant) => grant === 'client_credentials')) return 'openid';
  return identityScopes.filter((scope) => scope !== 'offline_access' || grants.includes('refresh_token')).join(' ');
}

const unique = <Value>(values: Value[]): Value[] => [...new Set(values)];

function placeOf(path: PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`))
    .join('');
}

function invalid(fields: FieldProblem[]): PosternError {
  return new PosternError('invalid', 'The client cannot be registered as it is.', { fields });
}
