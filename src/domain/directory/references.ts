/**
 * What names something that is not there afterwards: accounts and clients name groups and attributes. Pure. Looks at the
 * entries as they are written, so that it can be told of those too that something else is wrong with.
 */
import type { FieldProblem } from '../../base/errors.ts';
import { type AttributeType, attributeProblems, attributeTypes } from '../attributes/attributes.ts';
import type { Client } from '../clients/clients.ts';
import { textIn, type WrittenFile } from './file.ts';
import type { Somebody, State } from './state.ts';
import type { Step } from './step.ts';

type Outcome = {
  file: WrittenFile;
  state: State;
  /** What is removed among groups and attributes. */
  steps: readonly Step[];
  /** All there are afterwards. */
  everybody: readonly Somebody[];
  clients: readonly Client[];
  /** The ids of those that the file has an entry about. */
  named: { accounts: Pick<ReadonlySet<string>, 'has'>; clients: ReadonlySet<string | undefined> };
  createsGroups: boolean;
};
/** `type`: undefined where the file says one that does not exist. */
type Defined = ReadonlyMap<string, AttributeType | undefined>;

/** Everything that would point nowhere, with the place in the file that says so. */
export function referenceProblems(outcome: Outcome): FieldProblem[] {
  const { accounts = [], clients = [] } = outcome.file;
  const groups = groupsAfter(outcome);
  const attributes = attributesAfter(outcome);
  return [
    ...accounts.flatMap((entry, index) => [
      ...(outcome.createsGroups ? [] : groupProblems(`accounts[${index}].groups`, fieldsOf(entry).groups, groups)),
      ...valueProblems(`accounts[${index}]`, fieldsOf(entry).attributes, attributes),
    ]),
    ...clients.flatMap((entry, index) => clientProblems(`clients[${index}]`, fieldsOf(entry), groups, attributes)),
    ...remainingUses(outcome),
  ];
}

const removed = ({ steps }: Outcome, kind: string): Set<string> =>
  new Set(steps.flatMap(({ change }) => (change.kind === kind && change.action === 'remove' ? [change.id] : [])));

function groupsAfter(outcome: Outcome): Set<string> {
  const gone = removed(outcome, 'group');
  const names = [...outcome.state.groups, ...(outcome.file.groups ?? [])].flatMap(
    (group) => textIn(group, 'name') ?? [],
  );
  return new Set(names.map((name) => name.normalize('NFC')).filter((name) => !gone.has(name)));
}

function attributesAfter(outcome: Outcome): Defined {
  const gone = removed(outcome, 'attribute');
  const written = (outcome.file.attributes ?? []).flatMap((entry): [string, AttributeType | undefined][] => {
    const name = textIn(entry, 'name');
    return name === undefined ? [] : [[name, attributeTypes.find((type) => type === textIn(entry, 'type'))]];
  });
  const present = outcome.state.attributes.map(({ name, type }) => [name, type] as const);
  return new Map([...written, ...present].filter(([name]) => !gone.has(name)));
}

function groupProblems(place: string, names: unknown, groups: ReadonlySet<string>): FieldProblem[] {
  return listOf(names).flatMap((name, index) => {
    if (typeof name !== 'string' || groups.has(name.normalize('NFC'))) return [];
    const message = `there is no group ${name}: add it under groups, or create it first: postern group add ${name}`;
    return [{ path: `${place}[${index}]`, message }];
  });
}

function valueProblems(place: string, values: unknown, attributes: Defined): FieldProblem[] {
  const definitions = [...attributes].flatMap(([name, type]) => (type === undefined ? [] : [{ name, type }]));
  const isOpen = (name: string) => attributes.has(name) && attributes.get(name) === undefined;
  const given = Object.entries(fieldsOf(values)).filter(([name, value]) => value !== null && !isOpen(name));
  return attributeProblems(definitions, Object.fromEntries(given)).map(({ path, message }) => ({
    path: `${place}.${path}`,
    message,
  }));
}

function clientProblems(
  place: string,
  { access, roles, claims }: Fields,
  groups: ReadonlySet<string>,
  attributes: Defined,
): FieldProblem[] {
  return [
    ...groupProblems(`${place}.access`, access, groups),
    ...Object.entries(fieldsOf(roles)).flatMap(([role, names]) =>
      groupProblems(`${place}.roles.${role}`, names, groups),
    ),
    ...listOf(claims).flatMap((rule, index) => {
      const attribute = textIn(rule, 'attribute');
      if (attribute === undefined || attributes.has(attribute)) return [];
      const message = `there is no attribute ${attribute}: add it under attributes`;
      return [{ path: `${place}.claims[${index}].attribute`, message }];
    }),
  ];
}

type Fields = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** What the file no longer names, while rows that are not in the file still need it. Members just leave a group. */
function remainingUses(outcome: Outcome): FieldProblem[] {
  const others = outcome.clients.filter(({ id }) => !outcome.named.clients.has(id));
  const using = (uses: (client: Client) => boolean) => others.filter(uses).map(({ id }) => id);
  const problem = (path: string, what: string, ids: string[]) =>
    ids.length === 0 ? [] : [{ path, message: `${what} cannot go: ${ids.join(', ')} still uses it` }];
  return [
    ...[...removed(outcome, 'group')].flatMap((name) =>
      problem(
        'groups',
        `the group ${name}`,
        using(({ access, roles }) => namesGroup(name, access, roles)),
      ),
    ),
    ...[...removed(outcome, 'attribute')].flatMap((name) => {
      const clients = using(({ claims = [] }) => claims.some(({ attribute }) => attribute === name));
      const people = outcome.everybody.filter(({ attributeNames }) => attributeNames.includes(name));
      const users = people.filter(({ id }) => !outcome.named.accounts.has(id)).map(({ username }) => username);
      return problem('attributes', `the attribute ${name}`, [...clients, ...users.slice(0, 20)]);
    }),
  ];
}

const namesGroup = (name: string, access: unknown, roles: Readonly<Record<string, readonly string[]>> = {}): boolean =>
  (Array.isArray(access) && access.includes(name)) || Object.values(roles).some((names) => names.includes(name));
