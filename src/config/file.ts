/** file: `postern.yaml` as a source, with line and column for every problem. Imports the YAML parser when there is a file. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Document, LineCounter, Pair, Scalar } from 'yaml';
import type { FieldProblem } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import type { Environment } from './environment.ts';
import { exposureOf, reasonOf } from './secret-file.ts';
import type { Tree } from './setting.ts';
import { hiddenSecret, type ObjectReader, pathText, readObject, type Source, type Step, unresolved } from './source.ts';

const maxBytes = 1_048_576;

type FileSource = Source & {
  /** The absolute path, or undefined when there is no file. */
  readonly file: string | undefined;
  /** Variables that the file refers to as `${NAME}`. */
  readonly referenced: ReadonlySet<string>;
};

export const noFile: FileSource = { file: undefined, given: new Map(), problems: [], referenced: new Set() };

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
  });
  const read = readText(file, options.mode);
  if ('absent' in read && !options.isRequired) return noFile;
  if (read.problem !== undefined) return failed([{ path: name, message: read.problem }]);

  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  let document: Document.Parsed;
  let data: unknown;
  try {
    document = parseDocument(read.text, { lineCounter: lines, prettyErrors: false });
    const broken = [...document.errors, ...document.warnings].map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return { path: `${name}:${line}:${col}`, message: `is not valid YAML: ${error.message}` };
    });
    if (broken.length > 0) return failed(broken);
    data = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const reason = error instanceof RangeError ? 'it is nested too deeply' : reasonOf(error);
    return failed([{ path: name, message: `is not valid YAML: ${reason}` }]);
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
  return { ...source, file, referenced };
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
  { tree, env }: Options,
  referenced: Set<string>,
): ObjectReader & { holdsSecret(): boolean } {
  let isPlain = false;
  const spot = (steps: readonly Step[], target?: 'key') => {
    const { line, col } = lines.linePos(offsetOf(document, steps, target));
    return `${name}:${line}:${col}`;
  };
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
