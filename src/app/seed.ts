/** What is created at start when it is absent: the entries of the file, and in `dev` the samples. Nothing is changed or removed. */
import { isPosternError, PosternError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import { type Accounts, sampleAccounts } from '../domain/accounts/accounts.ts';
import { type ClientInput, type Clients, sampleClients } from '../domain/clients/clients.ts';
import type { Installation } from '../domain/installation/installation.ts';

type Dependencies = { config: Config; accounts: Accounts; clients: Clients; installation: Installation };

/** Throws `invalid` (exit status 78) naming the entry that its room refuses. */
export async function seedEntries({ config, accounts, clients, installation }: Dependencies): Promise<void> {
  const by = { type: 'system' } as const;
  if (config.mode === 'dev') {
    await installation.noteSamples(config.issuer);
    for (const sample of sampleAccounts) await accounts.ensure(sample, { by, exemptFromPolicy: true });
    const { issuer } = config;
    for (const sample of sampleClients(issuer)) await clients.ensure(sample, { origin: 'sample', issuer });
  }
  for (const [index, account] of config.accounts.entries()) {
    await placed(config, `accounts[${index}]`, accounts.ensure(account, { by }));
  }
  for (const [index, client] of config.clients.entries()) {
    await placed(config, `clients[${index}]`, clients.ensure(client as ClientInput, { origin: 'file' }));
  }
}

async function placed(config: Config, place: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isPosternError(error) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error;
    const fields = error.fields.map((field) => ({ ...field, path: `${place}.${field.path}` }));
    const file = config.source ?? 'configuration';
    throw new PosternError('invalid', `${file}, ${place}: ${error.message}`, { cause: error, fields, exitStatus: 78 });
  }
}
