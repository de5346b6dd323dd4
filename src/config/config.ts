/**
 * config: makes one plain object of settings out of flags, environment, file and defaults, in this order of precedence.
 * The only reader of process.env. All problems are reported at once, each with its place. It knows no table and no room.
 */
import { type FieldProblem, PosternError } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import type { EntryTypes } from './entries.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { noFile, readConfigFile } from './file.ts';
import { readFlags, takeFlags } from './flags.ts';
import { merge } from './merge.ts';
import { ruleProblems, ruleWarnings } from './rules.ts';
import { schema, type Values } from './schema.ts';
import { type NamedSetting, settingsOf } from './setting.ts';
import { pathText, readObject, type Source } from './source.ts';

export type { AccountEntry, AttributeEntry, ClientEntry, EntryTypes, GroupEntry, ResourceEntry } from './entries.ts';

/** What every setting came out as. Times are in seconds, sizes in bytes, paths absolute, the newest secret first. */
export type Config = Values & {
  readonly mode: Mode;
  /** The configuration file that was read, absolute; undefined when there was none. */
  readonly source: string | undefined;
  /** Whether the file (or code) itself says something under `brand`. */
  readonly declaresBrand: boolean;
  /** Sentences for the log: allowed, and yet worth knowing. */
  readonly warnings: readonly string[];
};

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;
/** Values handed over by code, in the shape of the file. */
export type ConfigInput = DeepPartial<Values>;

export type LoadOptions = {
  readonly mode: Mode;
  /** Flags only: no command and no flags of a command's own (see takeFlags). `--config <file>` names the file. */
  readonly argv?: readonly string[];
  readonly env?: Environment;
  /** The file; without it `--config`, POSTERN_CONFIG or `postern.yaml` if there is one. `false`: none at all. */
  readonly file?: string | false;
  readonly cwd?: string;
  /** Values from code, above all other sources: how the test fixture configures itself. */
  readonly values?: ConfigInput;
  /** What the rooms say about the lists of the file; without them, an entry's content is looked at when it is applied. */
  readonly entries?: EntryTypes;
};

/**
 * The configuration, for each setting where its value came from (`default` or the place), and where in the file a part of
 * it stands: `postern.yaml:3:7 accounts[0].name` for `accounts[0].name`.
 */
export type LoadedConfig = {
  readonly config: Config;
  readonly origins: Readonly<Record<string, string>>;
  place(path: string, target?: 'key'): string;
};

/** Loads the configuration. Throws `invalid` (exit 78) with all problems in `fields`. */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  return (await loadWithOrigins(options)).config;
}

/** Like loadConfig, with the origin of every value. */
export async function loadWithOrigins(options: LoadOptions): Promise<LoadedConfig> {
  const { mode, env = process.env, cwd = process.cwd() } = options;
  const settings = settingsOf(schema);
  const warnings: string[] = [];
  const { own, rest } = takeFlags(options.argv ?? [], { config: true });
  const named = options.file ?? own.config ?? (env.POSTERN_CONFIG || undefined);

  const file =
    named === false
      ? noFile
      : await readConfigFile({
          file: named ?? 'postern.yaml',
          isRequired: named !== undefined,
          tree: schema,
          env,
          mode,
          cwd,
          warnings,
        });
  const foreign = new Set(['POSTERN_CONFIG', ...file.referenced]);
  const around = { mode, cwd, warnings };
  const code = readCode(options.values);
  const sources = [file, readEnvironment(env, settings, foreign, around), readFlags(rest, settings, around), code];
  const problems = sources.flatMap((source) => source.problems);
  const merged = merge(settings, sources, { mode, cwd, entries: options.entries ?? {} }, problems);
  const rules = { mode, values: merged.values, isSet: merged.isSet };
  for (const { key, inside = [], message } of ruleProblems(rules)) {
    if (merged.isBroken(key)) continue;
    problems.push({ path: merged.given(key)?.place(inside) ?? namesOf(settings, key), message });
  }
  if (problems.length > 0) throw configurationError(problems);
  const config = {
    ...merged.values,
    ...{ mode, source: file.file, warnings: [...warnings, ...ruleWarnings(rules)] },
    declaresBrand: [file, code].some(({ given }) => [...given.keys()].some((key) => key.startsWith('brand.'))),
  };
  return { config, origins: merged.origins, place: file.place };
}

function configurationError(problems: FieldProblem[]): PosternError {
  const amount = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new PosternError('invalid', `The configuration has ${amount}.`, { fields: problems, exitStatus: 78 });
}

function readCode(values: ConfigInput | undefined): Source {
  const place = pathText;
  return readObject(values, { tree: schema, origin: () => 'code', place, resolveSecret: (value) => value });
}

/** Where a setting that nobody gave could be given. */
function namesOf(settings: readonly NamedSetting[], key: string): string {
  const named = settings.find((candidate) => candidate.key === key);
  return [key, named?.env, named?.flag].filter((name) => name !== undefined).join(' / ');
}
