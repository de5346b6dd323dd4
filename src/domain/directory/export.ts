/** The present state as a file: what `apply` makes the same state of in an empty database. */
import type { Account, AccountInput } from '../accounts/accounts.ts';
import { type Client, type ClientInput, entryOf } from '../clients/clients.ts';
import type { DirectoryFile } from './file.ts';
import type { Rooms } from './rooms.ts';
import { allAccounts, allClients } from './state.ts';

/**
 * Everything but the samples of `dev` and clients of first use. `withHashes`: hashes of passwords and client secrets too, so
 * that people and clients sign in as before; without, accounts have no password and clients get new secrets.
 */
export async function exportFile(rooms: Rooms, { withHashes }: { withHashes: boolean }): Promise<DirectoryFile> {
  const passwords = withHashes ? await rooms.accounts.exportCredentials() : new Map<string, string>();
  const accounts: AccountInput[] = [];
  for await (const account of allAccounts(rooms)) {
    if (account.origin !== 'sample') accounts.push(accountEntry(account, passwords.get(account.id)));
  }
  const clients: ClientInput[] = [];
  for await (const client of allClients(rooms)) {
    if (client.origin === 'sample' || client.origin === 'first_use') continue;
    const secretHashes = withHashes ? await rooms.clients.exportSecrets(client.id) : [];
    clients.push(clientEntry(client, secretHashes));
  }
  const groups = (await rooms.groups.list()).map(({ name, description }) => present({ name, description }));
  const attributes = (await rooms.attributes.list()).map(({ name, type, description }) =>
    present({ name, type, description }),
  );
  const brand = await rooms.installation.brand();
  return { groups, attributes, accounts, clients, ...(brand && { brand }) };
}

function accountEntry(account: Account, passwordHash: string | undefined): AccountInput {
  const { id, username, name, email, emailVerified, groups, disabled, claims, attributes } = account;
  return present({
    ...{ id, username, name, email },
    emailVerified: emailVerified || undefined,
    groups: groups.length > 0 ? groups : undefined,
    disabled: disabled || undefined,
    claims: Object.keys(claims).length > 0 ? claims : undefined,
    attributes: Object.keys(attributes).length > 0 ? attributes : undefined,
    passwordHash,
  }) as AccountInput;
}

type SecretHashes = Awaited<ReturnType<Rooms['clients']['exportSecrets']>>;

/** An empty list of hashes says that the secrets are made elsewhere. */
function clientEntry(client: Client, secretHashes: SecretHashes): ClientInput {
  const usesSecret = client.tokenEndpointAuthMethod.startsWith('client_secret_');
  return present({
    ...entryOf(client),
    disabled: client.disabled || undefined,
    ...(usesSecret && { secretHashes }),
  });
}

/** Without the members that are undefined. */
function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
