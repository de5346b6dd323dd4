/** A noun of the command line (`postern account`) as a table of verbs: what each takes, says of itself and does. */
import type { App } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import { suggestion } from '../base/nearest.ts';
import { type Flag, type Flags, type Given, readArguments } from './arguments.ts';
import { modeOf } from './mode.ts';
import { asksForHelp, type Io, printJson } from './output.ts';

/** One run of a verb: what it was given, where it writes, and the services over the database that the settings name. */
export type Call<Table extends Flags = Flags> = {
  readonly io: Io;
  readonly words: readonly string[];
  readonly flags: Given<Table>;
  /** Whether it is for a script. */
  readonly json: boolean;
  readonly mode: Mode;
  /** Flags of settings, for loadConfig. */
  readonly settings: readonly string[];
  withApp<Result>(work: (app: App) => Promise<Result>): Promise<Result>;
  /** Writes the answer: `value` as JSON for scripts, else the text. */
  tell(value: unknown, text: string): void;
};

type Definition<Table extends Flags> = {
  /** Its words as the help writes them: `<username>`, or `[<id>]` where it may be left out. */
  readonly words: readonly string[];
  /** One line: what it does. */
  readonly help: string;
  readonly flags: Table;
  /** What else a person should know. */
  readonly more?: string;
  /** Whose database it is about unless `--mode` says otherwise: that of `serve` unless told. */
  readonly mode?: Mode;
  run(call: Call<Table>): Promise<void>;
};
export type Verb = Definition<Flags>;
export type Noun = { readonly name: string; readonly help: string; readonly verbs: Readonly<Record<string, Verb>> };

/** Who acts, for the audit log. */
export const operator = { by: { type: 'operator' } } as const;

/** A verb whose `run` sees its flags by their types. */
export const verb = <const Table extends Flags>(definition: Definition<Table>): Verb => definition as unknown as Verb;

const commonTo = ({ mode = 'serve' }: Verb): Flags => ({
  json: { help: 'for scripts: JSON, as the API at /api/v1 has it' },
  mode: { value: 'mode', help: `dev: the database of dev (default: ${mode})` },
});
const footer = 'Which database, and all other settings: postern config reference --flags\n';

/** The command of a noun. Throws `invalid` (exit 64) for an unknown verb and for what the verb does not take. */
export function nounCommand(noun: Noun) {
  return async (argv: readonly string[], io: Io): Promise<number> => {
    const found = findVerb(noun, argv);
    if (asksForHelp(argv)) io.out(found ? verbHelp(noun, found.name, found.verb) : nounHelp(noun));
    else if (found) await runVerb(noun, found, io);
    else if (argv.length === 0) {
      io.err(nounHelp(noun));
      return 64;
    } else throw unknownVerb(noun, argv);
    return 0;
  };
}

type Found = { name: string; verb: Verb; rest: readonly string[] };

/** A verb may be two words: `client secret add`. */
function findVerb({ verbs }: Noun, argv: readonly string[]): Found | undefined {
  for (const length of [2, 1]) {
    const name = argv.slice(0, length).join(' ');
    const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (verb) return { name, verb, rest: argv.slice(length) };
  }
  return undefined;
}

function unknownVerb({ name, verbs }: Noun, [first = '', second = '']: readonly string[]): PosternError {
  const names = Object.keys(verbs);
  const begun = names.filter((verb) => verb.startsWith(`${first} `));
  const word = begun.length > 0 ? `${first} ${second}`.trim() : first;
  // What does not look like a verb may be anything, so it is not repeated.
  const what = /^[a-z][a-z -]{0,40}$/.test(word) ? `${name} ${word}` : `${name} …`;
  const message = `There is no command ${what}${suggestion(word, names) || '.'} See: postern ${name} --help`;
  return new PosternError('invalid', message, { exitStatus: 64 });
}

async function runVerb(noun: Noun, { name, verb, rest }: Found, io: Io): Promise<void> {
  const takes = { words: verb.words, flags: { ...verb.flags, ...commonTo(verb) } };
  const { words, given, settings } = readArguments(rest, takes, usageOf(noun, name, verb));
  const { json, mode: named, ...flags } = given;
  const mode = modeOf((named as string | undefined) ?? verb.mode);
  await verb.run({
    ...{ io, words, flags, json: json === true, mode, settings },
    // Loaded when it is needed: help must not wait for the whole house.
    withApp: async (work) => (await import('./services.ts')).withServices({ mode, argv: settings, io }, work),
    tell: (value, text) => (json === true ? printJson(io, value) : io.out(text)),
  });
}

const usageOf = ({ name }: Noun, verbName: string, { words }: Verb): string =>
  ['postern', name, verbName, ...words, '[flags]'].join(' ');

/** All verbs of a noun, one line each. */
export function nounHelp(noun: Noun): string {
  const rows = Object.entries(noun.verbs).map(([name, verb]) => [usageOf(noun, name, verb).slice(0, -8), verb.help]);
  const [first] = Object.keys(noun.verbs);
  return `postern ${noun.name}: ${noun.help}\n\n${aligned(rows)}\nWhat one takes: postern ${noun.name} ${first} --help\n`;
}

function verbHelp(noun: Noun, name: string, verb: Verb): string {
  const rows = Object.entries({ ...verb.flags, ...commonTo(verb) }).map(([flag, about]) => [
    flagText(flag, about),
    about.help,
  ]);
  const more = verb.more === undefined ? '' : `${verb.more.trim()}\n\n`;
  return `${usageOf(noun, name, verb)}\n\n${sentence(verb.help)}\n${more}${aligned(rows)}\n${footer}`;
}

const sentence = (help: string): string => `${help.charAt(0).toUpperCase()}${help.slice(1)}.\n`;

function flagText(name: string, { value, negates, many }: Flag): string {
  if (value === undefined) return negates ? `--[no-]${name}` : `--${name}`;
  return `--${name} <${value}>${many === 'each' ? ' …' : ''}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}   ${right}\n`).join('');
}
