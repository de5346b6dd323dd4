/**
 * Single-use links by which a person chooses a password, and by which the first administrator comes to be. A link is 256
 * random bits and stored as a digest. What it may do is in its row, so no step can be left out (E12, E14, M06).
 */
import { z } from 'zod';
import { refuseStale } from '../../base/administered.ts';
import { PosternError } from '../../base/errors.ts';
import { digest, randomId } from '../../base/ids.ts';
import type { Db } from '../../db/db.ts';
import { type Circumstances, causedBy } from '../audit/audit.ts';
import { type Account, accountFields } from './account.ts';
import type { Administrators } from './administrators.ts';
import { insertIn, noSuchAccount, setPasswordIn } from './change.ts';
import { checkedInput, newPasswordProblems } from './check.ts';
import {
  deleteLinksOf,
  deleteSetupLinks,
  findLinkRow,
  insertLink,
  type LinkPurpose,
  type LinkRow,
  spendLink,
} from './link-store.ts';
import { forgetFailures } from './login-throttle.ts';
import { prepareAccount } from './prepare.ts';
import type { OfVersion, Services } from './services.ts';
import { subjectOf } from './sign-in.ts';
import { findAccount, lockAccount } from './store.ts';

/** A link that was just made: only here its token is to be had. `expiresAt` is epoch ms. */
export type IssuedLink<Purpose = LinkPurpose> = { token: string; purpose: Purpose; expiresAt: number };
/** What a link is for; `account` is whose password it sets, absent for set-up. */
export type Link = { purpose: LinkPurpose; account?: Account; expiresAt: number };
/** What the person chooses; the names only where a link sets up the first administrator. */
export type LinkInput = { password: string; username?: string; name?: string; email?: string };

/** A set-up link is in the log of the server that was just started; a day is enough to find it. */
const setupSeconds = 86_400;

const choice = z.strictObject({ password: z.string({ error: 'is missing' }).min(1, 'is missing') });
const setup = accountFields.pick({ username: true, name: true, email: true }).extend(choice.shape);

/** The room's part about links. Functions begin their own transactions. */
export function createLinks(services: Services, administrators: Administrators) {
  const { db, clock } = services;
  const needsSetup = async (at: Db = db) => (await administrators.administratorsIn(at)).length === 0;

  async function findLink(token: string): Promise<(Link & { id: string }) | undefined> {
    const row = await findLinkRow(db, digest(token), clock.now());
    if (!row) return undefined;
    const { id, purpose, expiresAt } = row;
    if (row.accountId === undefined) return (await needsSetup()) ? { id, purpose, expiresAt } : undefined;
    const account = await findAccount(db, row.accountId);
    return account && !account.disabled ? { id, purpose, account, expiresAt } : undefined;
  }

  return {
    /**
     * A link by which the person chooses a password: an invitation for who has none yet. It voids the account's earlier
     * ones. Throws `not_found`, and `conflict` for a disabled account and for another version than `ifVersion`.
     */
    issueLink: (accountId: string, circumstances: OfVersion): Promise<IssuedLink<'invite' | 'reset'>> =>
      db.transaction((tx) => issueIn(services, tx, accountId, circumstances)),

    /** A link that makes the first administrator; it voids earlier ones. Throws `conflict` when there is one already. */
    issueSetupLink: (circumstances: Circumstances): Promise<IssuedLink<'setup'>> =>
      db.transaction(async (tx) => {
        await administrators.lockIn(tx);
        if (!(await needsSetup(tx))) {
          throw new PosternError('conflict', 'There is an administrator already. Let that person add others.');
        }
        await deleteSetupLinks(tx);
        return write(services, tx, { purpose: 'setup', seconds: setupSeconds }, circumstances);
      }),

    /** Whether nobody can administer yet. */
    needsSetup: (): Promise<boolean> => needsSetup(),

    /** What the link is for; undefined when it does not work (any more). */
    findLink,

    /**
     * Spends the link: sets the password of its account, or makes the first administrator. All other links of the account
     * are void and its sessions end. Throws `invalid` (HTTP status 400) when the link does not work, `invalid` with fields
     * (the link still works then), `conflict` for a user name that is taken, `unavailable` when too many are hashed.
     */
    async useLink(token: string, input: LinkInput, circumstances: Circumstances): Promise<Account> {
      const link = await findLink(token);
      if (!link) throw deadLink();
      return link.account
        ? choosePassword(services, { ...link, account: link.account }, input, circumstances)
        : setUp(services, administrators, link.id, input, circumstances);
    },
  };
}

