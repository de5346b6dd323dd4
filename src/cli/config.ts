/** `postern config check | print | reference | schema`: the settings without starting anything. */
import { PosternError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { type LoadOptions, loadWithOrigins } from '../config/config.ts';
import { takeFlags } from '../config/flags.ts';
import { modeOf } from './mode.ts';
import { asksForHelp, type Io, printJson, printWarnings } from './output.ts';

type Surroundings = Pick<LoadOptions, 'env' | 'cwd'>;
type Subcommand = (argv: readonly string[], io: Io, around: Surroundings) => Promise<void>;

const subcommands: Readonly<Record<string, Subcommand>> = { check, print, reference, schema };

export const configHelp = `postern config check [--mode serve|dev|testing] [flags]    whether the settings are right
postern config print [--mode …] [--json] [flags]           what they come out as, and from where
postern config reference [--env | --flags]                 all settings: Markdown, .env example or flags
postern config schema                                      JSON Schema of postern.yaml
`;

/** Runs a subcommand with what follows it and returns the exit status. Throws `invalid`: 64 for usage, 78 for settings. */
export async function configCommand(argv: readonly string[], io: Io, around: Surroundings = {}): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    io.err(configHelp);
    return 64;
  }
  if (name === 'help' || asksForHelp(argv)) {
    io.out(configHelp);
    return 0;
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (!subcommand)
    throw usage(`There is no such command as config ${name}${suggestion(name, Object.keys(subcommands))}`);
  await subcommand(rest, io, around);
  return 0;
}

async function check(argv: readonly string[], io: Io, around: Surroundings): Promise<void> {
  const { own, rest } = takeFlags(argv, { mode: true });
  const { config } = await loadWithOrigins({
    ...around,
    mode: modeOf(own.mode),
    argv: rest,
    entries: await typesOfEntries(),
  });
  printWarnings(io, config.warnings);
  io.out(`The configuration is right for ${config.mode} (${config.source ?? 'no file'}).\n`);
}

async function print(argv: readonly string[], io: Io, around: Surroundings): Promise<void> {
  const { own, rest } = takeFlags(argv, { mode: true, json: false });
  const loaded = await loadWithOrigins({ ...around, mode: modeOf(own.mode), argv: rest });
  const { printedConfig, printedYaml } = await import('../config/print.ts');
  printWarnings(io, loaded.config.warnings);
  if (own.json) printJson(io, printedConfig(loaded));
  else io.out(await printedYaml(loaded));
}

async function reference(argv: readonly string[], io: Io): Promise<void> {
  const { own, rest } = takeFlags(argv, { env: false, flags: false });
  refuseMore(rest);
  const { envExample, flagsHelp, markdownTable } = await import('../config/reference.ts');
  io.out(own.env ? envExample() : own.flags ? flagsHelp() : markdownTable());
}

async function schema(argv: readonly string[], io: Io): Promise<void> {
  refuseMore(argv);
  const { jsonSchema } = await import('../config/reference.ts');
  printJson(io, jsonSchema(await typesOfEntries()));
}

function refuseMore([first]: readonly string[]): void {
  if (first !== undefined) throw usage(`${first} is one argument too many.`);
}

/** The rooms are loaded only where their lists matter. */
const typesOfEntries = async () => (await import('../app/entries.ts')).entryTypes;

const usage = (message: string) => new PosternError('invalid', message, { exitStatus: 64 });
