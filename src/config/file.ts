/** file: `postern.yaml` as a source, with line and column for every problem. Imports the YAML parser when there is a file. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Document, LineCounter, Pair, Scalar } from 'yaml';
import type { FieldProblem } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import type { Environment } from './environment.ts';
import { exposureOf, readSecretFile, reasonOf } from './secret-file.ts';
import type { Tree } from './setting.ts';
import {
  hiddenSecret,
  type ObjectReader,
  pathText,
  readObject,
  type Source,
  type Step,
  stepsOf,
  unresolved,
} from './source.ts';

/** Some 30,000 accounts. */
const maxBytes = 16_777_216;
/** Uses of anchors, multiplied where one stands within another: enough for each account to have its groups by one. */
const maxAliasCount = 100_000;

type FileSource = Source & {
  /** The absolute path, or undefined when there is no file. */
  readonly file: string | undefined;
  /** Variables that the file refers to as `${NAME}`. */
  readonly referenced: ReadonlySet<string>;
  /** `postern.yaml:3:7 accounts[0].name` for the path of a part; reads the text anew, so for problems only. */
  place(path: string, target?: 'key'): string;
};

export const noFile: FileSource = {
  file: undefined,
  given: new Map(),
  problems: [],
  referenced: new Set(),
  place: (path) => path,
};

type Options = {
  readonly file: string;
  /** Whether somebody named the file; the default one may be absent. */
  readonly isRequired: boolean;
  readonly tree: Tree;
  readonly env: Environment;
  readonly mode: Mode;
  readonly cwd: string;
  readonly warnings: string[];
};

/** Reads the file. Throws nothing: whatever is wrong with it becomes a problem. */
export async function readConfigFile(options: Options): Promise<FileSource> {
  const file = resolve(options.cwd, options.file);
  const name = shortName(file, options.cwd);
  const failed = (problems: FieldProblem[]): FileSource => ({
    file,
    given: new Map(),
    problems,
    referenced: new Set(),
    place: (path) => path,
  });
  const read = readText(file, options.mode);
  if ('absent' in read && !options.isRequired) return noFile;
  if (read.problem !== undefined) return failed([{ path: name, message: read.problem }]);

  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  let document: Document.Parsed;
  let data: unknown;
  try {
    document = yaml.parseDocument(read.text, { lineCounter: lines, prettyErrors: false });
    const at = (offset: number) => {
      const { line, col } = lines.linePos(offset);
      return `${name}:${line}:${col}`;
    };
    const broken = [...document.errors, ...document.warnings].map((error) => {
      return { path: at(error.pos[0]), message: `is not valid YAML: ${error.message}` };
    });
    broken.push(...endless(document, yaml).map((offset) => ({ path: at(offset), message: isEndless })));
    if (broken.length > 0) return failed(broken);
    data = document.toJS({ maxAliasCount });
  } catch (error) {
    return failed([{ path: name, message: unreadable(error) }]);
  }
  const referenced = new Set<string>();
  const reader = readerOf(name, document, lines, options, referenced);
  const source = readObject(data, reader);
  // The file is a secret itself as soon as it holds one in plain text.
  if (read.exposure && reader.holdsSecret()) {
    const message = `holds secrets and ${read.exposure.message}`;
    if (read.exposure.refused) source.problems.push({ path: name, message });
    else options.warnings.push(`${name} ${message}.`);
  }
  return { ...source, file, referenced, place: placesIn(name, read.text, yaml) };
}

const isEndless = 'names an anchor of which it is a part itself: write the value out';

/** Where an alias stands in what it stands for. */
function endless(document: Document.Parsed, { visit }: typeof import('yaml')): number[] {
  const found: number[] = [];
  visit(document, {
    Alias(_, { source, range }, path) {
      if (path.some((node) => 'anchor' in node && node.anchor === source)) found.push(range?.[0] ?? 0);
    },
  });
  return found;
}

function unreadable(error: unknown): string {
  if (error instanceof RangeError) return 'is not valid YAML: it is nested too deeply';
  const reason = reasonOf(error);
  if (reason.startsWith('Excessive alias count')) return 'uses anchors (*name) too often: write the values out';
  return `is not valid YAML: ${reason}`;
}

