/** What a server puts into its database at start: in `dev` the samples, and what the file declares. */
import { isPosternError, PosternError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import { type Accounts, sampleAccounts } from '../domain/accounts/accounts.ts';
import { type Clients, sampleClients } from '../domain/clients/clients.ts';
import type { Directory, Plan, WrittenFile } from '../domain/directory/directory.ts';
import type { Installation } from '../domain/installation/installation.ts';

type Dependencies = {
  config: Config;
  log: Log;
  accounts: Accounts;
  clients: Clients;
  directory: Directory;
  installation: Installation;
};

const by = { type: 'system' } as const;

/** Throws `invalid` (exit status 78) with the problems of the file by their paths. */
export async function seed(dependencies: Dependencies): Promise<void> {
  if (dependencies.config.mode !== 'dev') {
    await applyFile(dependencies);
    return;
  }
  // Before the file, which may take them over with their passwords, and again where it has let go of one.
  await placeSamples(dependencies);
  const plan = await applyFile(dependencies);
  if (plan?.changes.some(({ action }) => action === 'remove')) await placeSamples(dependencies);
}

async function placeSamples({ config: { issuer }, accounts, clients, installation }: Dependencies): Promise<void> {
  await installation.noteSamples(issuer);
  for (const sample of sampleAccounts) await accounts.ensure(sample, { by, exemptFromPolicy: true, origin: 'sample' });
  for (const sample of sampleClients(issuer)) await clients.ensureSample(sample, issuer);
}

/** As the directory wants it, not yet checked. A file that says nothing of a brand says that it has none. */
export function declaredIn(config: Config): unknown {
  const { groups, attributes, accounts, clients, source, declaresBrand } = config;
  const { name, accent, helpUrl, privacyUrl } = config.brand;
  const none = source === undefined ? undefined : null;
  return {
    groups,
    attributes,
    accounts,
    clients,
    brand: declaresBrand ? { name, accent, helpUrl, privacyUrl } : none,
  };
}

/** A start of `serve` only adds: what else the file says is done when somebody has seen the plan of it. */
async function applyFile({ config, log, directory, installation }: Dependencies): Promise<Plan | undefined> {
  const only = config.mode === 'serve' ? ('additions' as const) : undefined;
  const declared = declaredIn(config);
  try {
    const file = directory.parse(declared);
    if (isEmpty(file) && (file.brand === undefined || (await installation.brand()) === undefined)) return undefined;
    const plan = await directory.apply(file, { by }, { only });
    const count = only ? plan.changes.filter(({ action }) => action !== 'add').length : 0;
    if (count > 0) {
      const places = count === 1 ? 'one place' : `${count} places`;
      const warning = `postern.yaml differs from the database in ${places}: run postern plan`;
      log.warn({ warning, count }, 'configuration');
    }
    return plan;
  } catch (error) {
    if (!isPosternError(error) || (error.code !== 'invalid' && error.code !== 'conflict')) throw error;
    const message = `${config.source ?? 'configuration'}: ${error.message}`;
    throw new PosternError(error.code, message, { cause: error, fields: error.fields, exitStatus: 78 });
  }
}

/** Whether there is nothing to apply, but for a brand that may have to go. */
const isEmpty = (file: WrittenFile): boolean =>
  Object.values(file).every((part) => part === undefined || part === null);
