/** flags: `--port 4400`, `--port=4400`, `--memory`, `--no-memory` as a source; and how a command takes out its own flags. */
import { PosternError } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import { suggestion } from '../base/nearest.ts';
import { addSecretFile } from './environment.ts';
import type { NamedSetting } from './setting.ts';
import { type Source, textGiven } from './source.ts';

type Surroundings = { readonly mode: Mode; readonly cwd: string; readonly warnings: string[] };

/** Reads every argument as a setting; what is none is a problem. A list may be given several times. */
export function readFlags(argv: readonly string[], settings: readonly NamedSetting[], around: Surroundings): Source {
  const source: Source = { given: new Map(), problems: [] };
  const byFlag = new Map(settings.flatMap((named) => (named.flag ? [[named.flag, named] as const] : [])));
  const texts = new Map<string, string[]>();
  const report = (path: string, message: string) => source.problems.push({ path, message });
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    const [, flag = argument, inline] = /^(--[^=]+)=(.*)$/s.exec(argument) ?? [];
    const named = byFlag.get(flag) ?? byFlag.get(flag.replace(/^--no-/, '--'));
    const isNegated = named !== undefined && named.flag !== flag;
    if (named === undefined) report(shown(flag), unknownFlag(flag, settings));
    else if (isNegated && named.setting.kind !== 'boolean')
      report(flag, `is not a flag: ${named.flag} is not a switch`);
    else if (named.setting.kind === 'boolean') {
      if (isNegated && inline !== undefined) report(flag, 'takes no value');
      else texts.set(named.key, [...(texts.get(named.key) ?? []), isNegated ? 'false' : (inline ?? 'true')]);
    } else {
      const follows = argv[index + 1];
      const text = inline ?? (follows?.startsWith('--') ? undefined : follows);
      if (inline === undefined && text !== undefined) index += 1;
      if (text === undefined || text === '') report(flag, 'needs a value');
      else texts.set(named.key, [...(texts.get(named.key) ?? []), text]);
    }
  }
  for (const named of settings) addTexts(source, named, texts.get(named.key) ?? [], around);
  return source;
}

function addTexts(source: Source, named: NamedSetting, texts: readonly string[], around: Surroundings): void {
  const [text] = texts;
  if (text === undefined || named.flag === undefined) return;
  if (texts.length > 1 && (named.setting.kind !== 'list' || named.setting.secret)) {
    source.problems.push({ path: named.flag, message: 'is given more than once' });
  } else if (named.setting.secret) addSecretFile(source, named, text, named.flag, around);
  else source.given.set(named.key, textGiven(named, texts.join(','), named.flag));
}

/** A stray argument may be a mistyped password, so only what looks like a flag is repeated. */
const shown = (flag: string) => (/^--?[a-z][a-z0-9-]{0,60}$/i.test(flag) ? flag : 'arguments');

function unknownFlag(flag: string, settings: readonly NamedSetting[]): string {
  if (!flag.startsWith('-')) return 'hold something that is not a flag: write --name value, for example --port 4400';
  const secret = settings.find((named) => named.setting.secret && named.flag === `${flag}-file`);
  if (secret) {
    return `does not exist, because other users can see arguments. Use ${secret.env}, ${secret.env}_FILE or ${secret.flag}`;
  }
  return `is not a flag${suggestion(
    flag,
    settings.flatMap((named) => named.flag ?? []),
  )}`;
}

/**
 * Splits off a command's own flags (`names` without hyphens; `true` for those with a value) and leaves the rest, in
 * order, for loadConfig. Throws `invalid` (exit 64) when a value is missing or a flag is repeated.
 */
export function takeFlags(argv: readonly string[], names: Readonly<Record<string, boolean>>) {
  const own: Record<string, string | undefined> = {};
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    const [, name = argument.slice(2), inline] = /^--([^=]+)=(.*)$/s.exec(argument) ?? [];
    if (!argument.startsWith('--') || !Object.hasOwn(names, name)) {
      rest.push(argument);
      continue;
    }
    const takesValue = names[name] === true;
    const value = takesValue ? (inline ?? argv[index + 1]) : (inline ?? 'true');
    if (takesValue && inline === undefined) index += 1;
    if (own[name] !== undefined) throw usage(`--${name} is given more than once.`);
    if (value === undefined || value === '' || (!takesValue && inline !== undefined)) {
      throw usage(takesValue ? `--${name} needs a value.` : `--${name} takes no value.`);
    }
    own[name] = value;
  }
  return { own, rest };
}

const usage = (message: string) => new PosternError('invalid', message, { exitStatus: 64 });
