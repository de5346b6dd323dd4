/** environment: POSTERN_… variables and their …_FILE variants as a source. An empty variable counts as absent. */
import { resolve } from 'node:path';
import type { Mode } from '../base/mode.ts';
import { suggestion } from '../base/nearest.ts';
import { readSecretFile } from './secret-file.ts';
import type { NamedSetting } from './setting.ts';
import { type Source, textGiven, unresolvedGiven } from './source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

type Surroundings = { readonly mode: Mode; readonly cwd: string; readonly warnings: string[] };

/** `foreign` are variables that may exist without being settings: POSTERN_CONFIG, and those the file refers to. */
export function readEnvironment(
  env: Environment,
  settings: readonly NamedSetting[],
  foreign: ReadonlySet<string>,
  surroundings: Surroundings,
): Source {
  const source: Source = { given: new Map(), problems: [] };
  const known = new Set(foreign);
  for (const named of settings) {
    if (named.env === undefined) continue;
    const names = { value: named.env, file: `${named.env}_FILE` };
    known.add(names.value);
    if (named.setting.secret) known.add(names.file);
    const text = env[names.value];
    const file = named.setting.secret ? env[names.file] : undefined;
    if (text && file) {
      source.problems.push({ path: names.value, message: `is set beside ${names.file}: keep one` });
      source.given.set(named.key, unresolvedGiven(names.value));
    } else if (text) source.given.set(named.key, textGiven(named, text, names.value));
    else if (file) addSecretFile(source, named, file, names.file, surroundings);
  }
  reportUnknown(env, known, source);
  return source;
}

/** Adds the secret that a file holds; `place` is the variable or flag that named the file. */
export function addSecretFile(source: Source, named: NamedSetting, file: string, place: string, around: Surroundings) {
  const read = readSecretFile(resolve(around.cwd, file), around.mode);
  if (read.problem !== undefined) {
    source.problems.push({ path: place, message: `names ${file}, which ${read.problem}` });
    source.given.set(named.key, unresolvedGiven(place));
    return;
  }
  if (read.warning) around.warnings.push(`${place} names ${file}, which ${read.warning}.`);
  source.given.set(named.key, textGiven(named, read.text, place));
}

function reportUnknown(env: Environment, known: ReadonlySet<string>, source: Source): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('POSTERN_') || known.has(name)) continue;
    const isServiceLink = /^POSTERN_(SERVICE_|PORT_\d)/.test(name);
    const hint = isServiceLink
      ? '. Kubernetes adds it for a Service called postern: set enableServiceLinks: false in the pod'
      : suggestion(name, [...known]);
    source.problems.push({ path: name, message: `is not a setting${hint}` });
  }
}
