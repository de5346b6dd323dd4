/** Finds the command, runs it, and turns what it throws into a sentence and an exit status. */
import { PosternError } from '../base/errors.ts';
import { suggestion } from '../config/nearest.ts';
import { type Io, printError, processIo } from './output.ts';

type Command = (argv: readonly string[], io: Io) => Promise<number>;

/** Loaded when they are called: a server must not wait for the prompt of `account add`. */
const commands: Record<string, () => Promise<Command>> = {
  dev: async () => (await import('./serve.ts')).devCommand,
  serve: async () => (await import('./serve.ts')).serveCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  config: async () => (await import('./config.ts')).configCommand,
  account: async () => (await import('./accounts.ts')).accountCommand,
  client: async () => (await import('./clients.ts')).clientCommand,
};

export const help = `postern: a small OpenID Connect provider

  postern dev [flags]        an issuer on this machine, with sample people (this is the default)
  postern serve [flags]      the sign-on of a team
  postern migrate [flags]    brings the database of serve to this version
  postern account add        adds a person; also unlock
  postern client add         registers an app
  postern config check       whether the settings are right; also print, reference, schema

Flags and settings: postern config reference --flags
`;

/** Runs one command line. Returns the exit status; never throws. */
export async function run(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    const [name = 'dev', ...rest] = argv;
    if (name === 'help' || name === '--help' || name === '-h') {
      io.out(help);
      return 0;
    }
    // `npx postern --port 5000` is `postern dev --port 5000`.
    if (name.startsWith('-')) return await (await find('dev'))(argv, io);
    return await (await find(name))(rest, io);
  } catch (error) {
    return printError(io, error);
  }
}

function find(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return load();
  const message = `There is no command ${name}${suggestion(name, Object.keys(commands))}. See: postern help`;
  throw new PosternError('invalid', message, { exitStatus: 64 });
}
