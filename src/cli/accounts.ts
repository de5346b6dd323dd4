/** `postern account add`: a person who can sign in, while pages for it don't exist yet. */
import { PosternError } from '../base/errors.ts';
import { takeFlags } from '../config/flags.ts';
import { type Io, printJson } from './output.ts';
import { readPassword } from './prompt.ts';
import { modeOf, withServices } from './services.ts';

export const accountHelp = `postern account add --username <name> [--name <full name>] [--email <address>] [--group <a,b>] [--json] [flags]

The password is asked for, or read from standard input; it never is an argument.
  --email-verified   the address is known to be the person's
  --mode dev         adds to the database of dev (default: serve)
`;

const flags = {
  username: true,
  name: true,
  email: true,
  'email-verified': false,
  group: true,
  mode: true,
  json: false,
};

export async function accountCommand(argv: readonly string[], io: Io): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb !== 'add') {
    io.err(accountHelp);
    return verb === undefined || verb === '--help' ? 0 : 64;
  }
  const { own, rest: settings } = takeFlags(rest, flags);
  if (own.username === undefined) {
    throw new PosternError('invalid', `--username is missing.\n${accountHelp}`, { exitStatus: 64 });
  }
  const mode = modeOf(own.mode);
  const account = await withServices({ mode, argv: settings, io }, async ({ accounts }) =>
    accounts.create(
      {
        username: own.username ?? '',
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
