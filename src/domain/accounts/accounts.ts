/**
 * accounts: people, their names, passwords, attributes, groups and links. Owns tables `accounts`, `account_names`,
 * `account_groups` and `account_links`. It does not know cookies as such, pages or the protocol, nor what a group opens.
 */
import { isPosternError } from '../../base/errors.ts';
import { canonicalName } from '../../base/names.ts';
import type { PageOf, PageRequest } from '../../base/paging.ts';
import type { Db } from '../../db/db.ts';
import type { Account, AccountInput } from './account.ts';
import { createAdministrators } from './administrators.ts';
import { createChanges } from './changes.ts';
import { purgeLinks } from './link-store.ts';
import { createLinks } from './links.ts';
import { type AccountFilters, countAccounts, listAccounts } from './listing.ts';
import { countWithAttribute } from './membership.ts';
import { createPasswordChanges } from './own-password.ts';
import { createPasswords } from './password.ts';
import { createPicker } from './picker.ts';
import { compareRestoredAccounts } from './restored.ts';
import type { AccountsOptions, Creation, Services } from './services.ts';
import { createSignIn } from './sign-in.ts';
import { exportCredentials, findAccount, findAccountByName } from './store.ts';
import { createWithin } from './within.ts';

export {
  type Account,
  type AccountChange,
  type AccountInput,
  accountChange,
  accountFields,
  accountInput,
  signinNames,
  standardClaims,
} from './account.ts';
export { type Administrator, lastAdministratorGone } from './administrators.ts';
export { claimsOf, scopeClaims } from './claims.ts';
export { hashForFile } from './hash-for-file.ts';
export type { LinkPurpose } from './link-store.ts';
export type { IssuedLink, Link, LinkInput } from './links.ts';
export type { AccountFilters } from './listing.ts';
export type { ThrottleSettings } from './login-throttle.ts';
export type { OwnCircumstances, OwnPasswordChange } from './own-password.ts';
export type { PasswordSettings } from './password.ts';
export type { PreparedAccount } from './prepare.ts';
export { sampleAccounts } from './samples.ts';
export type { AccountsOptions } from './services.ts';
export type { Credentials, SignedIn } from './sign-in.ts';

export type Accounts = ReturnType<typeof createAccounts>;

/** The room. Functions begin their own transactions, but for those called `…In`, which join the one they are handed. */
export function createAccounts(options: AccountsOptions) {
  const { db, clock } = options;
  const passwords = createPasswords(options.passwords);
  const services: Services = { ...options, passwords, minimumLength: options.passwords.minimumLength };
  const administrators = createAdministrators(options.adminGroups);
  const { lockIn: _, ...minding } = administrators;
  const changes = createChanges(services, administrators);

  return {
    /** The account with that id, or undefined. Disabled ones are returned too: look at `disabled`. */
    find: (id: string): Promise<Account | undefined> => findAccount(db, id),

    /** The account that signs in by that user name or verified e-mail address, however it is written. */
    findByUsername: async (name: string): Promise<Account | undefined> =>
      (await findAccountByName(db, canonicalName(name)))?.account,

    /** A page of accounts, by user name. Throws `invalid` (HTTP status 400) for a cursor that was not made here. */
    list: (page: PageRequest & AccountFilters): Promise<PageOf<Account>> => listAccounts(db, page),

    /** How many accounts there are, or are in a group. */
    count: (filters: { group?: string | undefined } = {}): Promise<number> => countAccounts(db, filters),

    /** How many accounts have a value for the attribute; joins the transaction that it is handed. */
    countWithAttribute: (name: string, at: Db = db): Promise<number> => countWithAttribute(at, name),

    /** Signs in with a password; see sign-in.ts for what it throws. Also returns the known-device cookie to set. */
    authenticate: createSignIn(services),

    /** Who may be picked and the picking of one; see picker.ts for what it throws. */
    ...createPicker(options),
    ...changes,
    ...createPasswordChanges(services),
    ...createLinks(services, administrators),
    ...createWithin(services),
    ...minding,

    /** Creates the account when no other has its user name; an existing one is left as it is. Says whether it created it. */
    ensure: (input: AccountInput, creation: Creation): Promise<boolean> => ensure(db, changes, input, creation),

    /** Deletes up to `batch` links that have ended; returns how many, so that a job can go on until it is 0. */
    purgeLinks: (batch = 500): Promise<number> => purgeLinks(db, clock.now(), batch),

    /** The password hash of each account that has one, by id: for an export that was asked to have them. */
    exportCredentials: (): Promise<Map<string, string>> => exportCredentials(db),

    /** After a restore; see restored.ts. Joins the caller's transaction. */
    compareRestoredIn: compareRestoredAccounts,

    /** How often argon2 has checked a password in this process: a figure for metrics and tests. */
    verifications: passwords.verifications,
  };
}

async function ensure(
  db: Db,
  changes: ReturnType<typeof createChanges>,
  input: AccountInput,
  creation: Creation,
): Promise<boolean> {
  const exists = async () => (await findAccountByName(db, canonicalName(input.username))) !== undefined;
  if (await exists()) return false;
  try {
    await changes.create(input, creation);
    return true;
  } catch (error) {
    // Another node that starts at the same time was faster.
    if (isPosternError(error) && error.code === 'conflict' && (await exists())) return false;
    throw error;
  }
}
