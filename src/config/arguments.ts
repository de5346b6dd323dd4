/** Takes the flags of settings out of a command line that has words and flags of its own beside them. */
import { schema } from './schema.ts';
import { settingsOf } from './setting.ts';

/** `settings` is for loadConfig; `rest` is the command's, in order; `known` are the flags of all settings, to suggest one. */
export type Split = { settings: string[]; rest: string[]; known: string[] };

/** Splits the arguments. What follows a `--` is the command's; so are the flags named in `own`, whatever settings there are. */
export function splitArguments(argv: readonly string[], own: ReadonlySet<string>): Split {
  const takesValue = new Map<string, boolean>([['--config', true]]);
  for (const { flag, setting } of settingsOf(schema)) {
    if (flag === undefined) continue;
    takesValue.set(flag, setting.kind !== 'boolean');
    if (setting.kind === 'boolean') takesValue.set(flag.replace(/^--/, '--no-'), false);
  }
  const split: Split = { settings: [], rest: [], known: [...takesValue.keys()] };
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    if (argument === '--') return { ...split, rest: [...split.rest, ...argv.slice(index)] };
    const flag = argument.split('=', 1)[0] ?? '';
    const needsValue = own.has(flag) ? undefined : takesValue.get(flag);
    if (needsValue === undefined) {
      split.rest.push(argument);
      continue;
    }
    split.settings.push(argument);
    const follows = argv[index + 1];
    if (!needsValue || argument.includes('=') || follows === undefined || follows.startsWith('--')) continue;
    split.settings.push(follows);
    index += 1;
  }
  return split;
}
