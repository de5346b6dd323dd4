/** `postern account add | unlock`: people who can sign in, while pages for it don't exist yet. */
import { PosternError } from '../base/errors.ts';
import { takeFlags } from '../config/flags.ts';
import { modeOf } from './mode.ts';
import { asksForHelp, type Io, printJson } from './output.ts';
import { readPassword } from './prompt.ts';
import { withServices } from './services.ts';

export const accountHelp = `postern account add --username <name> [--name <full name>] [--email <address>] [--group <a,b>] [--json] [flags]
postern account unlock --username <name> [--json] [flags]

unlock lets a person in again whose account too many failed sign-ins have closed. For add:

The password is asked for, or read from standard input; it never is an argument.
  --email-verified   the address is known to be the person's
  --mode dev         the database of dev (default: serve)
`;

const addFlags = {
  username: true,
  name: true,
  email: true,
  'email-verified': false,
  group: true,
  mode: true,
  json: false,
};
const unlockFlags = { username: true, mode: true, json: false };

export async function accountCommand(argv: readonly string[], io: Io): Promise<number> {
  const [verb, ...rest] = argv;
  if (asksForHelp(argv)) {
    io.out(accountHelp);
    return 0;
  }
  if (verb === 'add') return add(rest, io);
  if (verb === 'unlock') return unlock(rest, io);
  io.err(accountHelp);
  return 64;
}

async function add(argv: readonly string[], io: Io): Promise<number> {
  const { own, rest } = takeFlags(argv, addFlags);
  const username = usernameOf(own);
  const account = await withServices({ mode: modeOf(own.mode), argv: rest, io }, async ({ accounts }) =>
    accounts.create(
      {
        username,
        password: await readPassword(),
        ...(own.name && { name: own.name }),
        ...(own.email && { email: own.email, emailVerified: own['email-verified'] !== undefined }),
        ...(own.group && { groups: own.group.split(',').map((group) => group.trim()) }),
      },
      { by: { type: 'operator' } },
    ),
  );
  if (own.json) printJson(io, { id: account.id, username: account.username });
  else io.out(`Added ${account.username} (${account.id}).\n`);
  return 0;
}

async function unlock(argv: readonly string[], io: Io): Promise<number> {
  const { own, rest } = takeFlags(argv, unlockFlags);
  const username = usernameOf(own);
  const account = await withServices({ mode: modeOf(own.mode), argv: rest, io }, ({ accounts }) =>
    accounts.unlock(username, { type: 'operator' }),
  );
  if (own.json) printJson(io, { id: account.id, username: account.username });
  else io.out(`Unlocked ${account.username} (${account.id}).\n`);
  return 0;
}

function usernameOf({ username }: Record<string, string | undefined>): string {
  if (username !== undefined) return username;
  throw new PosternError('invalid', `--username is missing.\n${accountHelp}`, { exitStatus: 64 });
}
