/**
 * entries: what `postern.yaml` lists: resources, groups, attributes, accounts and clients. Of the last four only what
 * names an entry and what is secret in it is known here; what else one may hold is decided in their rooms, whose types a
 * caller of `loadConfig` can hand in (`EntryTypes`), so that all problems are found at once and with their place.
 */
import { z } from 'zod';
import { algorithms } from '../base/algorithms.ts';
import { formats } from './formats.ts';

/** Marks a field that is never printed and may be a `${VARIABLE}` reference in the file. */
const secret = { writeOnly: true };
const seconds = z
  .number({ error: 'must be a number of seconds' })
  .int({ error: 'must be a whole number of seconds' })
  .min(1)
  .max(31_536_000);

const lasting = (least: number) =>
  z
    .number({ error: 'must be a number of seconds' })
    .int({ error: 'must be a whole number of seconds' })
    .min(least)
    .max(316_224_000)
    .optional();

export const keyOverride = z.strictObject({
  algorithm: z.enum(algorithms).describe('Whose keys.'),
  publishAheadSeconds: lasting(0).describe('Instead of keys.publishAheadSeconds.'),
  activeSeconds: lasting(60).describe('Instead of keys.activeSeconds.'),
  hintSeconds: lasting(0).describe('Instead of keys.hintSeconds.'),
});

export const resourceEntry = z.strictObject({
  identifier: formats.resourceIdentifier.describe('The `resource` that clients ask for.'),
  audience: formats.line(500).optional().describe('`aud` of its access tokens. Default: the identifier.'),
  scopes: z.array(formats.scope).describe('The scopes that exist at this resource.'),
  format: z.enum(['opaque', 'jwt']).default('opaque').describe('Form of its access tokens.'),
  algorithm: z.enum(algorithms).optional().describe('Signature of JWT access tokens. Default: RS256.'),
  seconds: seconds.optional().describe('Life of its access tokens, in seconds.'),
});

const described = (name: string) =>
  z.string({ error: 'must be text' }).min(1, { error: 'must not be empty' }).describe(name);
/** A hash of a secret, and until when it counts: what an export with hashes writes. */
const secretHashes = z.array(z.looseObject({ hash: z.string({ error: 'must be text' }) }), { error: 'must be a list' });

export const groupEntry = z.looseObject({ name: described('What accounts and clients call it.') });

export const attributeEntry = z.looseObject({ name: described('What accounts call it.') });

export const accountEntry = z.looseObject({
  username: described('What the person types to sign in.'),
  password: z
    .string({ error: 'must be text' })
    .optional()
    .meta({ ...secret, description: 'Password as plain text.' }),
  passwordHash: z
    .string({ error: 'must be text' })
    .optional()
    .meta({ ...secret, description: 'argon2 hash in PHC form, instead of a password.' }),
});

export const clientEntry = z.looseObject({
  id: described('client_id.'),
  secret: z
    .string({ error: 'must be text' })
    .optional()
    .meta({ ...secret, description: 'Client secret, 256 random bits.' }),
  secretHash: z
    .string({ error: 'must be text' })
    .optional()
    .meta({ ...secret, description: 'SHA-256 of the secret in base64url, instead of the secret.' }),
  secretHashes: secretHashes.optional().meta({ ...secret, description: 'Several hashes, each with its end.' }),
});

export type KeyOverride = z.output<typeof keyOverride>;
export type ResourceEntry = z.output<typeof resourceEntry>;
export type GroupEntry = z.output<typeof groupEntry>;
export type AttributeEntry = z.output<typeof attributeEntry>;
export type AccountEntry = z.output<typeof accountEntry>;
export type ClientEntry = z.output<typeof clientEntry>;

/** Whole lists as their rooms check them, by the name of the setting. They check only: values stay as they are given. */
export type EntryTypes = Readonly<Record<string, z.ZodType>>;

/** Names of the fields of an entry that are secret. */
export function secretFields(entry: z.ZodType | undefined): string[] {
  const shape = entry instanceof z.ZodObject ? (entry.shape as Record<string, z.ZodType>) : {};
  return Object.keys(shape).filter((name) => shape[name]?.meta()?.writeOnly === true);
}
