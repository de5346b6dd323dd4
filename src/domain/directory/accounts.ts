/** What there is to do about accounts. An entry is the whole truth about its account, except for id and password. */

import type { FieldProblem } from '../../base/errors.ts';
import { canonicalName } from '../../base/names.ts';
import type { Account, AccountInput, PreparedAccount } from '../accounts/accounts.ts';
import { differences } from './differences.ts';
import { repeatedNames, textIn, type WrittenFile } from './file.ts';
import { freedFirst, type Move, nameProblems } from './names.ts';
import type { Rooms } from './rooms.ts';
import { type Somebody, type State, somebody } from './state.ts';
import { besides, type Draft, hidden, orProblems, type Step } from './step.ts';

type AccountsDraft = Draft & {
  /** Everybody as they are afterwards. */
  everybody: Somebody[];
  /** Where in the file an account stands, by id. */
  places: ReadonlyMap<string, string>;
};

/** Checks every entry and hashes nothing; the passwords of a step are hashed when it is prepared. */
export async function draftAccounts(rooms: Rooms, file: WrittenFile, state: State): Promise<AccountsDraft> {
  const { accounts: entries } = file;
  if (entries === undefined) return { steps: [], problems: [], everybody: state.everybody, places: new Map() };
  const problems = repeatedNames('accounts', entries);
  const { currentOf, strangers } = matched(entries, state.accounts, problems);
  const held = new Set(state.everybody.flatMap(({ names }) => names));
  const after = new Map(state.everybody.map((person) => [person.id, person]));
  const places = new Map([...currentOf].map(([index, { id }]) => [id, `accounts[${index}]`]));
  const steps: Step[] = [];
  const moves: Move[] = [];

  for (const [index, entry] of entries.entries()) {
    const place = `accounts[${index}]`;
    const current = currentOf.get(index);
    // The room judges what it is given, whatever that is.
    const prepare = (dryRun: boolean) =>
      rooms.accounts.prepare(entry as AccountInput, { current, declared: true, dryRun });
    const prepared = await orProblems(place, problems, () => prepare(true));
    if (prepared === undefined || strangers.has(index)) continue;
    const step = stepOf(rooms, { place, current, prepared, prepare });
    if (step === undefined) continue;
    const person = somebody(prepared.account);
    if (current) moves.push({ place, before: somebody(current), after: person });
    places.set(person.id, place);
    after.set(person.id, person);
    const waits = current === undefined && person.names.some((name) => held.has(name));
    steps.push({ ...step, ...(waits && { waits }) });
  }
  const kept = new Set([...currentOf.values()].map(({ id }) => id));
  const gone = state.accounts.filter(({ id, origin }) => origin === 'file' && !kept.has(id));
  for (const { id } of gone) after.delete(id);
  const order = freedFirst(moves);
  problems.push(...besides(problems, [...nameProblems(after.values(), places), ...order.problems]));
  return {
    ...{ problems, places, everybody: [...after.values()] },
    steps: [...inTurn(steps, order.places), ...gone.map((account) => removal(rooms, account))],
  };
}

type Drafting = {
  place: string;
  current: Account | undefined;
  prepared: PreparedAccount;
  prepare(dryRun: boolean): Promise<PreparedAccount>;
};

function stepOf({ accounts }: Rooms, { place, current, prepared, prepare }: Drafting): Step | undefined {
  const change = changeOf(current, prepared);
  if (change === undefined) return undefined;
  return {
    ...{ change, place },
    // Without a new password the dry run was the whole preparation.
    async prepare() {
      const ready = prepared.setsPassword ? await prepare(false) : prepared;
      if (current === undefined) return (tx, circumstances) => accounts.insertIn(tx, ready, circumstances);
      return (tx, circumstances) => accounts.changeIn(tx, current, ready, circumstances);
    },
  };
}

/**
 * Which account each entry is about: the one with its id, else the one with its user name. `strangers`: entries that give
 * an account another id than it has.
 */
function matched(entries: readonly unknown[], accounts: readonly Account[], problems: FieldProblem[]) {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const byName = new Map(accounts.map((account) => [canonicalName(account.username), account]));
  const currentOf = new Map<number, Account>();
  const strangers = new Set<number>();
  for (const [index, entry] of entries.entries()) {
    const account = byId.get(textIn(entry, 'id') ?? '');
    if (account) currentOf.set(index, account);
  }
  const taken = new Set(currentOf.values());
  for (const [index, entry] of entries.entries()) {
    const account = byName.get(canonicalName(textIn(entry, 'username') ?? ''));
    if (currentOf.has(index) || account === undefined || taken.has(account)) continue;
    if (textIn(entry, 'id') === undefined) currentOf.set(index, account);
    else {
      strangers.add(index);
      const message = `is not the id of ${account.username}, which is ${account.id} and never changes: leave it out`;
      problems.push({ path: `accounts[${index}].id`, message });
    }
  }
  return { currentOf, strangers };
}

/** The changes in the order in which names get free, and then what is added. */
function inTurn(steps: readonly Step[], places: readonly string[]): Step[] {
  const byPlace = new Map(steps.map((step) => [step.place, step]));
  return [
    ...places.flatMap((place) => byPlace.get(place) ?? []),
    ...steps.filter(({ change }) => change.action === 'add'),
  ];
}

function changeOf(current: Account | undefined, prepared: PreparedAccount): Step['change'] | undefined {
  const { account, setsPassword, declaresAnew } = prepared;
  const { username: id } = account;
  if (current === undefined) return { kind: 'account', id, action: 'add' };
  const compared = { nested: ['claims', 'attributes'], sets: ['groups'] };
  const fields = differences(shown(current), shown(account), compared);
  if (setsPassword) {
    fields.push({ path: 'password', ...(current.hasPassword && { before: hidden }), after: `${hidden} anew` });
  } else if (declaresAnew) {
    fields.push({ path: 'password', before: hidden, after: `${hidden}, the same` });
  }
  const isAdopted = current.origin !== 'file';
  if (!isAdopted && fields.length === 0) return undefined;
  return { kind: 'account', id, action: isAdopted ? 'adopt' : 'change', ...(fields.length > 0 && { fields }) };
}

const shown = ({ username, name, email, emailVerified, groups, disabled, claims, attributes }: Account) => ({
  ...{ username, name, email, emailVerified, groups, disabled, claims, attributes },
});

function removal({ accounts }: Rooms, { id, username, version }: Account): Step {
  return {
    change: { kind: 'account', id: username, action: 'remove' },
    place: 'accounts',
    prepare: async () => (tx, circumstances) => accounts.removeIn(tx, id, { ...circumstances, ifVersion: version }),
  };
}
