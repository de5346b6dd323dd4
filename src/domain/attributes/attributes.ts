/**
 * attributes: what a team says about its people besides the standard claims: names and types. Owns table `attributes`. The
 * values stand with the accounts; which client gets them is said by its claim rules; a removal that minds both is in access.
 */
import { z } from 'zod';
import { type Origin, parseInput, refuseDeclared, refuseStale } from '../../base/administered.ts';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { description } from '../../base/names.ts';
import type { Database, Db } from '../../db/db.ts';
import { type Audit, type Circumstances, causedBy, changedFields } from '../audit/audit.ts';
import {
  type Attribute,
  deleteAttribute,
  findAttribute,
  insertAttribute,
  listAttributes,
  listAttributesToUse,
  lockAttribute,
  updateAttribute,
} from './store.ts';
import { attributeProblems, attributeTypes } from './values.ts';

export type { Attribute } from './store.ts';
export { type AttributeType, attributeFromText, attributeProblems, attributeText, attributeTypes } from './values.ts';

/** Names that every object has (`constructor`) would be there without having been set. */
export const attributeName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9_]{0,63}$/, 'must begin with a small letter, then letters, digits and _, 64 in all')
  .refine((name) => !(name in Object.prototype), 'is reserved: choose another');

/** What it takes to define an attribute. */
export const attributeInput = z.strictObject({
  name: attributeName.describe('How claim rules call it; never changes.'),
  type: z
    .enum(attributeTypes, { error: `must be one of ${attributeTypes.join(', ')}` })
    .describe('What its values are; never changes.'),
  description: description.optional().describe('What it says about a person.'),
});
/** What of it can change; `null` takes the description away. */
export const attributeChange = z.strictObject({ description: description.nullable().optional() });

export type AttributeInput = z.input<typeof attributeInput>;
export type AttributeChange = z.input<typeof attributeChange>;

type Options = { db: Database; clock: Clock; audit: Pick<Audit, 'record'> };
/** `origin` only where neither a person nor the file makes it: the samples. */
type Creation = Circumstances & { origin?: Origin };
type OfVersion = Circumstances & { ifVersion?: number | undefined };

export type Attributes = ReturnType<typeof createAttributes>;

/** The room. Functions begin their own transactions; those called `…In` join the one they are handed. */
export function createAttributes(options: Options) {
  const { db } = options;
  return {
    /** All definitions, by name. */
    list: (): Promise<Attribute[]> => listAttributes(db),

    /** The same as a transaction sees them: until it ends, none can be removed. */
    listIn: (tx: Db): Promise<Attribute[]> => listAttributesToUse(tx),

    /**
     * Begins a removal in the transaction: whoever is writing something that uses the attribute is waited for, and seen by
     * what is read afterwards; whoever comes later finds no such attribute.
     */
    lockIn: (tx: Db, name: string): Promise<void> => lockAttribute(tx, name),

    /** What is wrong with an account's values; see values.ts. */
    problems: attributeProblems,

    find: (name: string): Promise<Attribute | undefined> => findAttribute(db, name),

    /** Defines an attribute. Throws `invalid` (with fields) and `conflict` when there is one of that name. */
    create: (input: AttributeInput, creation: Creation): Promise<Attribute> =>
      db.transaction((tx) => createIn(options, tx, input, creation)),

    createIn: (tx: Db, input: AttributeInput, creation: Creation): Promise<Attribute> =>
      createIn(options, tx, input, creation),

    /**
     * Changes the description. Throws `not_found`, `invalid`, `conflict` when the file owns it or it is in another version
     * than `ifVersion`. Without effect when nothing differs. A change that comes from the file makes the attribute the file's.
     */
    update: (name: string, change: AttributeChange, circumstances: OfVersion): Promise<Attribute> =>
      db.transaction((tx) => updateIn(options, tx, name, change, circumstances)),

    updateIn: (tx: Db, name: string, change: AttributeChange, circumstances: OfVersion): Promise<Attribute> =>
      updateIn(options, tx, name, change, circumstances),

    /**
     * Removes the definition alone: values and rules that name it are the caller's to mind (access.removeAttribute). Throws
     * like `update`; joins the transaction.
     */
    removeIn: (tx: Db, name: string, circumstances: OfVersion): Promise<void> =>
      removeIn(options, tx, name, circumstances),
  };
}

async function createIn(
  { clock, audit }: Options,
  tx: Db,
  input: AttributeInput,
  creation: Creation,
): Promise<Attribute> {
  const checked = parseInput(attributeInput, input, 'This attribute cannot be defined as it is.');
  const now = clock.now();
  const origin = creation.origin ?? creation.source ?? 'admin';
  const attribute: Attribute = { ...checked, origin, createdAt: now, updatedAt: now, version: 1 };
  if (!(await insertAttribute(tx, attribute))) {
    throw new PosternError('conflict', `There is an attribute ${checked.name} already. Choose another name.`, {
      fields: [{ path: 'name', message: 'belongs to another attribute: choose another' }],
    });
  }
  const { name, ...after } = checked;
  await audit.record(tx, { ...causedBy(creation), event: 'attribute.created', detail: { name, origin, after } });
  return attribute;
}

async function updateIn(
  { clock, audit }: Options,
  tx: Db,
  name: string,
  input: AttributeChange,
  circumstances: OfVersion,
): Promise<Attribute> {
  const change = parseInput(attributeChange, input, `The attribute ${name} cannot be changed like that.`);
  const { description: had, ...attribute } = await changeable(tx, name, circumstances);
  const wanted = change.description === undefined ? had : (change.description ?? undefined);
  const origin = circumstances.source ?? attribute.origin;
  const described = wanted === undefined ? {} : { description: wanted };
  const changed = changedFields({ description: had, origin: attribute.origin }, { description: wanted, origin });
  if (!changed) return { ...attribute, ...described };
  const updated = { ...attribute, ...described, origin, updatedAt: clock.now(), version: attribute.version + 1 };
  if (!(await updateAttribute(tx, updated, attribute.version))) refuseStale(updated.version, attribute.version);
  await audit.record(tx, { ...causedBy(circumstances), event: 'attribute.updated', detail: { name, ...changed } });
  return updated;
}

async function removeIn({ audit }: Options, tx: Db, name: string, circumstances: OfVersion): Promise<void> {
  const { type, description: had, version } = await changeable(tx, name, circumstances);
  if (!(await deleteAttribute(tx, name, version))) refuseStale(version + 1, version);
  const before = { type, ...(had !== undefined && { description: had }) };
  await audit.record(tx, { ...causedBy(circumstances), event: 'attribute.deleted', detail: { name, before } });
}

/** The attribute, if the caller may change it as it is now. */
async function changeable(tx: Db, name: string, { source, ifVersion }: OfVersion): Promise<Attribute> {
  const attribute = await findAttribute(tx, name);
  if (!attribute) throw new PosternError('not_found', `There is no attribute ${name}.`);
  refuseStale(attribute.version, ifVersion);
  refuseDeclared(`The attribute ${name}`, attribute.origin, source);
  return attribute;
}
