/** Finds the command, runs it, and turns what it throws into a sentence and an exit status. */
import { PosternError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { type Io, printError, processIo } from './output.ts';
import { type Noun, nounCommand } from './verbs.ts';

type Command = (argv: readonly string[], io: Io) => Promise<number>;

type Listed = { help: string; load: () => Promise<Command> };

const serving = () => import('./serve.ts');
const directory = () => import('./directory.ts');
const backups = () => import('./backup.ts');

/** Loaded when they are called: a server must not wait for what its commands need. */
const commands: Record<string, Listed> = {
  dev: {
    help: 'an issuer on this machine, with sample people (this is the default)',
    load: async () => (await serving()).devCommand,
  },
  serve: { help: 'the sign-on of a team', load: async () => (await serving()).serveCommand },
  migrate: {
    help: 'brings the database of serve to this version',
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  plan: { help: 'what the file would change', load: async () => (await directory()).planCommand },
  apply: { help: 'makes the database what the file says', load: async () => (await directory()).applyCommand },
  export: { help: 'writes the present state as such a file', load: async () => (await directory()).exportCommand },
  backup: { help: 'copies the database while the server runs', load: async () => (await backups()).backupCommand },
  restore: { help: 'puts such a copy in its place', load: async () => (await backups()).restoreCommand },
  receive: {
    help: 'an app that checks the logout tokens of any provider',
    load: async () => (await import('./receive.ts')).receiveCommand,
  },
  config: {
    help: 'check, print, reference, schema: the settings',
    load: async () => (await import('./config.ts')).configCommand,
  },
};

/** What is administered, each with a table of verbs. */
const nouns: Record<string, () => Promise<Noun>> = {
  account: async () => (await import('./accounts.ts')).account,
  group: async () => (await import('./groups.ts')).group,
  attribute: async () => (await import('./attributes.ts')).attribute,
  client: async () => (await import('./clients.ts')).client,
  session: async () => (await import('./sessions.ts')).session,
  delivery: async () => (await import('./deliveries.ts')).delivery,
  audit: async () => (await import('./audit.ts')).audit,
  'api-key': async () => (await import('./api-keys.ts')).apiKey,
  key: async () => (await import('./keys.ts')).key,
};

/** The whole command line, from the same tables that run it. */
async function help(): Promise<string> {
  const rows = Object.entries(commands).map(([name, listed]) => [name, listed.help]);
  const nounRows = await Promise.all(
    Object.entries(nouns).map(async ([name, load]) => [name, Object.keys((await load()).verbs).join(', ')]),
  );
  const line = ([name = '', text = '']: string[]) => `  postern ${name.padEnd(10)} ${text}\n`;
  return `postern: a small OpenID Connect provider

${rows.map(line).join('')}
${nounRows.map(line).join('')}
More of each: postern <command> --help
Flags and settings: postern config reference --flags
`;
}

/** Runs one command line. Returns the exit status; never throws. */
export async function run(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    const [name = 'dev', ...rest] = argv;
    if (name === 'help' || name === '--help' || name === '-h') {
      const [about] = rest;
      if (about !== undefined) return await (await find(about))(['--help'], io);
      io.out(await help());
      return 0;
    }
    // `npx postern --port 5000` is `postern dev --port 5000`.
    if (name.startsWith('-')) return await (await find('dev'))(argv, io);
    return await (await find(name))(rest, io);
  } catch (error) {
    return printError(io, error);
  }
}

async function find(name: string): Promise<Command> {
  if (Object.hasOwn(nouns, name)) return nounCommand(await (nouns[name] as () => Promise<Noun>)());
  const listed = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (listed) return listed.load();
  const known = [...Object.keys(commands), ...Object.keys(nouns)];
  const message = `There is no command ${name}${suggestion(name, known) || '.'} See: postern help`;
  throw new PosternError('invalid', message, { exitStatus: 64 });
}
