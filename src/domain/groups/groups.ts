/**
 * groups: the sets of people that access, roles and claims are decided by. A group is known by its name, which never
 * changes. Owns table `groups`. It does not know who is in a group (accounts) nor what a group opens (clients, access);
 * the removal that minds both is in access.
 */
import { z } from 'zod';
import { type Origin, parseInput, refuseDeclared, refuseStale } from '../../base/administered.ts';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { description, groupName } from '../../base/names.ts';
import type { Database, Db } from '../../db/db.ts';
import { type Audit, type Circumstances, causedBy, changedFields } from '../audit/audit.ts';
import {
  deleteGroup,
  findGroup,
  type Group,
  insertGroup,
  listGroups,
  lockGroup,
  namesThere,
  updateGroup,
} from './store.ts';

export { groupName } from '../../base/names.ts';
export type { Group } from './store.ts';

/** What it takes to make a group. */
export const groupInput = z.strictObject({
  name: groupName.describe('How apps and people call it; never changes.'),
  description: description.optional().describe('Who is in it or what it is for.'),
});
/** What of it can change; `null` takes the description away. */
export const groupChange = groupInput.omit({ name: true }).extend({ description: description.nullable().optional() });

export type GroupInput = z.input<typeof groupInput>;
export type GroupChange = z.input<typeof groupChange>;

type Options = { db: Database; clock: Clock; audit: Pick<Audit, 'record'> };
/** `origin` only where neither a person nor the file makes it: the samples. */
type Creation = Circumstances & { origin?: Origin };
type OfVersion = Circumstances & { ifVersion?: number | undefined };

export type Groups = ReturnType<typeof createGroups>;

/** The room. Functions begin their own transactions; those called `…In` join the one they are handed. */
export function createGroups(options: Options) {
  const { db } = options;
  return {
    /** All groups, by name. */
    list: (): Promise<Group[]> => listGroups(db),

    /** The group of exactly that name. */
    find: (name: string): Promise<Group | undefined> => findGroup(db, name),

    /**
     * Those of the names that no group has, each once. Joins the transaction that it is handed: until it ends, the other
     * groups can't be removed, so that what is written about them holds.
     */
    async missing(at: Db, names: readonly string[]): Promise<string[]> {
      const there = await namesThere(at, names);
      return [...new Set(names)].filter((name) => !there.has(name));
    },

    /** Creates a group. Throws `invalid` (with fields) and `conflict` when there is one of that name. */
    create: (input: GroupInput, creation: Creation): Promise<Group> =>
      db.transaction((tx) => createIn(options, tx, input, creation)),

    createIn: (tx: Db, input: GroupInput, creation: Creation): Promise<Group> => createIn(options, tx, input, creation),

    /** Creates those of the groups that are missing; joins the transaction. Throws `invalid` for a name that cannot be. */
    async ensureIn(tx: Db, names: readonly string[], creation: Creation): Promise<void> {
      const there = await namesThere(tx, names);
      for (const name of new Set(names)) if (!there.has(name)) await insertIn(options, tx, checked({ name }), creation);
    },

    /**
     * Changes the description. Throws `not_found`, `invalid`, `conflict` when the file owns it or it is in another version
     * than `ifVersion`. Without effect when nothing differs. A change that comes from the file makes the group the file's.
     */
    update: (name: string, change: GroupChange, circumstances: OfVersion): Promise<Group> =>
      db.transaction((tx) => updateIn(options, tx, name, change, circumstances)),

    updateIn: (tx: Db, name: string, change: GroupChange, circumstances: OfVersion): Promise<Group> =>
      updateIn(options, tx, name, change, circumstances),

    /**
     * Begins a removal in the transaction: whoever is writing something that names the group is waited for, and seen by
     * what is read afterwards; whoever comes later finds no such group.
     */
    lockIn: (tx: Db, name: string): Promise<void> => lockGroup(tx, name),

    /**
     * Removes the group alone: members and rules that name it are the caller's to mind (access.removeGroup). `members`: how
     * many left it, for the log. Throws like `update`; joins the transaction.
     */
    removeIn: (tx: Db, name: string, circumstances: OfVersion & { members?: number }): Promise<void> =>
      removeIn(options, tx, name, circumstances),
  };
}

const checked = (input: GroupInput) => parseInput(groupInput, input, 'This group cannot be created as it is.');

async function createIn(options: Options, tx: Db, input: GroupInput, creation: Creation): Promise<Group> {
  const group = await insertIn(options, tx, checked(input), creation);
  if (group) return group;
  throw new PosternError('conflict', `There is a group ${input.name} already. Choose another name.`, {
    fields: [{ path: 'name', message: 'belongs to another group: choose another' }],
  });
}

/** Undefined when the name is taken. */
async function insertIn(
  { clock, audit }: Options,
  tx: Db,
  input: z.output<typeof groupInput>,
  creation: Creation,
): Promise<Group | undefined> {
  const now = clock.now();
  const origin = creation.origin ?? creation.source ?? 'admin';
  const group: Group = { ...input, origin, createdAt: now, updatedAt: now, version: 1 };
  if (!(await insertGroup(tx, group))) return undefined;
  const after = input.description === undefined ? {} : { after: { description: input.description } };
  await audit.record(tx, {
    ...causedBy(creation),
    event: 'group.created',
    detail: { name: input.name, origin, ...after },
  });
  return group;
}

async function updateIn(
  { clock, audit }: Options,
  tx: Db,
  name: string,
  input: GroupChange,
  circumstances: OfVersion,
): Promise<Group> {
  const change = parseInput(groupChange, input, `The group ${name} cannot be changed like that.`);
  const { description: had, ...group } = await changeable(tx, name, circumstances);
  const wanted = change.description === undefined ? had : (change.description ?? undefined);
  const origin = circumstances.source ?? group.origin;
  const described = wanted === undefined ? {} : { description: wanted };
  const changed = changedFields({ description: had, origin: group.origin }, { description: wanted, origin });
  if (!changed) return { ...group, ...described };
  const updated = { ...group, ...described, origin, updatedAt: clock.now(), version: group.version + 1 };
  if (!(await updateGroup(tx, updated, group.version))) refuseStale(updated.version, group.version);
  await audit.record(tx, { ...causedBy(circumstances), event: 'group.updated', detail: { name, ...changed } });
  return updated;
}

async function removeIn(
  { audit }: Options,
  tx: Db,
  name: string,
  circumstances: OfVersion & { members?: number },
): Promise<void> {
  const group = await changeable(tx, name, circumstances);
  if (!(await deleteGroup(tx, name, group.version))) refuseStale(group.version + 1, group.version);
  const { members } = circumstances;
  const detail = {
    name,
    ...(group.description !== undefined && { before: { description: group.description } }),
    ...(members !== undefined && { members }),
  };
  await audit.record(tx, { ...causedBy(circumstances), event: 'group.deleted', detail });
}

/** The group, if the caller may change it as it is now. */
async function changeable(tx: Db, name: string, { source, ifVersion }: OfVersion): Promise<Group> {
  const group = await findGroup(tx, name);
  if (!group) throw new PosternError('not_found', `There is no group ${name}. See them all: postern group list.`);
  refuseStale(group.version, ifVersion);
  refuseDeclared(`The group ${name}`, group.origin, source);
  return group;
}
