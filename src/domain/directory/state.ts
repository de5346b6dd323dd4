/** What is there now, read in pages: whole where the file is concerned, as little as access depends on of everybody else. */
import { canonicalName } from '../../base/names.ts';
import { type Account, signinNames } from '../accounts/accounts.ts';
import type { Attribute } from '../attributes/attributes.ts';
import type { Client } from '../clients/clients.ts';
import type { Group } from '../groups/groups.ts';
import type { BrandValues } from '../installation/installation.ts';
import type { Person } from './access-change.ts';
import { textIn, type WrittenFile } from './file.ts';
import type { Rooms } from './rooms.ts';

/** `names`: those to sign in with, as they are compared. `attributeNames`: of which attributes the account has values. */
export type Somebody = Person & {
  names: readonly string[];
  hasPassword: boolean;
  attributeNames: readonly string[];
};

export type State = {
  groups: Group[];
  attributes: Attribute[];
  /** Those that the file owns or names. */
  accounts: Account[];
  everybody: Somebody[];
  clients: Client[];
  brand: BrandValues | undefined;
};

const together = 1000;

/** The state as far as this file is concerned by it. Reads on its own, outside of any transaction. */
export async function readState(rooms: Rooms, { accounts: entries = [] }: WrittenFile): Promise<State> {
  const ids = new Set(entries.map((entry) => textIn(entry, 'id')));
  const names = new Set(entries.map((entry) => canonicalName(textIn(entry, 'username') ?? '')));
  const accounts: Account[] = [];
  const everybody: Somebody[] = [];
  for await (const account of allAccounts(rooms)) {
    everybody.push(somebody(account));
    const isNamed = ids.has(account.id) || names.has(canonicalName(account.username));
    if (isNamed || account.origin === 'file') accounts.push(account);
  }
  const clients: Client[] = [];
  for await (const client of allClients(rooms)) clients.push(client);
  const [groups, attributes] = [await rooms.groups.list(), await rooms.attributes.list()];
  return { groups, attributes, accounts, everybody, clients, brand: await rooms.installation.brand() };
}

export function somebody(account: Account): Somebody {
  const { id, username, groups, disabled, hasPassword, attributes } = account;
  return {
    ...{ id, username, groups, disabled, hasPassword },
    names: signinNames(account),
    attributeNames: Object.keys(attributes),
  };
}

/** By user name. */
export async function* allAccounts({ accounts }: Rooms): AsyncGenerator<Account> {
  let after: string | undefined;
  do {
    const page = await accounts.list({ limit: together, after });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

/** By id. */
export async function* allClients({ clients }: Rooms): AsyncGenerator<Client> {
  let after: string | undefined;
  do {
    const page = await clients.list({ limit: together, after });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}
