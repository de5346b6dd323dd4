/**
 * accounts: people, their names, passwords and claims. Owns tables `accounts` and `account_names`. It does not know
 * sessions, cookies as such, pages or the protocol.
 */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { isPosternError, PosternError } from '../../base/errors.ts';
import type { Database, Db } from '../../db/db.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import type { Throttles } from '../throttles/throttles.ts';
import { type Account, type AccountInput, canonicalName, newAccountId, parseAccount, signinNames } from './account.ts';
import { forgetFailures, type ThrottleSettings } from './login-throttle.ts';
import { createPasswords, type PasswordSettings } from './password.ts';
import { contextOf, passwordProblems } from './password-policy.ts';
import { createPicker } from './picker.ts';
import { createSignIn, subjectOf } from './sign-in.ts';
import { findAccount, findAccountByName, insertAccount, updateDisabled } from './store.ts';

export type { Account, AccountInput } from './account.ts';
export { claimsOf, scopeClaims } from './claims.ts';
export type { ThrottleSettings } from './login-throttle.ts';
export type { PasswordSettings } from './password.ts';
export { sampleAccounts } from './samples.ts';
export type { Credentials, SignedIn } from './sign-in.ts';

type AccountsOptions = {
  db: Database;
  clock: Clock;
  audit: Audit;
  throttles: Throttles;
  passwords: PasswordSettings;
  throttle: ThrottleSettings & { device: { rememberSeconds: number } };
  /** HMAC key for names in throttles and for known-device cookies. */
  key: KeyObject;
  /** Names of the product and the place, which a password must not be made of. */
  contextWords: readonly string[];
  /** Whether anybody may be a sample person by one click: `dev` alone. */
  picker?: boolean;
};
/** Who creates it; `exemptFromPolicy` only for the samples of dev. */
type Creation = { by: Actor; exemptFromPolicy?: boolean };

export type Accounts = ReturnType<typeof createAccounts>;

/** The room. Functions begin their own transactions; none of them joins one. */
export function createAccounts(options: AccountsOptions) {
  const { db, clock, audit } = options;
  const passwords = createPasswords(options.passwords);

  return {
    /** The account with that id, or undefined. Disabled ones are returned too: look at `disabled`. */
    find: (id: string): Promise<Account | undefined> => findAccount(db, id),

    /** The account that signs in by that user name or verified e-mail address, however it is written. */
    findByUsername: async (name: string): Promise<Account | undefined> =>
      (await findAccountByName(db, canonicalName(name)))?.account,

    /** Signs in with a password; see sign-in.ts for what it throws. Also returns the known-device cookie to set. */
    authenticate: createSignIn({ ...options, passwords }),

    /** Who may be picked and the picking of one; see picker.ts for what it throws. */
    ...createPicker(options),

    /** Creates an account. Throws `invalid` (with fields) and `conflict` when one of its names belongs to another. */
    create: (input: AccountInput, creation: Creation): Promise<Account> => create(options, passwords, input, creation),

    /** Creates the account when no other has its user name; an existing one is left as it is. Says whether it created it. */
    async ensure(input: AccountInput, creation: Creation): Promise<boolean> {
      const exists = async () => (await findAccountByName(db, canonicalName(input.username))) !== undefined;
      if (await exists()) return false;
      try {
        await create(options, passwords, input, creation);
        return true;
      } catch (error) {
        // Another node that starts at the same time was faster.
        if (isPosternError(error) && error.code === 'conflict' && (await exists())) return false;
        throw error;
      }
    },

    /** Bars or readmits a person. Throws `not_found`; without effect when it is so already. */
    async setDisabled(id: string, disabled: boolean, by: Actor): Promise<void> {
      await db.transaction(async (tx) => {
        if (await updateDisabled(tx, id, disabled, clock.now())) {
          const event = disabled ? 'account.disabled' : 'account.enabled';
          await audit.record(tx, { event, actor: by, accountId: id, detail: {} });
        } else if (!(await findAccount(tx, id))) {
          throw new PosternError('not_found', 'There is no account with this id.');
        }
      });
    },

    /** Opens what failed sign-ins have closed or slowed down (E04). Throws `not_found`. */
    unlock: (username: string, by: Actor): Promise<Account> => unlock(options, username, by),

    /** How often argon2 has checked a password in this process: a figure for metrics and tests. */
    verifications: passwords.verifications,
  };
}

type Passwords = ReturnType<typeof createPasswords>;

async function create(
  { db, clock, audit, ...options }: AccountsOptions,
  passwords: Passwords,
  input: AccountInput,
  { by, exemptFromPolicy = false }: Creation,
): Promise<Account> {
  const { password, passwordHash, ...person } = parseAccount(input);
  if (password !== undefined && !exemptFromPolicy) {
    const context = [...options.contextWords, ...contextOf(person)];
    const problems = await passwordProblems(password, { minimumLength: options.passwords.minimumLength, context });
    if (problems.length > 0) {
      const fields = problems.map((message) => ({ path: 'password', message }));
      throw new PosternError('invalid', 'This password cannot be used.', { fields });
    }
  }
  const hash = password === undefined ? passwordHash : await passwords.hash(password);
  const now = clock.now();
  const account: Account = {
    id: newAccountId(),
    username: person.username,
    name: person.name,
    email: person.email,
    emailVerified: person.emailVerified && person.email !== undefined,
    claims: person.claims,
    groups: person.groups,
    disabled: person.disabled,
    createdAt: now,
    updatedAt: now,
  };
  await db.transaction((tx) => insert(tx, audit, { account, hash, by }));
  return account;
}

async function unlock({ db, audit, throttles, key }: AccountsOptions, username: string, by: Actor): Promise<Account> {
  return db.transaction(async (tx) => {
    const account = (await findAccountByName(tx, canonicalName(username)))?.account;
    if (!account) throw new PosternError('not_found', 'There is no account with this user name.');
    await forgetFailures(tx, throttles, subjectOf(key, account.id));
    await audit.record(tx, { event: 'account.unlocked', actor: by, accountId: account.id, detail: {} });
    return account;
  });
}

async function insert(
  tx: Db,
  audit: Audit,
  { account, hash, by }: { account: Account; hash: string | undefined; by: Actor },
): Promise<void> {
  const taken = await insertAccount(tx, account, { passwordHash: hash, names: signinNames(account) });
  if (taken !== undefined) {
    const path = taken === canonicalName(account.username) ? 'username' : 'email';
    const message = `belongs to another account already, which signs in as “${taken}”: choose another`;
    throw new PosternError('conflict', 'This account cannot be created.', { fields: [{ path, message }] });
  }
  const detail = { username: account.username };
  await audit.record(tx, { event: 'account.created', actor: by, accountId: account.id, detail });
}