/** Keeps the text alone: the parsed document of a large file is a hundred times its size. */
function placesIn(name: string, text: string, yaml: typeof import('yaml')): FileSource['place'] {
  let parsed: { document: Document.Parsed; lines: LineCounter } | undefined;
  return (path, target) => {
    if (parsed === undefined) {
      const lines = new yaml.LineCounter();
      parsed = { lines, document: yaml.parseDocument(text, { lineCounter: lines }) };
    }
    return `${spotIn(name, parsed.document, parsed.lines, stepsOf(path), target)} ${path}`.trim();
  };
}

function spotIn(name: string, document: Document.Parsed, lines: LineCounter, steps: readonly Step[], target?: 'key') {
  const { line, col } = lines.linePos(offsetOf(document, steps, target));
  return `${name}:${line}:${col}`;
}

function shortName(file: string, cwd: string): string {
  const name = relative(cwd, file);
  return name === '' || name.startsWith('..') ? file : name;
}

type Read =
  | { text: string; exposure: ReturnType<typeof exposureOf>; problem?: undefined }
  | { problem: string; absent?: true };

function readText(file: string, mode: Mode): Read {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    const problem = `cannot be read: ${reasonOf(error)}`;
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? { problem, absent: true } : { problem };
  }
  try {
    const stats = fstatSync(descriptor);
    if (stats.size > maxBytes) return { problem: `is larger than ${maxBytes} bytes` };
    return { text: readFileSync(descriptor, 'utf8'), exposure: exposureOf(stats, mode) };
  } catch (error) {
    return { problem: `cannot be read: ${reasonOf(error)}` };
  } finally {
    closeSync(descriptor);
  }
}

function readerOf(
  name: string,
  document: Document.Parsed,
  lines: LineCounter,
  options: Options,
  referenced: Set<string>,
): ObjectReader & { holdsSecret(): boolean } {
  const { tree, env } = options;
  let isPlain = false;
  const spot = (steps: readonly Step[], target?: 'key') => spotIn(name, document, lines, steps, target);
  return {
    tree,
    origin: spot,
    place: (steps, target) => [spot(steps, target), pathText(steps)].filter((part) => part !== '').join(' '),
    holdsSecret: () => isPlain,
    resolveSecret(value, problem) {
      const variable = typeof value === 'string' ? /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(value)?.[1] : undefined;
      if (value === hiddenSecret) {
        problem('is what `config print` shows in place of a secret: put the secret there');
        return unresolved;
      }
      const named = fileNamedBy(value);
      if (named !== undefined) return secretFromFile(named, options, problem);
      if (variable === undefined) {
        isPlain = true;
        return value;
      }
      referenced.add(variable);
      const text = env[variable];
      if (text) return text;
      problem(`refers to the variable ${variable}, which is not set`);
      return unresolved;
    },
  };
}

/** `{ file: path }` in the place of a secret. */
function fileNamedBy(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { file, ...more } = value as { file?: unknown };
  return typeof file === 'string' && Object.keys(more).length === 0 ? file : undefined;
}

/** The path is relative to the file that names it. */
function secretFromFile(named: string, options: Options, problem: (message: string) => void) {
  const from = dirname(resolve(options.cwd, options.file));
  const read = readSecretFile(resolve(from, named), options.mode);
  if (read.problem !== undefined) {
    problem(`names ${named}, which ${read.problem}`);
    return unresolved;
  }
  if (read.warning) options.warnings.push(`${options.file} names ${named}, which ${read.warning}.`);
  return read.text;
}

/** Where a key or a value begins; for what is missing, where the nearest thing around it begins. */
function offsetOf(document: Document.Parsed, steps: readonly Step[], target?: 'key'): number {
  for (let length = steps.length; length > 0; length -= 1) {
    const isWhole = length === steps.length;
    const parent = length === 1 ? document.contents : document.getIn(steps.slice(0, length - 1), true);
    const items = (parent as { items?: (Pair<Scalar, { range?: number[] } | null> | null)[] } | null)?.items;
    const pair = items?.find((item) => item?.key?.value === steps[length - 1]);
    const value = document.getIn(steps.slice(0, length), true) as { range?: number[] } | undefined;
    const start =
      isWhole && target !== 'key'
        ? (value?.range?.[0] ?? pair?.key?.range?.[0])
        : (pair?.key?.range?.[0] ?? value?.range?.[0]);
    if (start !== undefined) return start;
  }
  return document.contents?.range?.[0] ?? 0;
}
