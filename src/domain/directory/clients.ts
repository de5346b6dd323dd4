/** What there is to do about clients. An entry is the whole truth about its client, except for secrets it leaves out. */
import type { Client, ClientInput } from '../clients/clients.ts';
import { differences } from './differences.ts';
import { repeatedNames, textIn, type WrittenFile } from './file.ts';
import type { Rooms } from './rooms.ts';
import type { State } from './state.ts';
import { type Draft, hidden, orProblems, type Step } from './step.ts';

type ClientsDraft = Draft & {
  /** All clients as they are afterwards. */
  clients: Client[];
  /** The ids in the file. */
  named: ReadonlySet<string | undefined>;
};

/** Checks every entry, also by the engine. */
export async function draftClients(rooms: Rooms, file: WrittenFile, state: State): Promise<ClientsDraft> {
  const { clients: entries } = file;
  if (entries === undefined) return { steps: [], problems: [], clients: state.clients, named: new Set() };
  const problems = repeatedNames('clients', entries);
  const steps: Step[] = [];
  const before = new Map(state.clients.map((client) => [client.id, client]));
  const after = new Map(before);
  for (const [index, entry] of entries.entries()) {
    const place = `clients[${index}]`;
    const current = before.get(textIn(entry, 'id') ?? '');
    const prepared = await orProblems(place, problems, () => prepare(rooms, entry, current));
    if (prepared === undefined) continue;
    const { client, secretsChange } = prepared;
    after.set(client.id, client);
    const change = changeOf(current, client, secretsChange);
    if (change === undefined) continue;
    steps.push({
      change,
      place,
      prepare: async () => (tx, circumstances) =>
        current === undefined
          ? rooms.clients.insertIn(tx, prepared, circumstances)
          : rooms.clients.changeIn(tx, current, prepared, circumstances),
    });
  }
  const named = new Set(entries.map((entry) => textIn(entry, 'id')));
  for (const client of state.clients) {
    if (client.origin !== 'file' || named.has(client.id)) continue;
    after.delete(client.id);
    steps.push(removal(rooms, client));
  }
  return { steps, problems, named, clients: [...after.values()] };
}

/** The room judges what it is given, whatever that is. */
const prepare = ({ clients }: Rooms, entry: unknown, current: Client | undefined) =>
  clients.prepare(entry as ClientInput, { current, declared: true });

/** What a row knows about itself, and what is shown as one line about secrets. */
const unshown = new Set(['id', 'origin', 'createdAt', 'updatedAt', 'version', 'secrets', 'authUndecided']);

function changeOf(current: Client | undefined, client: Client, secretsChange: boolean): Step['change'] | undefined {
  const { id } = client;
  if (current === undefined) return { kind: 'client', id, action: 'add' };
  const shown = (of: Client) => Object.fromEntries(Object.entries(of).filter(([name]) => !unshown.has(name)));
  const fields = differences(shown(current), shown(client), { nested: ['roles'] });
  if (secretsChange) fields.push({ path: 'secret', before: hidden, after: `${hidden} anew` });
  const isAdopted = current.origin !== 'file';
  if (!isAdopted && fields.length === 0) return undefined;
  return { kind: 'client', id, action: isAdopted ? 'adopt' : 'change', ...(fields.length > 0 && { fields }) };
}

function removal({ clients }: Rooms, { id, version }: Client): Step {
  return {
    change: { kind: 'client', id, action: 'remove' },
    place: 'clients',
    prepare: async () => (tx, circumstances) => clients.removeIn(tx, id, { ...circumstances, ifVersion: version }),
  };
}
