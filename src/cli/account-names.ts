/** Accounts by what people call them, and back. */
import type { Account, App } from '../app.ts';
import { PosternError } from '../base/errors.ts';

/** The account with that id, user name or verified e-mail address. Throws `not_found`. */
export async function accountNamed({ accounts }: App, name: string): Promise<Account> {
  const found = (await accounts.find(name)) ?? (await accounts.findByUsername(name));
  if (found) return found;
  throw new PosternError('not_found', `There is no account ${name}. Look for it: postern account list --search <part>`);
}

const mostKept = 1000;

/** User names by id, each looked up once; for an account that is gone, its id. */
export function createUsernames({ accounts }: App): (id: string) => Promise<string> {
  const known = new Map<string, string>();
  return async (id) => {
    const name = known.get(id) ?? (await accounts.find(id))?.username ?? id;
    if (known.size >= mostKept) known.clear();
    known.set(id, name);
    return name;
  };
}