async function issueIn(
  services: Services,
  tx: Db,
  accountId: string,
  circumstances: OfVersion,
): Promise<IssuedLink<'invite' | 'reset'>> {
  // Locked: of several that issue at once each voids what the one before it has made, and nobody is disabled meanwhile.
  const account = await lockAccount(tx, accountId);
  if (!account) throw noSuchAccount();
  refuseStale(account.version, circumstances.ifVersion);
  if (account.disabled) {
    throw new PosternError(
      'conflict',
      `${account.username} is disabled and could not sign in. Enable the account first.`,
    );
  }
  const purpose = account.hasPassword ? 'reset' : 'invite';
  const seconds = account.hasPassword ? services.links.resetSeconds : services.links.inviteSeconds;
  await deleteLinksOf(tx, accountId);
  return write(services, tx, { purpose, accountId, seconds }, circumstances);
}

type NewLink<Purpose> = { purpose: Purpose; accountId?: string; seconds: number };

async function write<Purpose extends LinkPurpose>(
  { clock, audit }: Services,
  tx: Db,
  { purpose, accountId, seconds }: NewLink<Purpose>,
  circumstances: Circumstances,
): Promise<IssuedLink<Purpose>> {
  const token = randomId();
  const now = clock.now();
  const expiresAt = now + seconds * 1000;
  const row: LinkRow = { id: digest(token), purpose, accountId, expiresAt };
  await insertLink(tx, row, now);
  const detail = { purpose, expiresAt };
  await audit.record(tx, { ...causedBy(circumstances), event: 'account.link_issued', accountId, detail });
  return { token, purpose, expiresAt };
}

type ChosenFor = { id: string; purpose: LinkPurpose; account: Account };

async function choosePassword(
  services: Services,
  { id, purpose, account }: ChosenFor,
  input: LinkInput,
  { ip, requestId }: Circumstances,
): Promise<Account> {
  const { db, clock, passwords, throttles, key, audit } = services;
  const { password } = await checkedInput(choice, input, {
    sentence: 'This password cannot be used.',
    more: (raw) => newPasswordProblems(services, raw.password, account),
  });
  const passwordHash = await passwords.hash(password);
  // Who holds the link acts as the account.
  const circumstances = { by: { type: 'account', id: account.id }, ip, requestId } as const;
  return db.transaction(async (tx) => {
    // In the order of whoever ends links: the account, then the link.
    await lockAccount(tx, account.id);
    if (!(await spendLink(tx, id, clock.now()))) throw deadLink();
    await setPasswordIn(services, tx, { id: account.id, passwordHash, how: 'link' }, circumstances);
    await forgetFailures(tx, throttles, subjectOf(key, account.id));
    const about = { ...causedBy(circumstances), accountId: account.id };
    await audit.record(tx, { ...about, event: 'account.link_used', detail: { purpose } });
    return (await findAccount(tx, account.id)) as Account;
  });
}

async function setUp(
  services: Services,
  administrators: Administrators,
  linkId: string,
  input: LinkInput,
  { ip, requestId }: Circumstances,
): Promise<Account> {
  const { db, clock, groups, audit } = services;
  const [adminGroup = 'admins'] = services.adminGroups;
  const person = await checkedInput(setup, input, {
    sentence: 'This account cannot be created as it is.',
    more: (raw) => newPasswordProblems(services, raw.password, raw),
  });
  // The password was judged just now.
  const prepared = await prepareAccount(services, { ...person, groups: [adminGroup] }, { exemptFromPolicy: true });
  const circumstances = { by: { type: 'account', id: prepared.account.id }, ip, requestId } as const;
  return db.transaction(async (tx) => {
    await administrators.lockIn(tx);
    const isFirst = (await administrators.administratorsIn(tx)).length === 0;
    if (!isFirst || !(await spendLink(tx, linkId, clock.now()))) throw deadLink();
    await deleteSetupLinks(tx);
    await groups.ensureIn(tx, [adminGroup], circumstances);
    const account = await insertIn(services, tx, prepared, circumstances);
    const about = { ...causedBy(circumstances), accountId: account.id };
    await audit.record(tx, { ...about, event: 'account.link_used', detail: { purpose: 'setup' } });
    return account;
  });
}

const deadLink = () =>
  new PosternError(
    'invalid',
    'This link does not work: it was used, a newer one was made, or it is too old. Ask for a new one.',
    { cause: { httpStatus: 400 } },
  );
