/** merge: from what the sources gave to final values: checks each one by its type, picks the winner, fills in defaults. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { FieldProblem } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import { suggestion } from '../base/nearest.ts';
import { inWords, namesAt } from '../base/problems.ts';
import type { EntryTypes } from './entries.ts';
import type { Values } from './schema.ts';
import type { DefaultContext, NamedSetting } from './setting.ts';
import { type Given, type Source, type Step, unresolved } from './source.ts';

type Around = { readonly mode: Mode; readonly cwd: string; readonly entries: EntryTypes };

/** The last source that mentions a setting wins; what is wrong in any source is a problem all the same. */
export function merge(
  settings: readonly NamedSetting[],
  sources: readonly Source[],
  around: Around,
  problems: FieldProblem[],
) {
  const winners = new Map<string, { value: unknown; given: Given }>();
  const broken = new Set<string>();
  for (const { key, setting } of settings) {
    for (const source of sources) {
      const given = source.given.get(key);
      if (given === undefined) continue;
      const strict = around.entries[key];
      const parsed = parse(strict ?? setting.type, given, problems);
      // The rooms only say whether a list is right: they fill in defaults themselves.
      if (parsed.isGood) winners.set(key, { value: strict ? given.value : parsed.value, given });
      else broken.add(key);
    }
  }
  const isSet = (key: string) => broken.has(key) || isPresent(winners.get(key)?.value);
  const values = finalValues(settings, winners, isSet, around);
  const origins = Object.fromEntries(settings.map(({ key }) => [key, winners.get(key)?.given.origin ?? 'default']));
  return {
    values,
    origins,
    isSet,
    isBroken: (key: string) => broken.has(key),
    given: (key: string) => winners.get(key)?.given,
  };
}

const isPresent = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0);

function finalValues(
  settings: readonly NamedSetting[],
  winners: ReadonlyMap<string, { value: unknown }>,
  isSet: (key: string) => boolean,
  { mode, cwd }: Around,
): Values {
  const byKey = new Map(settings.map((named) => [named.key, named.setting]));
  const value = (key: string): unknown => {
    const setting = byKey.get(key);
    const winner = winners.get(key);
    const plain = winner ? winner.value : setting?.fallback(context);
    if (setting?.kind === 'path' && typeof plain === 'string') return resolve(cwd, plain);
    // One spelling of the issuer everywhere: no trailing slash, no default port, lower case.
    return key === 'issuer' && typeof plain === 'string' && URL.canParse(plain) ? new URL(plain).origin : plain;
  };
  const context: DefaultContext = { mode, value, isSet };
  const root: Record<string, unknown> = {};
  for (const { path, key } of settings) {
    let level = root;
    for (const step of path.slice(0, -1)) {
      level[step] ??= {};
      level = level[step] as Record<string, unknown>;
    }
    level[path.at(-1) ?? key] = value(key);
  }
  return root as Values;
}

type Parsed = { readonly isGood: true; readonly value: unknown } | { readonly isGood: false };

function parse(type: z.ZodType, given: Given, problems: FieldProblem[]): Parsed {
  const parsed = type.safeParse(given.value, inWords);
  if (parsed.success) return { isGood: true, value: parsed.data };
  for (const issue of parsed.error.issues) {
    const inside = issue.path as Step[];
    // That it could not be found has been reported.
    if (at(given.value, inside) === unresolved) continue;
    if (issue.code === 'unrecognized_keys') {
      const known = namesAt(type, inside);
      for (const name of issue.keys) {
        const path = given.place([...inside, name], 'key');
        problems.push({ path, message: `is not known${suggestion(name, known)}` });
      }
    } else problems.push({ path: given.place(inside), message: issue.message });
  }
  return { isGood: false };
}

function at(value: unknown, inside: readonly Step[]): unknown {
  return inside.reduce((node, step) => (node as Record<Step, unknown> | undefined)?.[step], value);
}
