/**
 * entries: the shape of what `postern.yaml` lists: resources, accounts and clients. It checks form only; what an account
 * or a client may be is decided in their rooms, which receive these entries as plain data.
 */
import { z } from 'zod';
import { formats } from './formats.ts';

/** Marks a field that is never printed and may be a `${VARIABLE}` reference in the file. */
const secret = { writeOnly: true };
const seconds = z
  .number({ error: 'must be a number of seconds' })
  .int({ error: 'must be a whole number of seconds' })
  .min(1)
  .max(31_536_000);

export const resourceEntry = z.strictObject({
  identifier: formats.resourceIdentifier.describe('The `resource` that clients ask for.'),
  audience: formats.line(500).optional().describe('`aud` of its access tokens. Default: the identifier.'),
  scopes: z.array(formats.scope).describe('The scopes that exist at this resource.'),
  format: z.enum(['opaque', 'jwt']).default('opaque').describe('Form of its access tokens.'),
  algorithm: z.enum(['RS256', 'ES256']).optional().describe('Signature of JWT access tokens. Default: RS256.'),
  seconds: seconds.optional().describe('Life of its access tokens, in seconds.'),
});

/** Standard claims of OpenID Connect Core §5.1 beyond those an account has fields for. */
const claims = z.strictObject({
  given_name: z.string().optional(),
  family_name: z.string().optional(),
  middle_name: z.string().optional(),
  nickname: z.string().optional(),
  profile: z.string().optional(),
  picture: z.string().optional(),
  website: z.string().optional(),
  gender: z.string().optional(),
  birthdate: z.string().optional(),
  zoneinfo: z.string().optional(),
  locale: z.string().optional(),
  phone_number: z.string().optional(),
  phone_number_verified: z.boolean().optional(),
  address: z
    .strictObject({
      formatted: z.string().optional(),
      street_address: z.string().optional(),
      locality: z.string().optional(),
      region: z.string().optional(),
      postal_code: z.string().optional(),
      country: z.string().optional(),
    })
    .optional(),
});

export const accountEntry = z.strictObject({
  username: formats.line(100).describe('What the person types to sign in.'),
  name: formats.line(200).optional().describe('Full name.'),
  password: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ ...secret, description: 'Password as plain text.' }),
  passwordHash: z
    .string()
    .regex(/^\$argon2id\$v=19\$/, { error: 'must be an argon2id hash in PHC form ($argon2id$v=19$…)' })
    .optional()
    .meta({ ...secret, description: 'argon2id hash in PHC form, instead of a password.' }),
  email: z.email({ error: 'must be an e-mail address' }).optional(),
  emailVerified: z.boolean().optional(),
  groups: z.array(formats.line(100)).optional(),
  disabled: z.boolean().optional(),
  claims: claims.optional().describe('Standard claims of OpenID Connect Core §5.1.'),
});

const jwks = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

export const clientEntry = z.strictObject({
  id: formats
    .line(200)
    .regex(/^[\x21-\x39\x3B-\x7E]+$/, { error: 'must be printable ASCII without spaces and colons' })
    .describe('client_id.'),
  name: formats.line(200).optional().describe('What people see at consent.'),
  secret: z
    .string()
    .min(1)
    .optional()
    .meta({ ...secret, description: 'Client secret, 256 random bits.' }),
  secretHash: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, { error: 'must be a SHA-256 in base64url (43 characters)' })
    .optional()
    .meta({ ...secret, description: 'SHA-256 of the secret in base64url, instead of the secret.' }),
  redirectUris: z.array(z.string()).optional().describe('Exact redirect URIs.'),
  postLogoutRedirectUris: z.array(z.string()).optional(),
  grantTypes: z.array(z.string()).optional(),
  responseTypes: z.array(z.literal('code', { error: 'must be code: no other response type is offered' })).optional(),
  applicationType: z.enum(['web', 'native']).optional().describe('Default: web.'),
  tokenEndpointAuthMethod: z.enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']).optional(),
  scope: z.string().optional().describe('Scopes it may ask for, separated by spaces.'),
  idTokenSignedResponseAlg: z.enum(['RS256', 'ES256']).optional(),
  jwks: jwks.optional().describe('Public keys for private_key_jwt.'),
  clientUri: formats.httpsUrl.optional(),
  logoUri: formats.httpsUrl.optional(),
  policyUri: formats.httpsUrl.optional(),
  tosUri: formats.httpsUrl.optional(),
  pkce: z.enum(['required', 'optional']).optional().describe('Default: required. Optional for confidential clients.'),
  firstParty: z.boolean().optional().describe('No consent page.'),
  resourceServer: z
    .union([z.literal(true), z.array(formats.resourceIdentifier)], {
      error: 'must be true or a list of resource identifiers',
    })
    .optional()
    .describe('Whose tokens it may introspect: a list of resource identifiers, or true for all.'),
  rotateRefreshToken: z.boolean().optional().describe('Default: public clients always, confidential ones never.'),
  claimsInIdToken: z.boolean().optional().describe('Scope claims also in the ID token. Default: yes.'),
});

export type ResourceEntry = z.output<typeof resourceEntry>;
export type AccountEntry = z.output<typeof accountEntry>;
export type ClientEntry = z.output<typeof clientEntry>;

/** Names of the fields of an entry that are secret. */
export function secretFields(entry: z.ZodType): string[] {
  const shape = entry instanceof z.ZodObject ? (entry.shape as Record<string, z.ZodType>) : {};
  return Object.keys(shape).filter((name) => shape[name]?.meta()?.writeOnly === true);
}
