/** `postern plan | apply | export`: the directory as one file. */
import { existsSync } from 'node:fs';
import { loadForRooms } from '../app/entries.ts';
import { declaredIn } from '../app/seed.ts';
import { openStore, type Store } from '../app/store.ts';
import { createApp, type Directory, type Plan, type WrittenFile } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import type { Config } from '../config/config.ts';
import { takeFlags } from '../config/flags.ts';
import { yamlOf } from '../config/yaml.ts';
import { inFile } from './file-problems.ts';
import { modeOf } from './mode.ts';
import { asksForHelp, type Io, printJson, printWarnings } from './output.ts';
import { amountsText, planText } from './plan-text.ts';
import { createProgress } from './progress.ts';
import { withServices } from './services.ts';

export const directoryHelp = `postern plan [--json] [flags]                     what postern apply would do, and who gains or loses access
postern apply [--json] [flags]                    makes the database as the file says, at once or not at all
postern export [--with-hashes] [--json] [flags]   the present state as such a file, to standard output

The file is postern.yaml, or the one that --config names. It may have the lists groups, attributes, accounts and
clients, and a brand. A list that is there is the whole truth about what the file owns: what it no longer names is
removed. Rows that were made elsewhere are left alone, until the file names them: then it takes them over. A list that
is not there is not managed by the file. A password that a person has changed stays changed until the file declares
another. Passwords and secrets may stand as \${VARIABLE} or { file: path }, or as a hash. A brand that was applied wins
over the one of the settings, until a file without a brand is applied. A running server sees the result at once, the
brand within seconds.

plan ends with status 2 when there is something to do, with 0 when there is nothing.
  --with-hashes   with the hashes of passwords and client secrets, so that everybody signs in as before
  --mode dev      the database of dev (default: serve)
`;

const words = { add: 'to add', change: 'to change', remove: 'to remove', adopt: 'to take over' };
const done = { add: 'added', change: 'changed', remove: 'removed', adopt: 'taken over' };

export async function planCommand(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) return help(io);
  const { own, rest } = takeFlags(argv, { mode: true, json: false });
  const options = { mode: modeOf(own.mode), argv: rest, io, isReading: true };
  const plan = await withFile(options, (directory, file) => directory.plan(file));
  if (own.json) printJson(io, plan);
  else if (plan.isEmpty) io.out('Nothing to do: the database is as the file says.\n');
  else io.out(`${planText(plan)}${amountsText(plan, words)}. Do it with: postern apply\n`);
  return plan.isEmpty ? 0 : 2;
}

export async function applyCommand(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) return help(io);
  const { own, rest } = takeFlags(argv, { mode: true, json: false });
  const progress = createProgress(io);
  const by = { by: { type: 'operator' as const } };
  const options = { mode: modeOf(own.mode), argv: rest, io, isReading: false };
  let plan: Plan;
  try {
    plan = await withFile(options, (directory, file) => directory.apply(file, by, { onProgress: progress.show }));
  } finally {
    progress.end();
  }
  if (own.json) printJson(io, plan);
  else if (plan.isEmpty) io.out('Nothing to do: the database is as the file says.\n');
  else io.out(`${planText(plan)}${amountsText(plan, done)}.\n`);
  return 0;
}

export async function exportCommand(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) return help(io);
  const { own, rest } = takeFlags(argv, { mode: true, json: false, 'with-hashes': false });
  const withHashes = own['with-hashes'] !== undefined;
  const by = { by: { type: 'operator' as const } };
  const file = await withServices({ mode: modeOf(own.mode), argv: rest, io }, ({ directory }) =>
    directory.export({ withHashes }, by),
  );
  if (own.json) printJson(io, file);
  else io.out(await yamlOf(file, withHashes ? hashesNote : exportNote));
  return 0;
}

const exportNote = ` Written by postern export, without the samples of dev. To use it: postern apply --config <this file>
 Accounts are without passwords, and clients without their secrets: make new ones, or export --with-hashes.`;
const hashesNote = ` Written by postern export, without the samples of dev. To use it: postern apply --config <this file>
 Holds hashes of passwords and client secrets: for its owner's eyes only (chmod 600).`;

function help(io: Io): number {
  io.out(directoryHelp);
  return 0;
}

type Options = { mode: Mode; argv: readonly string[]; io: Io; isReading: boolean };

/** Runs `work` with the file that the configuration names. Problems are told with their place in the file. */
async function withFile<Result>(
  { mode, argv, io, isReading }: Options,
  work: (directory: Directory, file: WrittenFile) => Promise<Result>,
): Promise<Result> {
  process.umask(0o077);
  const { config, place } = await loadForRooms({ mode, argv });
  printWarnings(io, config.warnings);
  if (config.source === undefined) {
    const message = 'There is no postern.yaml here. Go to its directory, or name a file with --config.';
    throw new PosternError('invalid', message, { exitStatus: 64 });
  }
  const store = await (isReading ? readingStore(config) : writingStore(config));
  const app = await createApp({ ...config, logLevel: 'silent' }, { store });
  try {
    return await work(app.directory, app.directory.parse(declaredIn(config)));
  } catch (error) {
    throw inFile(error, place);
  } finally {
    await app.stop();
  }
}

const isThere = ({ database }: Config): boolean => database.url !== undefined || existsSync(database.file);

/** A plan for a database that is not there yet compares with an empty one, and makes none. */
function readingStore(config: Config): Promise<Store> {
  return openStore(isThere(config) ? config : { ...config, memory: true }, { server: false });
}

/** Whoever makes the database holds it alone until it is done. */
function writingStore(config: Config): Promise<Store> {
  if (!config.memory) return openStore(config, { server: !isThere(config) });
  const message = 'A database in memory ends with its server: there is nothing to apply to. Name a file or PostgreSQL.';
  throw new PosternError('invalid', message, { exitStatus: 64 });
}
