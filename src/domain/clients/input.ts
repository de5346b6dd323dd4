/** The one schema of what a client is told to be, for every door and for the file. Rules across members: registration.ts. */
import { z } from 'zod';
import { algorithms } from '../../base/algorithms.ts';
import { policyMembers } from './policy.ts';
import { line } from './text.ts';
import { applicationTypes, authMethods, clientKinds, grantTypes, responseModes, responseTypes } from './words.ts';

const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, { error: `must be one of ${names.join(', ')}` });
const uris = z.array(z.string()).max(100, { error: 'must not be more than 100' });
/** Pages of the client that people are sent to: https alone, so never a script (security.md G06). */
const page = z.url({ protocol: /^https$/, error: 'must be an https URL' }).max(2000);
const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: 'must be a SHA-256 in base64url (43 characters)' });
const epochMs = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const longestMaxAge = 31_536_000;
const hidden = { writeOnly: true };

/** A scope list: RFC 6749 §3.3 characters, separated by single spaces. */
const scopeList = z
  .string()
  .max(4000)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
    error: 'must be scopes separated by single spaces',
  });

export const clientInput = z.strictObject({
  id: z
    .string()
    .max(200, { error: 'must not be longer than 200 characters' })
    .regex(/^[\x21-\x39\x3b-\x7e]+$/, { error: 'must be printable ASCII without spaces and colons' })
    // RFC 3986 §5.2.4: they vanish out of the address of its page, however they are written.
    .regex(/^(?!\.{1,2}$)/, { error: 'must not be . or ..: choose another' })
    .describe('client_id.'),
  name: line.optional().describe('What people see. Default: the id.'),
  kind: oneOf(clientKinds)
    .optional()
    .describe('What it is: fills in grant types, application type and authentication where they are left out.'),
  disabled: z.boolean().optional().describe('Nobody can use it while it is switched off.'),
  secret: z
    .string()
    .optional()
    .meta({ ...hidden, description: 'Client secret, 256 random bits. One is made when there is none.' }),
  secretHash: hash
    .optional()
    .meta({ ...hidden, description: 'SHA-256 of the secret in base64url, instead of the secret.' }),
  secretHashes: z
    .array(z.strictObject({ hash, createdAt: epochMs.optional(), expiresAt: epochMs.nullable().optional() }))
    .max(2, { error: 'must not be more than 2' })
    .optional()
    .meta({ ...hidden, description: 'Hashes of live secrets with their times; none: secrets are made elsewhere.' }),
  ...policyMembers,
  redirectUris: uris.default([]).describe('Exact redirect URIs.'),
  postLogoutRedirectUris: uris.default([]).describe('Where people may go after signing out.'),
  backchannelLogoutUri: z
    .string()
    .optional()
    .describe('Where it is told that somebody is signed out (OpenID Connect Back-Channel Logout 1.0).'),
  backchannelLogoutSessionRequired: z
    .boolean()
    .optional()
    .describe('It can only be told of one session (sid), not of all of a person. Default: no.'),
  frontchannelLogoutUri: z
    .string()
    .optional()
    .describe('A page of it that the browser opens in a frame when somebody signs out; best effort.'),
  frontchannelLogoutSessionRequired: z.boolean().optional().describe('With iss and sid in its query. Default: yes.'),
  grantTypes: z.array(oneOf(grantTypes)).optional().describe('How it gets tokens. Default: what its kind needs.'),
  responseTypes: z
    .array(oneOf(responseTypes))
    .optional()
    .describe('Default: code. With id_token, tokens pass through the browser: only for apps that know nothing else.'),
  responseModes: z.array(oneOf(responseModes)).min(1).optional().describe('How answers may travel. Default: any way.'),
  applicationType: oneOf(applicationTypes).optional().describe('Default: web, or native for the kind native.'),
  tokenEndpointAuthMethod: oneOf(authMethods)
    .optional()
    .describe('How it proves itself. Default: client_secret_basic, none for spa and native.'),
  tokenEndpointAuthSigningAlg: line.optional().describe('The only algorithm of its assertions, for private_key_jwt.'),
  jwks: z
    .looseObject({
      keys: z
        .array(z.looseObject({ kty: z.string() }))
        .min(1)
        .max(20),
    })
    .optional()
    .describe('Public keys for private_key_jwt.'),
  jwksUri: z
    .string()
    .optional()
    .describe('Where it publishes them, instead of jwks: fetched when an assertion comes, at most once a minute.'),
  scope: scopeList.optional().describe('Scopes that it may ask for, separated by spaces. Default: those of identity.'),
  idTokenSignedResponseAlg: oneOf(algorithms).optional().describe('Default: RS256.'),
  clientUri: page.optional().describe('Its home page.'),
  logoUri: page.optional(),
  policyUri: page.optional().describe('Its privacy policy.'),
  tosUri: page.optional().describe('Its terms of service.'),
  contacts: z
    .array(z.email({ error: 'must be an e-mail address' }))
    .max(20)
    .optional()
    .describe('E-mail addresses of who is responsible.'),
  initiateLoginUri: page.optional().describe('Where a sign-in at it begins (OpenID Connect Core §4).'),
  defaultMaxAge: z
    .int({ error: 'must be a whole number of seconds' })
    .min(0)
    .max(longestMaxAge)
    .optional()
    .describe('Seconds after which a sign-in is too old for it.'),
  requireAuthTime: z.boolean().optional().describe('auth_time in every ID token; Postern has it there anyway.'),
  defaultAcrValues: z.array(line).max(10).optional().describe('acr values asked for when a request names none.'),
  requirePushedAuthorizationRequests: z.boolean().optional().describe('Only requests by RFC 9126.'),
  dpopBoundAccessTokens: z.boolean().optional().describe('Only tokens bound to a key (RFC 9449).'),
  pkce: oneOf(['required', 'optional'])
    .default('required')
    .describe('Default: required. Optional is for confidential clients that know no PKCE.'),
  firstParty: z.boolean().optional().describe('No consent page.'),
  resourceServer: z
    .union([z.literal(true), z.array(z.string().min(1).max(2000)).max(100)], {
      error: 'must be true or a list of resource identifiers',
    })
    .optional()
    .describe('Whose tokens it may introspect: a list of resource identifiers, or true for all.'),
  rotateRefreshToken: z.boolean().optional().describe('Default: public clients always, confidential ones never.'),
  claimsInIdToken: z.boolean().optional().describe('Scope claims also in the ID token. Default: yes.'),
});
export type ClientInput = z.input<typeof clientInput>;
export type ParsedInput = z.output<typeof clientInput>;

/** Members that say who the client is and how it proves it: a change can't carry them. */
export const fixedMembers = ['id', 'secret', 'secretHash', 'secretHashes'] as const;
type Changeable = Omit<ClientInput, (typeof fixedMembers)[number]>;
/** What of a client shall be different: a member that is left out stays as it is, `null` takes it away. */
export type ClientChange = { [Member in keyof Changeable]?: Changeable[Member] | null };

const longestOverlapSeconds = 366 * 86_400;

/** What it takes to add a secret. */
export const secretInput = z.strictObject({
  overlapSeconds: z
    .int({ error: 'must be a whole number of seconds' })
    .min(0)
    .max(longestOverlapSeconds, { error: `must not be more than ${longestOverlapSeconds}` })
    .default(7 * 86_400)
    .describe('How long the secret that is there stays live beside the new one. Default: 7 days.'),
  secretHash: hash
    .optional()
    .meta({ ...hidden, description: 'SHA-256 of a secret made elsewhere. Default: one is made.' }),
});
export type SecretInput = z.input<typeof secretInput>;
