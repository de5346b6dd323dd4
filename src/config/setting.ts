/**
 * setting: what one setting is, and how a tree of settings is walked. Names are derived here and nowhere else:
 * `http.trustProxy` in the file is `POSTERN_HTTP_TRUST_PROXY` in the environment and `--http-trust-proxy` as a flag.
 * It knows no setting by name.
 */
import { z } from 'zod';
import type { Mode } from '../base/mode.ts';

/** How a value is written as text: `path` is text relative to the working directory, `list` is separated by commas. */
type Kind = 'text' | 'path' | 'integer' | 'boolean' | 'list' | 'entries';

/** What a computed default may look at: the mode, the final value of another setting, and whether someone set it. */
export type DefaultContext = { readonly mode: Mode; value(key: string): unknown; isSet(key: string): boolean };

export type Setting<T> = {
  readonly kind: Kind;
  readonly type: z.ZodType<T>;
  /** One line for people: what it does, with its unit. */
  readonly help: string;
  readonly fallback: (context: DefaultContext) => T;
  /** What the reference prints as the default where the value depends on the machine or another setting. */
  readonly fallbackText?: string;
  /** Never printed; has a `…_FILE` variant; no flag that carries the value itself. */
  readonly secret?: boolean;
};

export type Tree = { readonly [key: string]: Setting<unknown> | Tree };

/** The plain data that a tree of settings describes. */
export type ValuesOf<T> =
  T extends Setting<infer V> ? V : { readonly [K in keyof T]: T[K] extends object ? ValuesOf<T[K]> : never };

export type NamedSetting = {
  readonly path: readonly string[];
  /** The path with dots: `http.trustProxy`. */
  readonly key: string;
  /** The variable, or undefined for entries, which only the file can hold. */
  readonly env: string | undefined;
  /** The flag that carries the value, for a secret the file to read it from; undefined for entries. */
  readonly flag: string | undefined;
  readonly setting: Setting<unknown>;
};

type PerMode<T> = { readonly dev: T; readonly testing: T; readonly serve: T };
type Options<T> = Partial<Pick<Setting<T>, 'fallbackText' | 'secret'>>;

function fallbackOf<T>(fallback: Fallback<T>): (context: DefaultContext) => T {
  if (typeof fallback === 'function') return fallback as (context: DefaultContext) => T;
  if (isPerMode(fallback)) return ({ mode }) => fallback[mode];
  return () => fallback;
}

function isPerMode<T>(fallback: Fallback<T>): fallback is PerMode<T> {
  return typeof fallback === 'object' && fallback !== null && 'serve' in fallback && 'testing' in fallback;
}

/** A default: a value, one value per mode, or computed from the mode and other settings. */
type Fallback<T> = T | PerMode<T> | ((context: DefaultContext) => T);

/** A setting of any type that is written as text. */
export function text<T>(type: z.ZodType<T>, help: string, fallback: Fallback<T>, options: Options<T> = {}): Setting<T> {
  return { kind: 'text', type, help, fallback: fallbackOf(fallback), ...options };
}

/** A file or directory; the value is absolute after loading. */
export function path<T>(type: z.ZodType<T>, help: string, fallback: Fallback<T>, options: Options<T> = {}): Setting<T> {
  return { kind: 'path', type, help, fallback: fallbackOf(fallback), ...options };
}

/** A whole number between two bounds, both included. */
export function integer(
  [min, max]: readonly [number, number],
  help: string,
  fallback: Fallback<number>,
  options: Options<number> = {},
): Setting<number> {
  const error = `must be a whole number from ${min} to ${max}`;
  const type = z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
  return { kind: 'integer', type, help, fallback: fallbackOf(fallback), ...options };
}

export function toggle(help: string, fallback: Fallback<boolean>, options: Options<boolean> = {}): Setting<boolean> {
  const type = z.boolean({ error: 'must be true or false' });
  return { kind: 'boolean', type, help, fallback: fallbackOf(fallback), ...options };
}

/** Several values of one type: a YAML list, or one text separated by commas. */
export function list<T>(
  item: z.ZodType<T>,
  help: string,
  fallback: Fallback<readonly T[]>,
  options: Options<readonly T[]> = {},
): Setting<readonly T[]> {
  const type = z.array(item, { error: 'must be a list' });
  return { kind: 'list', type, help, fallback: fallbackOf(fallback), ...options };
}

/** A list of objects, which only the file (or code) can hold. */
export function entries<T>(item: z.ZodType<T>, help: string): Setting<readonly T[]> {
  return { kind: 'entries', type: z.array(item, { error: 'must be a list' }), help, fallback: () => [] };
}

/** Like `entries`, where a list that is absent means something else than an empty one. */
export function managedEntries<T>(item: z.ZodType<T>, help: string): Setting<readonly T[] | undefined> {
  const type = z.array(item, { error: 'must be a list' }).optional();
  return { kind: 'entries', type, help, fallback: () => undefined };
}

/** The type of one item of a list of entries. */
export function itemOf(setting: Setting<unknown>): z.ZodType | undefined {
  const type = setting.type instanceof z.ZodOptional ? setting.type.unwrap() : setting.type;
  return type instanceof z.ZodArray ? (type.element as z.ZodType) : undefined;
}

export function isSetting(node: Setting<unknown> | Tree): node is Setting<unknown> {
  return typeof (node as Setting<unknown>).fallback === 'function';
}

/** All settings of a tree in the order they are written, with their names. */
export function settingsOf(tree: Tree, above: readonly string[] = []): NamedSetting[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    const steps = [...above, name];
    return isSetting(node) ? [named(steps, node)] : settingsOf(node, steps);
  });
}

function named(path: readonly string[], setting: Setting<unknown>): NamedSetting {
  const key = path.join('.');
  if (setting.kind === 'entries') return { path, key, env: undefined, flag: undefined, setting };
  const words = path.map((step) => step.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).join('-');
  const env = `POSTERN_${words.toUpperCase().replaceAll('-', '_')}`;
  return { path, key, env, flag: setting.secret ? `--${words}-file` : `--${words}`, setting };
}
