/**
 * source: what the four sources of values have in common. A source yields, for each setting it mentions, a raw value and
 * the place where it stands, and the problems it met on the way. Whether a value is right is not decided here.
 */
import type { FieldProblem } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { secretFields } from './entries.ts';
import { isSetting, itemOf, type NamedSetting, type Setting, type Tree } from './setting.ts';

export type Step = string | number;

/** What is shown in place of a secret. */
export const hiddenSecret = '(set)';

/** Stands for a secret that could not be found; it has been reported, so its setting is not checked any further. */
export const unresolved: unique symbol = Symbol('unresolved');

export type Given = {
  readonly value: unknown;
  /** Where the value came from, as `config print` says it: `POSTERN_PORT`, `--port`, `postern.yaml:3:7`. */
  readonly origin: string;
  /** Names the place of a part of the value in a problem. `key` points at the name, not at what follows it. */
  place(inside: readonly Step[], target?: 'key'): string;
};

export type Source = { readonly given: Map<string, Given>; readonly problems: FieldProblem[] };

/** `resources[0].audience` from its steps. */
export function pathText(steps: readonly Step[]): string {
  return steps
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

/** The steps of `resources[0].audience`; the opposite of `pathText`, for names without dots and brackets. */
export function stepsOf(path: string): Step[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([text, index]) => (index === undefined ? text : Number(index)));
}

/** A value given as text, in the form its setting has; text that does not fit is returned as it is and refused later. */
export function fromText(setting: Setting<unknown>, text: string): unknown {
  if (setting.kind === 'integer') return /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : text;
  if (setting.kind === 'boolean')
    return { true: true, 1: true, false: false, 0: false }[text.trim().toLowerCase()] ?? text;
  if (setting.kind === 'list') return splitList(text);
  return text;
}

export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A source whose value is one text, from a variable or a flag. */
export function textGiven(named: NamedSetting, text: string, place: string): Given {
  return { value: fromText(named.setting, text), origin: place, place: () => place };
}

/** A secret that is meant to be there and could not be had: nobody is told besides that it is missing. */
export function unresolvedGiven(place: string): Given {
  return { value: unresolved, origin: place, place: () => place };
}

export type ObjectReader = {
  readonly tree: Tree;
  origin(steps: readonly Step[]): string;
  place(steps: readonly Step[], target?: 'key'): string;
  /** Replaces a `${VARIABLE}` or a `{ file: … }` in the place of a secret; throws nothing, reports through `problem`. */
  resolveSecret(value: unknown, problem: (message: string) => void): unknown;
};

/** Reads nested data (the file, or values handed over by code) against the tree of settings; unknown keys are problems. */
export function readObject(data: unknown, reader: ObjectReader): Source {
  const source: Source = { given: new Map(), problems: [] };
  readLevel(data, reader.tree, [], reader, source);
  return source;
}

function readLevel(data: unknown, tree: Tree, steps: Step[], reader: ObjectReader, source: Source): void {
  if (data === null || data === undefined) return;
  const report = (at: Step[], message: string, target?: 'key') =>
    source.problems.push({ path: reader.place(at, target), message });
  if (typeof data !== 'object' || Array.isArray(data)) {
    report(steps, `must be a group of settings: ${Object.keys(tree).slice(0, 6).join(', ')}…`);
    return;
  }
  for (const [name, value] of Object.entries(data)) {
    const at = [...steps, name];
    const node = Object.hasOwn(tree, name) ? tree[name] : undefined;
    if (node === undefined) report(at, `is not a setting${suggestion(name, keysOf(tree, steps))}`, 'key');
    else if (!isSetting(node)) readLevel(value, node, at, reader, source);
    else if (value === undefined) continue;
    // A list of which every line became a comment would be taken for an empty one, and everything in it removed.
    else if (value === null && node.kind === 'entries')
      report(at, 'has nothing in it: write [] if there shall be none at all, or take the line out');
    else if (value === null) report(at, 'has no value: give it one (in quotes if it starts with #) or remove it');
    else source.given.set(pathText(at), givenOf(node, value, at, reader, report));
  }
}

/** What may have been meant: the keys beside it, and the full names of settings that lie deeper. */
function keysOf(tree: Tree, steps: readonly Step[]): string[] {
  return Object.entries(tree).flatMap(([name, node]) =>
    isSetting(node) || steps.length > 0 ? [name] : [name, ...Object.keys(node).map((inner) => `${name}.${inner}`)],
  );
}

type Report = (at: Step[], message: string) => void;

function givenOf(node: Setting<unknown>, value: unknown, at: Step[], reader: ObjectReader, report: Report): Given {
  return {
    value: shaped(node, value, at, reader, report),
    origin: reader.origin(at),
    place: (inside, target) => reader.place([...at, ...inside], target),
  };
}

function shaped(node: Setting<unknown>, value: unknown, at: Step[], reader: ObjectReader, report: Report): unknown {
  if (node.kind === 'entries') return entriesWithSecrets(node, value, at, reader, report);
  const plain = node.secret ? reader.resolveSecret(value, (message) => report(at, message)) : value;
  return node.kind === 'list' && typeof plain === 'string' ? splitList(plain) : plain;
}

function entriesWithSecrets(node: Setting<unknown>, value: unknown, at: Step[], reader: ObjectReader, report: Report) {
  const names = secretFields(itemOf(node));
  if (names.length === 0 || !Array.isArray(value)) return value;
  return value.map((entry, index) => {
    if (!isObject(entry)) return entry;
    const resolved: Record<string, unknown> = { ...entry };
    for (const name of names.filter((field) => Object.hasOwn(resolved, field))) {
      resolved[name] = secretsIn(resolved[name], [...at, index, name], reader, report);
    }
    return resolved;
  });
}

/** One secret, or a list of objects that each have one as their `hash`. */
function secretsIn(value: unknown, at: Step[], reader: ObjectReader, report: Report): unknown {
  if (!Array.isArray(value)) return reader.resolveSecret(value, (message) => report(at, message));
  return value.map((item, index) => {
    if (!isObject(item) || !Object.hasOwn(item, 'hash')) return item;
    const hash = reader.resolveSecret(item.hash, (message) => report([...at, index, 'hash'], message));
    return { ...item, hash };
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
