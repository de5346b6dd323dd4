/** Reads a command line by the table of what its verb takes: words, flags of its own, and flags of settings. */
import { type FieldProblem, PosternError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { splitArguments } from '../config/arguments.ts';

/** One flag of a verb; the help is made from it too. */
export type Flag = {
  readonly help: string;
  /** What stands for its value in the help. A flag without one is a switch. */
  readonly value?: string;
  /** It may be given several times: each time for one value, or for several with commas between. */
  readonly many?: 'each' | 'list';
  /** Its value may be empty, which takes away what is there. */
  readonly clears?: true;
  /** The switch has an opposite: `--no-…`. */
  readonly negates?: true;
};
export type Flags = Readonly<Record<string, Flag>>;

/** The flags as they were given; undefined for those that were not. */
export type Given<Table extends Flags> = {
  readonly [Name in keyof Table]: Table[Name] extends { many: string }
    ? readonly string[] | undefined
    : Table[Name] extends { value: string }
      ? string | undefined
      : boolean | undefined;
};

/** What a verb takes: its words as the help writes them (`<username>`, `[<id>]`), and its flags. */
export type Takes = { readonly words: readonly string[]; readonly flags: Flags };
export type Arguments = { words: string[]; given: Given<Flags>; settings: string[] };
type Found = { values: Map<string, string[]>; words: string[]; unknown: string[]; problems: FieldProblem[] };

/** Reads the arguments. Throws `invalid` (exit 64) with every problem; `usage` is the line that it is called by. */
export function readArguments(argv: readonly string[], takes: Takes, usage: string): Arguments {
  const names = Object.keys(takes.flags);
  const own = new Set(names.flatMap((name) => [`--${name}`, `--no-${name}`]));
  const { settings, rest, known } = splitArguments(argv, own);
  const found = readOwn(rest, takes.flags);
  const flags = [...names.map((name) => `--${name}`), ...known];
  const problems = [
    ...found.unknown.map((flag) => ({ path: flag, message: unknownFlag(flag, flags, takes) })),
    ...found.problems,
    // After an unknown flag nobody knows what is a word and what its value.
    ...(found.unknown.length > 0 ? [] : wordProblems(found.words, takes.words)),
  ];
  if (problems.length === 0) return { words: found.words, given: givenOf(found.values, takes.flags), settings };
  throw new PosternError('invalid', `The command is: ${usage}`, { fields: problems, exitStatus: 64 });
}

/** A `kid` (RFC 7638) begins with a dash now and then. */
const thumbprint = /^-[\w-]{42}$/;

function readOwn(argv: readonly string[], flags: Flags): Found {
  const found: Found = { values: new Map(), words: [], unknown: [], problems: [] };
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    if (argument === '--') {
      found.words.push(...argv.slice(index + 1));
      break;
    }
    const [, name = argument.slice(2), inline] = /^--([^=]+)=(.*)$/s.exec(argument) ?? [];
    const positive = name.replace(/^no-/, '');
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    const isWord = !argument.startsWith('-') || argument === '-' || (flag === undefined && thumbprint.test(argument));
    if (isWord) found.words.push(argument);
    else if (flag === undefined && Object.hasOwn(flags, positive) && flags[positive]?.negates) {
      add(found, positive, 'false');
    } else if (flag === undefined || !argument.startsWith('--')) {
      found.unknown.push(argument.split('=', 1)[0] ?? '');
    } else if (flag.value === undefined) {
      if (inline === undefined) add(found, name, 'true');
      else found.problems.push({ path: `--${name}`, message: 'takes no value' });
    } else {
      const follows = argv[index + 1];
      const value = inline ?? (follows?.startsWith('--') ? undefined : follows);
      if (inline === undefined && value !== undefined) index += 1;
      if (value === undefined || (value === '' && !flag.clears)) {
        found.problems.push({ path: `--${name}`, message: `needs a value: ${flag.value}` });
      } else add(found, name, value, flag.many !== undefined);
    }
  }
  return found;
}

function add({ values, problems }: Found, name: string, value: string, isMany = false): void {
  const before = values.get(name) ?? [];
  if (before.length > 0 && !isMany) problems.push({ path: `--${name}`, message: 'is given more than once' });
  values.set(name, [...before, value]);
}

function givenOf(values: Found['values'], flags: Flags): Given<Flags> {
  const entries = [...values].map(([name, texts]) => {
    const { value, many } = flags[name] ?? {};
    if (many === 'list') return [name, texts.flatMap(itemsOf)] as const;
    if (many === 'each') return [name, texts] as const;
    return [name, value === undefined ? texts[0] === 'true' : texts[0]] as const;
  });
  return Object.fromEntries(entries) as Given<Flags>;
}

/** The items of `a, b`. */
export const itemsOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Words are not repeated: one that is too many may be a password that somebody mistyped. */
function wordProblems(words: readonly string[], takes: readonly string[]): FieldProblem[] {
  const missing = takes.slice(words.length).filter((word) => !word.startsWith('['));
  if (missing.length > 0) return missing.map((word) => ({ path: word, message: 'is missing' }));
  const more = words.length - takes.length;
  if (more <= 0) return [];
  return [{ path: 'arguments', message: more === 1 ? 'hold one word too many' : `hold ${more} words too many` }];
}

function unknownFlag(flag: string, known: readonly string[], { words }: Takes): string {
  const bare = flag.replace(/^-+/, '');
  if (words[0] === `<${bare}>`) return 'is not a flag any more: write the value itself after the verb';
  if (/^(password|secret)$/.test(bare)) return 'does not exist, because other users can see arguments';
  return `is not a flag${suggestion(flag, known)}`;
}
