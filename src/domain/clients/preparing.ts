/** From input to a row that can be written: everything that can be said against a client is said here, before it is. */
import { type FieldProblem, isPosternError, PosternError } from '../../base/errors.ts';
import type { Mode } from '../../base/mode.ts';
import type { Db } from '../../db/db.ts';
import type { Attributes } from '../attributes/attributes.ts';
import type { Groups } from '../groups/groups.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Room } from './change.ts';
import { type Client, type ClientOrigin, type ClientRecord, type ClientSecret, clientOf } from './client.ts';
import { type EngineMetadata, engineMetadata } from './engine-metadata.ts';
import { engineMembers } from './members.ts';
import { attributesNamed, groupsNamed } from './policy.ts';
import { besides, type Registration, readRegistration } from './registration.ts';
import { generateSecret, liveSecrets, orElsewhere, storedSecret } from './secrets.ts';
import { findClient } from './store.ts';
import { usesSecret } from './words.ts';

export type ClientsRoom = Room & {
  mode: Mode;
  groups: Pick<Groups, 'missing'>;
  attributes: Pick<Attributes, 'listIn'>;
  sessions: Pick<Sessions, 'endClientIn'>;
  /** The scopes that exist besides those of identity; without it any are taken. */
  scopes?: readonly string[] | undefined;
  /** The identifiers of the resources; without it any are taken. */
  resources?: readonly string[] | undefined;
  /** The engine's check of client metadata; rejects with an error that has an `error_description`. */
  validate?: ((metadata: EngineMetadata) => Promise<void>) | undefined;
};

export type PrepareOptions = {
  /** The client that the input is for; without it, the input makes a new one. */
  current?: Pick<Client, 'id'> | undefined;
  /** It comes from the file, which has to say what secrets a new client has. */
  declared?: boolean | undefined;
  /** Of a new client; those that only `dev` and `testing` have are held to looser rules. */
  origin?: ClientOrigin | undefined;
  /** A sample may use any http address of this issuer. */
  issuer?: string | undefined;
};

/** A client as it will be. `secret` is there when one was made: it is in no row, so this is the only time it is told. */
export type PreparedClient = { client: Client; record: ClientRecord; secretsChange: boolean; secret?: string };

/**
 * Checks the input and makes the row of it. Writes nothing. Throws `conflict` for an id that is reserved and `invalid`
 * with every problem in `fields`, the engine's among them. Whether groups and attributes of a declared client exist is
 * asked when it is written, since the file may create them with it.
 */
export async function prepareClient(
  room: ClientsRoom,
  input: unknown,
  options: PrepareOptions = {},
): Promise<PreparedClient> {
  const known = options.current && (await findClient(room.db, options.current.id));
  const { declared = false } = options;
  const origin = declared ? 'file' : (known?.origin ?? options.origin ?? 'admin');
  const isSample = origin === 'sample' || origin === 'first_use';
  const { registration, isDecided, problems } = readRegistration(input, {
    ...{ isSample, ownOrigin: isSample ? options.issuer : undefined, now: room.clock.now() },
    isDeclared: declared,
    ...{ scopes: room.scopes, keptScope: known?.metadata.scope },
    ...{ resources: room.resources, keptResources: known?.metadata.postern_resource_server },
    allowPrivateHttp: room.mode !== 'serve',
    defaultAccess: room.mode === 'serve' ? [] : true,
  });
  if (!registration) throw invalid(problems);
  const made = secretsFor(registration, known, declared, room.clock.now());
  const record = recordOf(registration, known, { origin, declared, now: room.clock.now(), secrets: made.secrets });
  if (!declared) problems.push(...(await referenceProblems(room, room.db, record)));
  if (isDecided) problems.push(...besides(problems, made.problems));
  if (isDecided) problems.push(...besides(problems, await engineProblems(room, record)));
  if (problems.length > 0) throw invalid(problems, idOf(input));
  const secretsChange = hashesOf(record.secrets) !== hashesOf(liveSecrets(known?.secrets ?? [], room.clock.now()));
  return { client: clientOf(record), record, secretsChange, ...(made.secret && { secret: made.secret }) };
}

type Made = { secrets: ClientSecret[]; secret?: string; problems: FieldProblem[] };

