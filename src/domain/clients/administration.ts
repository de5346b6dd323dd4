/** Clients as people and the file change them: each change is one transaction with one event, and nothing of the file's. */
import { refuseDeclared, refuseStale } from '../../base/administered.ts';
import { PosternError } from '../../base/errors.ts';
import type { Db } from '../../db/db.ts';
import { type Circumstances, causedBy, changedFields } from '../audit/audit.ts';
import { changeClient, noSuchClient } from './change.ts';
import { type Client, type ClientRecord, clientOf, entryOf } from './client.ts';
import { type ClientChange, type ClientInput, fixedMembers } from './input.ts';
import { type ClientsRoom, invalid, type PreparedClient, prepareClient, referenceProblems } from './preparing.ts';
import { deleteClient, findClient, insertClient, updateClient } from './store.ts';

export type OfVersion = Circumstances & { ifVersion?: number | undefined };

export async function createClient(
  room: ClientsRoom,
  input: ClientInput,
  circumstances: Circumstances,
): Promise<{ client: Client; secret?: string }> {
  const prepared = await prepareClient(room, input);
  const client = await room.db.transaction((tx) => insertIn(room, tx, prepared, circumstances));
  return { client, ...(prepared.secret && { secret: prepared.secret }) };
}

export async function insertIn(
  room: ClientsRoom,
  tx: Db,
  { record }: PreparedClient,
  circumstances: Circumstances,
): Promise<Client> {
  await refuseDangling(room, tx, record);
  if (!(await insertClient(tx, record))) {
    throw new PosternError('conflict', `A client with the id ${record.id} exists. Choose another id.`, {
      fields: [{ path: 'id', message: 'belongs to another client: choose another' }],
    });
  }
  const client = clientOf(record);
  const { id: _, ...after } = entryOf(client);
  const detail = { origin: record.origin, after };
  await room.audit.record(tx, { ...causedBy(circumstances), clientId: record.id, event: 'client.created', detail });
  return client;
}

/** A member that is left out stays, `null` takes it away. */
export async function updateClientBy(
  room: ClientsRoom,
  id: string,
  change: ClientChange,
  circumstances: OfVersion,
): Promise<Client> {
  refuseFixed(change);
  let unchanged: ClientRecord | undefined;
  const changed = await changeClient(
    room,
    id,
    async (current) => {
      unchanged = current;
      refuseDeclared(id, current.origin, circumstances.source);
      const { record } = await prepareClient(room, merged(current, change), { current });
      const metadata = staysUndecided(current, change)
        ? { ...record.metadata, postern_auth_undecided: true as const }
        : record.metadata;
      const wanted = { ...record, metadata };
      const entry = updated(current, wanted, circumstances);
      const { version: _, ...client } = wanted;
      return entry && { client, entry, check: (tx) => refuseDangling(room, tx, wanted) };
    },
    circumstances.ifVersion,
  );
  const result = changed ?? unchanged;
  if (!result) throw noSuchClient(id);
  return clientOf(result);
}

/** What its kind fills in: of another kind it is filled in anew, unless the change says it. */
const membersOfKind = [
  ...(['applicationType', 'tokenEndpointAuthMethod', 'grantTypes', 'responseTypes'] as const),
  ...(['claimsInIdToken', 'pkce'] as const),
];

/** The whole input that the client and the change make together. */
function merged(current: ClientRecord, change: ClientChange): Record<string, unknown> {
  const entry: Record<string, unknown> = { ...entryOf(clientOf(current)) };
  // A kind that is only taken away names no defaults: what it filled in stays.
  if (change.kind && change.kind !== current.metadata.postern_kind) {
    for (const member of membersOfKind) delete entry[member];
  }
  for (const [member, value] of Object.entries(change)) {
    if (value === null) delete entry[member];
    else if (value !== undefined) entry[member] = value;
  }
  return entry;
}

