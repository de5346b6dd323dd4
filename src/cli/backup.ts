/** `postern backup` and `postern restore`. */
import { makeBackup } from '../app/backup.ts';
import { endLoaded, type Restored, restoreBackup } from '../app/restore.ts';
import { PosternError } from '../base/errors.ts';
import { loadConfig } from '../config/config.ts';
import { type Flags, type Given, readArguments } from './arguments.ts';
import { modeOf } from './mode.ts';
import { asksForHelp, type Io, printJson, printWarnings } from './output.ts';
import { withServices } from './services.ts';

export const backupHelp = `postern backup [<file>] [--keep <n>] [--json] [--mode dev] [flags]

Copies a SQLite database while the server runs, checks the copy, and makes it readable for you alone.
Without a file it goes to backups/ beside the database; --keep leaves the newest n there. A backup needs
the POSTERN_SECRET of its time: keep that too, in another place. PostgreSQL: pg_dump --format=custom.
`;

export const restoreHelp = `postern restore <file> [--keep-sessions] [--json] [--mode dev] [flags]
postern restore --loaded [flags]

Puts a backup in the place of the SQLite database; the server must be stopped. The database that was there
stays beside it. Everybody signs in again, links and API keys made before end, unless:
  --keep-sessions   what lives in the backup and in the present database goes on
  --loaded          PostgreSQL: pg_restore has filled the database; end what was issued

People and clients are those of the backup: who was disabled since may sign in again, a secret that was
retired since works again. The answer names them.
`;

const common = {
  json: { help: 'for scripts' },
  mode: { value: 'mode', help: 'dev: the database of dev (default: serve)' },
} as const satisfies Flags;
const backupFlags = { keep: { value: 'n', help: 'leaves the newest n' }, ...common } as const satisfies Flags;
const restoreFlags = {
  'keep-sessions': { help: 'what lives in both goes on' },
  loaded: { help: 'after pg_restore' },
  ...common,
} as const satisfies Flags;

export async function backupCommand(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) {
    io.out(backupHelp);
    return 0;
  }
  const { words, given, settings } = readArguments(
    argv,
    { words: ['[<file>]'], flags: backupFlags },
    'postern backup [<file>] [flags]',
  );
  const own = given as Given<typeof backupFlags>;
  const keep = own.keep === undefined ? undefined : countOf(own.keep);
  const made = await withServices({ mode: modeOf(own.mode), argv: settings, io }, (app) =>
    makeBackup(app, { out: words[0], keep }),
  );
  if (own.json) printJson(io, made);
  else io.out([`Backup: ${made.file}\n`, ...made.removed.map((name) => `Removed ${name}\n`)].join(''));
  return 0;
}

export async function restoreCommand(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) {
    io.out(restoreHelp);
    return 0;
  }
  process.umask(0o077);
  const usage = 'postern restore <file> [flags]';
  const { words, given, settings } = readArguments(argv, { words: ['[<file>]'], flags: restoreFlags }, usage);
  const own = given as Given<typeof restoreFlags>;
  const [file] = words;
  if ((own.loaded === true) === (file !== undefined)) {
    const message = `Name the backup: ${usage}; or, after pg_restore: postern restore --loaded`;
    throw new PosternError('invalid', message, { exitStatus: 64 });
  }
  const config = await loadConfig({ mode: modeOf(own.mode), argv: settings });
  printWarnings(io, config.warnings);
  const keepSessions = own['keep-sessions'] === true;
  const restored = file === undefined ? await endLoaded(config) : await restoreBackup(config, { file, keepSessions });
  if (own.json) printJson(io, restored);
  else io.out(tell(restored, keepSessions));
  return 0;
}

function tell({ records, apiKeys, asBefore, kept }: Restored, keptSessions: boolean): string {
  const lines = [
    `Restored. ${keptSessions ? 'What both databases knew goes on' : 'Everybody signs in again'}.`,
    `Ended: ${counted(records, 'session, grant or token', 'sessions, grants and tokens')}, ${counted(apiKeys, 'API key', 'API keys')}.`,
  ];
  if (asBefore && asBefore.accounts.length > 0) {
    lines.push(`Disabled, removed or with another password since, and now as before: ${asBefore.accounts.join(', ')}`);
  }
  if (asBefore && asBefore.clients.length > 0) {
    lines.push(`Disabled, removed or with retired secrets since, and now as before: ${asBefore.clients.join(', ')}`);
  }
  if (kept !== undefined) lines.push(`The database before it: ${kept} (remove it when all is well)`);
  return `${lines.join('\n')}\n`;
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new PosternError('invalid', '--keep needs a whole number from 1 on.', { exitStatus: 64 });
}
