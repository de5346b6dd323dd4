/**
 * What the API answers, as schemas that convert: a thing of a room goes in, and what comes out has the members named here
 * and no other, so no secret and no hash can slip out. The one place where times become text (ISO 8601, UTC).
 */
import { z } from 'zod';
import { clientInput } from '../../domain/clients/clients.ts';
import { named, time } from './answer-types.ts';
import { shownAs } from './derived.ts';

export { listOf, names } from './answer-types.ts';
export { delivery, deliveryWithAttempts, replayed } from './answers-deliveries.ts';
export { cookieKey, key, keyReadiness, keyRevocation, keyStatus, rotatedKey } from './answers-keys.ts';

const origin = z
  .string()
  .describe('`admin`, `file`, `sample` or `first_use`; rows of the file change with the file alone.');
const version = z.number().int().describe('The ETag is this number in quotes.');
const kept = { createdAt: time, updatedAt: time, version };
const json = z.unknown();

export const account = named(
  'Account',
  z.object({
    id: z.string().describe('The `sub` of the tokens.'),
    username: z.string(),
    name: z.string().optional(),
    email: z.string().optional(),
    emailVerified: z.boolean(),
    groups: z.array(z.string()),
    claims: z.record(z.string(), json).describe('Standard claims, by the names of OpenID Connect Core §5.1.'),
    attributes: z.record(z.string(), json),
    disabled: z.boolean(),
    hasPassword: z.boolean(),
    origin,
    ...kept,
  }),
);

export const link = named(
  'Link',
  z.object({
    url: z.string().describe('Works once and is told here alone: hand it to the person.'),
    purpose: z.string().describe('`invite` or `reset`.'),
    expiresAt: time,
  }),
);

export const ended = named('Ended', z.object({ sessions: z.number().int(), grants: z.number().int() }));

export const session = named(
  'Session',
  z.object({
    id: z.string(),
    accountId: z.string(),
    startedAt: time,
    lastUsedAt: time.optional(),
    expiresAt: time,
    ip: z.string().optional(),
    userAgent: z.string().optional(),
    clientIds: z.array(z.string()),
  }),
);

export const grant = named(
  'Grant',
  z.object({
    id: z.string(),
    accountId: z.string(),
    clientId: z.string(),
    scopes: z.array(z.string()),
    createdAt: time.optional(),
    expiresAt: time,
    isOffline: z.boolean(),
  }),
);

export const group = named(
  'Group',
  z.object({ name: z.string(), description: z.string().optional(), origin, ...kept }),
);

export const attribute = named(
  'Attribute',
  z.object({ name: z.string(), type: z.string(), description: z.string().optional(), origin, ...kept }),
);

export const apiKey = named(
  'ApiKey',
  z.object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    createdBy: z.string().optional().describe('The account that made it.'),
    createdByKey: z.string().optional().describe('The key that made it.'),
    createdByClient: z.string().optional().describe('The client that made it with a token of its own.'),
    createdAt: time,
    expiresAt: time,
    lastUsedAt: time.optional(),
    revokedAt: time.optional(),
  }),
);

/** Who it is and what proves it stands apart. */
const told = Object.entries(clientInput.shape).filter(([name, member]) => name !== 'id' && !member.meta()?.writeOnly);
export const client = named(
  'Client',
  z.object({
    id: z.string().describe('client_id.'),
    ...shownAs(Object.fromEntries(told)),
    authUndecided: z.boolean().describe('A client of first use that has not authenticated yet.'),
    secrets: z
      .array(z.object({ id: z.string(), createdAt: time, expiresAt: time.nullable() }))
      .describe('Which secrets live, not what they are.'),
    origin,
    ...kept,
  }),
);

const secretOnce = z.string().describe('Told here alone: keep it now.');
export const clientWithSecret = named('ClientWithSecret', client.extend({ secret: secretOnce.optional() }));
export const newApiKey = named('NewApiKey', apiKey.extend({ secret: secretOnce }));

export const auditEvent = named(
  'AuditEvent',
  z.object({
    id: z.string(),
    at: z.iso.datetime(),
    event: z.string(),
    actor: z.object({ type: z.string(), id: z.string().optional() }),
    accountId: z.string().optional(),
    clientId: z.string().optional(),
    ip: z.string().optional(),
    requestId: z.string().optional(),
    detail: z.record(z.string(), json),
  }),
);

export const preview = named(
  'Preview',
  z.object({
    access: z.object({ allowed: z.boolean(), by: z.string().optional() }),
    scopes: z.array(z.string()),
    idToken: z.record(z.string(), json),
    userinfo: z.record(z.string(), json),
    accessToken: z.record(z.string(), json),
  }),
);

const change = z.object({
  kind: z.string(),
  id: z.string(),
  action: z.string().describe('`add`, `change`, `remove` or `adopt`.'),
  fields: z.array(z.object({ path: z.string(), before: json.optional(), after: json.optional() })).optional(),
});
export const plan = named(
  'Plan',
  z.object({
    isEmpty: z.boolean(),
    changes: z.array(change),
    access: z
      .array(
        z.object({
          clientId: z.string(),
          gains: z.array(z.string()),
          loses: z.array(z.string()),
          gainsCount: z.number().int(),
          losesCount: z.number().int(),
        }),
      )
      .describe('Who gains and who loses access to which client.'),
  }),
);

const entries = z.array(z.record(z.string(), json)).optional();
export const directoryFile = named(
  'DirectoryFile',
  z.object({
    ...{ groups: entries, attributes: entries, accounts: entries, clients: entries },
    brand: z.record(z.string(), json).optional(),
  }),
);

/** Problem details (RFC 9457). */
export const problem = named(
  'Problem',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().describe('The reference under which the log has it.'),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
);
