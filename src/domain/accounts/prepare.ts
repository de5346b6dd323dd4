/** From what is given to what is written: the part that needs no transaction (rules, hashing). */
import type { FieldProblem } from '../../base/errors.ts';
import { type Account, type AccountInput, accountInput, merged, newAccountId, unique } from './account.ts';
import { checkedInput, declaredDigest, newPasswordProblems } from './check.ts';
import type { Services } from './services.ts';
import { findDeclaredPassword } from './store.ts';

/** What `insertIn` and `changeIn` write. `account` is how it looks afterwards. */
export type PreparedAccount = {
  account: Account;
  /** Whether the id of a new account was given and not made up just now. */
  hasGivenId: boolean;
  /** Whether it gets a new password. */
  setsPassword: boolean;
  /** Absent when there is none to set, and after a dry run. */
  passwordHash: string | undefined;
  /** Whether the file declares a password that it did not declare before, be it the present one or not. */
  declaresAnew: boolean;
  /** Digest of what the file declares as the password. */
  declaredPassword: string | undefined;
};

export type Preparing = {
  /** The account as it is now, when there is one. */
  current?: Account | undefined;
  /** The entry of a file: the whole truth about the account, except for the password, which counts when it is another. */
  declared?: boolean | undefined;
  /** Hashes nothing: only to show what would become of it. */
  dryRun?: boolean | undefined;
  exemptFromPolicy?: boolean | undefined;
  /** Further problems of the input; see `checkedInput`. */
  more?: (raw: Record<string, unknown>) => Promise<FieldProblem[]>;
};

const sentence = 'This account cannot be created as it is.';

/**
 * Checks an account and hashes its password. Throws `invalid` with every problem, and `unavailable` when too many are
 * hashed at once. Whether its groups and attributes exist is checked when it is written. Joins no transaction.
 */
export async function prepareAccount(
  services: Services,
  input: AccountInput,
  preparing: Preparing = {},
): Promise<PreparedAccount> {
  const { current, declared = false, dryRun = false, exemptFromPolicy = false } = preparing;
  let declaredPassword: string | undefined;
  let declaresAnew = false;
  let isNew = true;
  const more = async (raw: Record<string, unknown>) => {
    const fields = (await preparing.more?.(raw)) ?? [];
    if (declared) {
      declaredPassword = declaredDigest(services, textsOf(raw));
      const before = current ? await findDeclaredPassword(services.db, current.id) : {};
      declaresAnew = declaredPassword !== undefined && declaredPassword !== before.declaredPassword;
      // What was exported from here and is applied again is what everybody has.
      isNew = declaresAnew && (raw.passwordHash === undefined || raw.passwordHash !== before.passwordHash);
    } else if (raw.id !== undefined) {
      fields.push({ path: 'id', message: 'is given by Postern: leave it out' });
    }
    // What is set already was good when it was set.
    if (isNew && !exemptFromPolicy) fields.push(...(await newPasswordProblems(services, raw.password, raw)));
    return fields;
  };
  const checked = await checkedInput(accountInput, input, { sentence, more });
  const { password, passwordHash: givenHash, id, ...person } = checked;

  const setsPassword = isNew && (password ?? givenHash) !== undefined;
  const passwordHash =
    setsPassword && password !== undefined && !dryRun ? await services.passwords.hash(password) : givenHash;
  const now = services.clock.now();
  const account: Account = {
    id: current?.id ?? id ?? newAccountId(),
    username: person.username,
    name: person.name,
    email: person.email,
    emailVerified: person.emailVerified && person.email !== undefined,
    claims: person.claims,
    attributes: merged({}, person.attributes),
    groups: unique(person.groups),
    disabled: person.disabled,
    origin: declared ? 'file' : (current?.origin ?? 'admin'),
    hasPassword: setsPassword || (current?.hasPassword ?? false),
    tokensFrom: current?.tokensFrom,
    createdAt: current?.createdAt ?? now,
    updatedAt: current?.updatedAt ?? now,
    version: current?.version ?? 1,
  };
  return {
    account,
    hasGivenId: id !== undefined,
    setsPassword,
    declaresAnew,
    passwordHash: setsPassword ? passwordHash : undefined,
    declaredPassword,
  };
}

function textsOf(raw: Record<string, unknown>): { password?: string; passwordHash?: string } {
  const { password, passwordHash } = raw;
  return {
    ...(typeof password === 'string' && { password }),
    ...(typeof passwordHash === 'string' && { passwordHash }),
  };
}