/** Those that the input names, or those that are there, or a new one. A hash that is there keeps its beginning. */
function secretsFor(
  { secrets: named, metadata }: Registration,
  known: ClientRecord | undefined,
  declared: boolean,
  now: number,
): Made {
  if (!usesSecret(metadata.token_endpoint_auth_method)) return { secrets: [], problems: [] };
  if (named && named.length > 0) {
    const begun = new Map(known?.secrets.map(({ hash, createdAt }) => [hash, createdAt]));
    const secrets = named.map((secret) => ({ ...secret, createdAt: begun.get(secret.hash) ?? secret.createdAt }));
    return { secrets: liveSecrets(secrets, now), problems: [] };
  }
  // A client that is there gets its first secret by `addSecret`, where it can be shown.
  if (known || named) return { secrets: liveSecrets(known?.secrets ?? [], now), problems: [] };
  if (declared) {
    const message = `must be there (or secretHash): make one with \`openssl rand -hex 32\`${orElsewhere}`;
    return { secrets: [], problems: [{ path: 'secret', message }] };
  }
  const secret = generateSecret();
  return { secrets: [storedSecret(secret, now)], secret, problems: [] };
}

function recordOf(
  { id, name, disabled, metadata, secrets: named }: Registration,
  known: ClientRecord | undefined,
  made: { origin: ClientOrigin; declared: boolean; now: number; secrets: ClientSecret[] },
): ClientRecord {
  const { origin, declared, now, secrets } = made;
  const declaresSecrets = declared && named !== undefined && named.length > 0;
  return {
    ...{ id, name, disabled, secrets, origin },
    metadata: { ...metadata, ...(declaresSecrets && { postern_secrets_declared: true }) },
    createdAt: known?.createdAt ?? now,
    updatedAt: known?.updatedAt ?? now,
    version: (known?.version ?? 0) + 1,
  };
}

const hashesOf = (secrets: ClientSecret[]): string =>
  secrets.map(({ hash, expiresAt }) => `${hash} ${expiresAt}`).join();

/** Groups and attributes that the client names and nobody has; reads through `db`, a transaction or not. */
export async function referenceProblems(
  { groups, attributes }: ClientsRoom,
  db: Db,
  { metadata }: Pick<ClientRecord, 'metadata'>,
): Promise<FieldProblem[]> {
  const policy = { access: metadata.postern_access, roles: metadata.postern_roles, claims: metadata.postern_claims };
  const [named, used] = [groupsNamed(policy), attributesNamed(policy)];
  const noGroup = new Set(
    named.length > 0 ? await groups.missing(db, [...new Set(named.map(({ group }) => group))]) : [],
  );
  const known = new Set(used.length > 0 ? (await attributes.listIn(db)).map(({ name }) => name) : []);
  return [
    ...named
      .filter(({ group }) => noGroup.has(group))
      .map(({ group, path }) => ({
        path,
        message: `names the group ${group}, which does not exist; create it first: postern group add ${group}`,
      })),
    ...used
      .filter(({ attribute }) => !known.has(attribute))
      .map(({ attribute, path }) => ({
        path,
        message: `names the attribute ${attribute}, which does not exist; create it first`,
      })),
  ];
}

/** The engine stops at the first thing it does not like; its name for it is turned into ours. */
async function engineProblems({ validate }: ClientsRoom, record: ClientRecord): Promise<FieldProblem[]> {
  try {
    await validate?.(engineMetadata(record));
    return [];
  } catch (error) {
    const said = saidBy(isPosternError(error) ? error.cause : error);
    if (said === undefined) throw error;
    const [place = '', ...rest] = said.split(' ');
    const name = place.replace(/\W.*$/, '');
    const member = Object.entries(engineMembers).find(([, stored]) => stored === name)?.[0];
    if (!member) return [{ path: '', message: `is refused: ${said}` }];
    return [{ path: member + place.slice(name.length), message: rest.join(' ') }];
  }
}

/** The engine's description; about a key, the reason behind it, which names the key and its member. */
function saidBy(thrown: unknown): string | undefined {
  const { error_description: description, cause } = (thrown ?? {}) as { error_description?: unknown; cause?: unknown };
  if (typeof description !== 'string') return undefined;
  return cause instanceof Error && cause.message.startsWith('jwks.') ? cause.message : description;
}

const idOf = (input: unknown): string | undefined => {
  const { id } = input as { id?: unknown };
  return typeof id === 'string' ? id : undefined;
};

export function invalid(fields: FieldProblem[], id?: string): PosternError {
  return new PosternError('invalid', `The client ${id === undefined ? '' : `${id} `}cannot be registered as it is.`, {
    fields,
  });
}
