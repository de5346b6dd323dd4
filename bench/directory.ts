/** A large directory in the database of a `serve`, put there through the rooms: what administrators of a big team look at. */
import { createApp } from '../src/app.ts';
import { loadConfig } from '../src/config/config.ts';
import * as cast from './cast.ts';

export const administrator = { username: 'root', password: 'a long sentence that only root knows' };
const by = { type: 'operator' } as const;
const accountsPerTransaction = 1000;
const groups = Array.from({ length: 20 }, (_, index) => `team-${index}`);
const familyNames = ['Archer', 'Brenner', 'Castellan', 'Drummond', 'Eriksen', 'Fontaine', 'Grimaldi', 'Hartmann'];

type Size = { accounts: number; clients: number };

/** Fills the database of the settings in `file`. Returns an API key that may read everything. */
export async function fillDirectory(file: string, size: Size, say: (line: string) => void): Promise<string> {
  const config = await loadConfig({ mode: 'serve', argv: ['--config', file, '--log-level', 'silent'] });
  const app = await createApp(config);
  try {
    for (const name of ['admins', ...groups]) await app.groups.create({ name }, { by });
    await app.accounts.create({ ...administrator, groups: ['admins'] }, { by });
    say(`filling ${size.accounts} accounts`);
    for (let from = 0; from < size.accounts; from += accountsPerTransaction) {
      await addAccounts(app, from, Math.min(size.accounts, from + accountsPerTransaction));
    }
    say(`filling ${size.clients} clients`);
    for (let index = 0; index < size.clients; index += 1) await app.clients.create(clientAt(index), { by });
    const { secret } = await app.apiKeys.create({ name: 'bench', scopes: ['admin:read'] }, { by });
    return secret;
  } finally {
    await app.stop();
  }
}

async function addAccounts({ accounts, db }: Awaited<ReturnType<typeof createApp>>, from: number, to: number) {
  const prepared = await Promise.all(
    Array.from({ length: to - from }, (_, index) => accounts.prepare(accountAt(from + index))),
  );
  await db.transaction(async (tx) => {
    for (const one of prepared) await accounts.insertIn(tx, one, { by });
  });
}

/** Names spread over the alphabet, so that neighbours in the list are not neighbours in the table. */
export function accountAt(index: number) {
  const username = `person-${((index * 7919) % 1_000_003).toString(36).padStart(5, '0')}-${index}`;
  const familyName = familyNames[index % familyNames.length] as string;
  return {
    username,
    name: `Person ${index} ${familyName}`,
    email: `${username}@example.test`,
    emailVerified: true,
    groups: [groups[index % groups.length] as string],
    claims: { family_name: familyName, locale: 'en' },
  };
}

const clientAt = (index: number) => ({
  id: `client-${String(index).padStart(3, '0')}`,
  name: `The client number ${index}`,
  redirectUris: [`https://client-${index}.example.test/callback`],
  access: [groups[index % groups.length] as string],
});

/** A file that declares so many accounts, without passwords, and the groups they are in. */
export function directoryFile(port: number, directory: string, accounts: number) {
  return {
    issuer: `http://localhost:${port}`,
    data: directory,
    secret: cast.secret,
    groups: groups.map((name) => ({ name })),
    accounts: Array.from({ length: accounts }, (_, index) => accountAt(index)),
    clients: [
      { id: 'app', redirectUris: ['https://app.example.test/cb'], access: ['team-1'], secretHash: 'x'.repeat(43) },
    ],
  };
}
