/** What there is to do about groups and attributes. */
import { parseInput } from '../../base/administered.ts';
import type { FieldProblem } from '../../base/errors.ts';
import { type AttributeInput, attributeInput } from '../attributes/attributes.ts';
import { groupInput } from '../groups/groups.ts';
import { differences, type FieldDifference } from './differences.ts';
import { repeatedNames, textIn, type WrittenFile } from './file.ts';
import type { Rooms } from './rooms.ts';
import type { State } from './state.ts';
import { type Action, type Draft, type Kind, orProblems, type Step, type Write } from './step.ts';

type Row = { name: string; description?: string | undefined; origin: string; version: number };
type Named = { name: string; description?: string | undefined };
type Writes = {
  add(entry: Named): Write;
  change(entry: Named, current: Row): Write;
  remove(current: Row): Write;
};

/** An entry of the right form and its place in the list. */
type Placed<Entry> = { index: number; entry: Entry };
/** A list of the file: `names` are those of all its entries, also of those that something is wrong with. */
type Reading<Entry> = { entries: Placed<Entry>[]; names: ReadonlySet<string | undefined>; problems: FieldProblem[] };

/** A group that an account of the file names stays, where groups are made on the way. */
export async function draftGroups(
  { groups, access, createsGroups }: Rooms,
  file: WrittenFile,
  state: State,
): Promise<Draft> {
  if (file.groups === undefined) return { steps: [], problems: [] };
  const reading = await read('groups', file.groups, (entry) => parseInput(groupInput, entry, ''));
  const steps = draft({ kind: 'group', list: 'groups' }, reading, state.groups, {
    add: (entry) => (tx, circumstances) => groups.createIn(tx, entry, circumstances),
    change:
      ({ name, description = null }, { version: ifVersion }) =>
      (tx, circumstances) =>
        groups.updateIn(tx, name, { description }, { ...circumstances, ifVersion }),
    remove:
      ({ name, version: ifVersion }) =>
      (tx, circumstances) =>
        access.removeGroupIn(tx, name, { ...circumstances, ifVersion }),
  });
  const named = new Set(createsGroups ? (file.accounts ?? []).flatMap(groupsIn) : []);
  const isKept = ({ change }: Step) => change.action !== 'remove' || !named.has(change.id);
  return { steps: steps.filter(isKept), problems: reading.problems };
}

function groupsIn(entry: unknown): unknown[] {
  const groups = (entry as { groups?: unknown } | null | undefined)?.groups;
  return Array.isArray(groups) ? groups.map((name) => (typeof name === 'string' ? name.normalize('NFC') : name)) : [];
}

export async function draftAttributes({ attributes, access }: Rooms, file: WrittenFile, state: State): Promise<Draft> {
  if (file.attributes === undefined) return { steps: [], problems: [] };
  const reading = await read('attributes', file.attributes, (entry) => parseInput(attributeInput, entry, ''));
  const steps = draft({ kind: 'attribute', list: 'attributes' }, reading, state.attributes, {
    add: (entry) => (tx, circumstances) => attributes.createIn(tx, entry as AttributeInput, circumstances),
    change:
      ({ name, description = null }, { version: ifVersion }) =>
      (tx, circumstances) =>
        attributes.updateIn(tx, name, { description }, { ...circumstances, ifVersion }),
    remove:
      ({ name, version: ifVersion }) =>
      (tx, circumstances) =>
        access.removeAttributeIn(tx, name, { ...circumstances, ifVersion }),
  });
  return { steps, problems: [...reading.problems, ...typeProblems(reading.entries, state)] };
}

/** Values are checked by the type when they are written, so a type is for good. */
function typeProblems(entries: readonly Placed<AttributeInput>[], state: State): FieldProblem[] {
  const typeOf = new Map(state.attributes.map(({ name, type }) => [name, type]));
  return entries.flatMap(({ index, entry: { name, type } }) => {
    const present = typeOf.get(name);
    if (present === undefined || present === type) return [];
    const message = `is ${present} and cannot change: take the attribute out, apply, and define it anew`;
    return [{ path: `attributes[${index}].type`, message }];
  });
}

async function read<Entry>(
  list: 'groups' | 'attributes',
  written: readonly unknown[],
  parse: (entry: unknown) => Entry,
): Promise<Reading<Entry>> {
  const problems = repeatedNames(list, written);
  const entries: Placed<Entry>[] = [];
  for (const [index, one] of written.entries()) {
    const entry = await orProblems(`${list}[${index}]`, problems, async () => parse(one));
    if (entry !== undefined) entries.push({ index, entry });
  }
  const names = new Set(written.map((entry) => textIn(entry, 'name')?.normalize('NFC')));
  return { entries, names, problems };
}

function draft(
  { kind, list }: { kind: Kind; list: string },
  { entries, names }: Reading<Named>,
  rows: readonly Row[],
  writes: Writes,
): Step[] {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const step = (id: string, action: Action, place: string, write: Write, fields?: FieldDifference[]): Step => {
    return { change: { kind, id, action, ...(fields?.length && { fields }) }, place, prepare: async () => write };
  };
  const steps = entries.flatMap(({ index, entry }) => {
    const place = `${list}[${index}]`;
    const current = byName.get(entry.name);
    if (!current) return [step(entry.name, 'add', place, writes.add(entry))];
    const fields = differences({ description: current.description }, { description: entry.description });
    const isAdopted = current.origin !== 'file';
    if (!isAdopted && fields.length === 0) return [];
    return [step(entry.name, isAdopted ? 'adopt' : 'change', place, writes.change(entry, current), fields)];
  });
  const gone = rows.filter(({ name, origin }) => origin === 'file' && !names.has(name));
  return [...steps, ...gone.map((row) => step(row.name, 'remove', list, writes.remove(row)))];
}
