/** From a file and what is there now to the steps between them, and to what a person is shown of them. */
import { parseInput } from '../../base/administered.ts';
import { type FieldProblem, PosternError } from '../../base/errors.ts';
import { lastAdministratorGone } from '../accounts/accounts.ts';
import { causedBy, changedFields } from '../audit/audit.ts';
import type { BrandValues } from '../installation/installation.ts';
import { type AccessChange, accessChanges, type Door } from './access-change.ts';
import { draftAccounts } from './accounts.ts';
import { draftClients } from './clients.ts';
import { draftAttributes, draftGroups } from './definitions.ts';
import { differences } from './differences.ts';
import { brandInput, type WrittenFile } from './file.ts';
import { referenceProblems } from './references.ts';
import type { Rooms } from './rooms.ts';
import { readState, type Somebody, type State } from './state.ts';
import { besides, type Change, type Draft, orProblems, type Step } from './step.ts';

/** What applying a file would do. `access`: whose way to which client opens or closes by that. */
export type Plan = { changes: Change[]; access: AccessChange[]; isEmpty: boolean };

type Drafted = { plan: Plan; steps: Step[]; lastAdministratorGone: PosternError | undefined };

/**
 * Compares the file with what is there. Throws `invalid` with every problem by its path in the file. Hashes nothing and
 * writes nothing. `lastAdministratorGone`: why applying all of it would be refused, where nobody would be left (M08).
 */
export async function draftPlan(rooms: Rooms, file: WrittenFile): Promise<Drafted> {
  const state = await readState(rooms, file);
  const groups = await draftGroups(rooms, file, state);
  const attributes = await draftAttributes(rooms, file, state);
  const accounts = await draftAccounts(rooms, file, state);
  const clients = await draftClients(rooms, file, state);
  const drafts = [groups, attributes, accounts, clients, await draftBrand(rooms, file, state)];
  const problems = drafts.flatMap((draft) => draft.problems);
  const references = referenceProblems({
    ...{ file, state, steps: [...groups.steps, ...attributes.steps], createsGroups: rooms.createsGroups },
    ...{ everybody: accounts.everybody, clients: clients.clients },
    named: { accounts: accounts.places, clients: clients.named },
  });
  refuse([...problems, ...besides(problems, references)]);

  const steps = drafts.flatMap((draft) => draft.steps);
  const changes = steps.map(({ change }) => change);
  const gone = new Set(groups.steps.flatMap(({ change }) => (change.action === 'remove' ? [change.id] : [])));
  const people = accounts.everybody.map((person) => withoutGroups(person, gone));
  const access = accessChanges(
    { people: state.everybody, doors: doorsOf(rooms, state.clients) },
    { people, doors: doorsOf(rooms, clients.clients) },
  );
  const plan = { changes, access, isEmpty: changes.length === 0 };
  return { plan, steps, lastAdministratorGone: withoutAdministrator(rooms, state.everybody, people) };
}

function withoutAdministrator(
  { adminGroups }: Rooms,
  before: readonly Somebody[],
  after: readonly Somebody[],
): PosternError | undefined {
  const administers = ({ disabled, hasPassword, groups }: Somebody) =>
    !disabled && hasPassword && groups.some((name) => adminGroups.includes(name));
  const administrators = before.filter(administers);
  if (administrators.length === 0 || after.some(administers)) return undefined;
  return lastAdministratorGone(administrators, adminGroups);
}

/** Throws `invalid` when there is a problem. */
export function refuse(fields: FieldProblem[]): void {
  if (fields.length === 0) return;
  const amount = fields.length === 1 ? 'one problem' : `${fields.length} problems`;
  throw new PosternError('invalid', `The file cannot be applied: it has ${amount}.`, { fields });
}

function withoutGroups<Member extends { groups: readonly string[] }>(
  person: Member,
  gone: ReadonlySet<string>,
): Member {
  if (!person.groups.some((name) => gone.has(name))) return person;
  return { ...person, groups: person.groups.filter((name) => !gone.has(name)) };
}

/** The admin pages count as a client: who comes to administer is what a plan has to tell first. */
function doorsOf({ adminGroups, readGroups }: Rooms, clients: State['clients']): Door[] {
  const admin: Door = { id: 'postern-admin', access: [...adminGroups, ...readGroups], disabled: false };
  return [admin, ...clients.map(({ id, access, disabled }) => ({ id, access, disabled }))];
}

/** A brand that was applied goes when the file says that there is none any more. */
async function draftBrand({ installation, audit }: Rooms, file: WrittenFile, { brand: stored }: State): Promise<Draft> {
  const draft: Draft = { steps: [], problems: [] };
  if (file.brand === undefined) return draft;
  const add = (change: Omit<Change, 'kind'>, brand: BrandValues | undefined) =>
    draft.steps.push({
      change: { kind: 'brand', ...change },
      place: 'brand',
      prepare: async () => async (tx, circumstances) => {
        await installation.setBrandIn(tx, brand);
        const detail = changedFields({ ...stored }, { ...brand });
        if (detail) await audit.record(tx, { ...causedBy(circumstances), event: 'brand.updated', detail });
      },
    });
  if (file.brand === null) {
    if (stored !== undefined) add({ id: stored.name, action: 'remove' }, undefined);
    return draft;
  }
  const wanted = await orProblems('brand', draft.problems, async () => parseInput(brandInput, file.brand, ''));
  if (wanted === undefined) return draft;
  const fields = differences({ ...stored }, { ...wanted });
  if (fields.length > 0) add({ id: wanted.name, action: stored === undefined ? 'add' : 'change', fields }, wanted);
  return draft;
}