function refuseFixed(change: ClientChange): void {
  const given = fixedMembers.filter((member) => Object.hasOwn(change, member));
  if (given.length === 0) return;
  const message = (member: string) => (member === 'id' ? 'never changes' : 'is no part of this: add a secret instead');
  throw invalid(given.map((member) => ({ path: member, message: message(member) })));
}

/** A client of first use goes on being undecided until it gets tokens, or somebody says how it authenticates. */
const staysUndecided = ({ metadata }: ClientRecord, { tokenEndpointAuthMethod, kind }: ClientChange): boolean =>
  metadata.postern_auth_undecided === true && tokenEndpointAuthMethod === undefined && kind === undefined;

/** Joins the transaction. The row has to be in the version of `current`, else `conflict` (HTTP status 412). */
export async function changeIn(
  room: ClientsRoom,
  tx: Db,
  current: Pick<Client, 'id' | 'version'>,
  prepared: PreparedClient,
  circumstances: Circumstances,
): Promise<Client> {
  const row = await findClient(tx, current.id);
  if (!row) throw noSuchClient(current.id);
  refuseStale(row.version, current.version);
  refuseDeclared(row.id, row.origin, circumstances.source);
  await refuseDangling(room, tx, prepared.record);
  const record = { ...prepared.record, createdAt: row.createdAt, version: row.version + 1 };
  const entry = updated(row, record, circumstances);
  if (!entry) return clientOf(row);
  const written = { ...record, updatedAt: room.clock.now() };
  // On PostgreSQL somebody may have been faster since it was read.
  if (!(await updateClient(tx, written, row.version))) refuseStale(row.version + 1, row.version);
  await room.audit.record(tx, entry);
  return clientOf(written);
}

/** Joins the transaction; what the client was granted ends with it. */
export async function removeIn(room: ClientsRoom, tx: Db, id: string, circumstances: OfVersion): Promise<void> {
  const row = await findClient(tx, id);
  if (!row) throw noSuchClient(id);
  refuseStale(row.version, circumstances.ifVersion);
  refuseDeclared(id, row.origin, circumstances.source);
  if (!(await deleteClient(tx, id, row.version))) refuseStale(row.version + 1, row.version);
  await room.sessions.endClientIn(tx, id);
  const { id: _, ...before } = entryOf(clientOf(row));
  const detail = { origin: row.origin, before };
  await room.audit.record(tx, { ...causedBy(circumstances), clientId: id, event: 'client.deleted', detail });
}

export async function setDisabled(
  room: ClientsRoom,
  id: string,
  disabled: boolean,
  circumstances: OfVersion,
): Promise<void> {
  let isThere = false;
  const event = disabled ? ('client.disabled' as const) : ('client.enabled' as const);
  await changeClient(
    room,
    id,
    (current) => {
      isThere = true;
      refuseDeclared(id, current.origin, circumstances.source);
      if (current.disabled === disabled) return undefined;
      return { client: { disabled }, entry: { ...causedBy(circumstances), clientId: id, event, detail: {} } };
    },
    circumstances.ifVersion,
  );
  if (!isThere) throw noSuchClient(id);
}

async function refuseDangling(room: ClientsRoom, tx: Db, record: ClientRecord): Promise<void> {
  const problems = await referenceProblems(room, tx, record);
  if (problems.length > 0) throw invalid(problems, record.id);
}

/** The event that tells what is different; undefined when nothing is. */
function updated(before: ClientRecord, after: ClientRecord, circumstances: Circumstances) {
  const detail = changedFields(told(before), told(after));
  return detail && { ...causedBy(circumstances), clientId: before.id, event: 'client.updated' as const, detail };
}

/** Everything that is the client's to say, its secrets by their ids. */
function told(record: ClientRecord): Record<string, unknown> {
  const { id: _i, version: _v, createdAt: _c, updatedAt: _u, ...rest } = clientOf(record);
  return rest;
}
