/** Writing accounts: each function joins a transaction, records one event for what it did, and ends what has to end. */

import { refuseDeclared, refuseStale } from '../../base/administered.ts';
import { PosternError } from '../../base/errors.ts';
import { canonicalName } from '../../base/names.ts';
import type { Db } from '../../db/db.ts';
import { type Circumstances, causedBy, changedFields } from '../audit/audit.ts';
import type { EndAll } from '../sessions/sessions.ts';
import { type Account, auditedFields } from './account.ts';
import { refuseDangling } from './check.ts';
import { deleteLinksOf } from './link-store.ts';
import type { PreparedAccount } from './prepare.ts';
import type { Creation, OfVersion, Services } from './services.ts';
import {
  deleteAccount,
  findAccount,
  insertAccount,
  lockAccount,
  updateAccount,
  writeDeclaredPassword,
  writePassword,
} from './store.ts';

/** Adds a prepared account. Throws `invalid` for a group or attribute that is not there, `conflict` for a name or id. */
export async function insertIn(
  services: Services,
  tx: Db,
  prepared: PreparedAccount,
  creation: Creation,
): Promise<Account> {
  const now = services.clock.now();
  const origin = creation.source ?? creation.origin ?? prepared.account.origin;
  // An id that is given may have been somebody's before: nothing that was issued then counts again (M10).
  const tokensFrom = prepared.hasGivenId ? now : undefined;
  const account: Account = { ...prepared.account, origin, tokensFrom, createdAt: now, updatedAt: now, version: 1 };
  await settleReferences(services, tx, account, creation);
  const taken = await insertAccount(tx, account, hashOf(prepared));
  if (taken !== undefined) throw nameTaken(account, taken, 'created');
  const detail = {
    username: account.username,
    origin,
    after: changedFields({ username: account.username, origin }, auditedFields(account))?.after ?? {},
  };
  const about = { ...causedBy(creation), accountId: account.id };
  await services.audit.record(tx, { ...about, event: 'account.created', detail });
  if (isChosenForThem(prepared, creation)) {
    await services.audit.record(tx, { ...about, event: 'account.password_changed', detail: { how: 'operator' } });
  }
  return account;
}

/** An operator who chooses somebody else's password is told of in the log (M07); the file and the samples are not people. */
const isChosenForThem = ({ setsPassword }: PreparedAccount, { by, source, origin }: Creation): boolean =>
  setsPassword && by.type === 'operator' && source === undefined && origin === undefined;

/**
 * Makes `current` what was prepared; without effect when nothing differs. Throws like `insertIn`, and `conflict` (412) when
 * the row is not as `current` any more. Whether an administrator is left is for the caller to mind (`keepAdministratorIn`).
 */
export async function changeIn(
  services: Services,
  tx: Db,
  { current, prepared }: { current: Account; prepared: PreparedAccount },
  circumstances: Circumstances,
): Promise<Account> {
  refuseDeclared(current.username, current.origin, circumstances.source);
  const changed = await writeChange(services, tx, { before: current, wanted: prepared.account }, circumstances);
  const { passwordHash, declaredPassword } = hashOf(prepared);
  if (declaredPassword !== undefined) await writeDeclaredPassword(tx, current.id, declaredPassword);
  if (passwordHash === undefined) return changed;
  const how = circumstances.source ?? 'operator';
  await setPasswordIn(services, tx, { id: current.id, passwordHash, how }, circumstances);
  return (await findAccount(tx, current.id)) as Account;
}

/** The hash to store. Only what was prepared in earnest can be written. */
function hashOf({ setsPassword, passwordHash, declaredPassword }: PreparedAccount) {
  if (setsPassword && passwordHash === undefined) throw new Error('What a dry run prepared can not be written.');
  return { passwordHash, declaredPassword };
}

/** Writes `wanted` over `before` and records it; the account as it is afterwards. */
export async function writeChange(
  services: Services,
  tx: Db,
  { before, wanted }: { before: Account; wanted: Account },
  circumstances: Circumstances,
): Promise<Account> {
  const now = services.clock.now();
  const origin = circumstances.source ?? before.origin;
  const { id, hasPassword, tokensFrom, createdAt, version } = before;
  const after: Account = { ...wanted, id, origin, hasPassword, tokensFrom, createdAt, version: version + 1 };
  const changed = changedFields(auditedFields(before), auditedFields(after));
  if (!changed) return before;
  await settleReferences(services, tx, after, circumstances);
  const isBarred = after.disabled && !before.disabled;
  if (isBarred) after.tokensFrom = now;
  after.updatedAt = now;
  const { isWritten, taken } = await updateAccount(tx, after, before);
  if (!isWritten) refuseStale(before.version + 1, before.version);
  if (taken !== undefined) throw nameTaken(after, taken, 'changed');
  // The row comes first: a sign-in that is being finished waits for it, or is among what ends.
  if (isBarred) await endAccessIn(services, tx, before.id, { reason: 'account_disabled', circumstances });
  // Whoever was handed a link was not meant to become an administrator by it.
  if (gainsPower(services, before, after)) await deleteLinksOf(tx, before.id);
  const about = { ...causedBy(circumstances), accountId: before.id };
  if (Object.keys(changed.after).join() === 'disabled') {
    await services.audit.record(tx, {
      ...about,
      event: after.disabled ? 'account.disabled' : 'account.enabled',
      detail: {},
    });
  } else {
    await services.audit.record(tx, { ...about, event: 'account.updated', detail: changed });
  }
  return after;
}

/** Whether it enters a group that opens the admin pages. */
const gainsPower = ({ adminGroups, readGroups = [] }: Services, before: Account, after: Account): boolean =>
  [...adminGroups, ...readGroups].some((name) => after.groups.includes(name) && !before.groups.includes(name));

/** Removes the account with all that hangs on it. Throws `not_found`, and `conflict` as `changeableIn`. */
export async function removeIn(services: Services, tx: Db, id: string, circumstances: OfVersion): Promise<void> {
  const { username } = await changeableIn(tx, id, circumstances);
  await endAccessIn(services, tx, id, { reason: 'account_deleted', circumstances });
  await deleteAccount(tx, id);
  const detail = { username };
  await services.audit.record(tx, { ...causedBy(circumstances), event: 'account.deleted', accountId: id, detail });
}

type NewPassword = {
  id: string;
  passwordHash: string;
  how: 'own' | 'link' | 'operator' | 'file';
  /** The session in which a person changes the own password: it lives on, with the tokens of its grants. */
  keepUid?: string | undefined;
};

/** Sets a password, ends sessions, grants, keys and links (C08), and records it. */
export async function setPasswordIn(
  services: Services,
  tx: Db,
  { id, passwordHash, how, keepUid }: NewPassword,
  circumstances: Circumstances,
): Promise<void> {
  const tokensFrom = keepUid === undefined ? services.clock.now() : undefined;
  await writePassword(tx, id, { passwordHash, tokensFrom });
  await endAccessIn(services, tx, id, { reason: 'password_changed', circumstances, keepUid });
  const detail = { how };
  await services.audit.record(tx, {
    ...causedBy(circumstances),
    event: 'account.password_changed',
    accountId: id,
    detail,
  });
}

/** Ends what lets somebody act as this account: sessions with their grants, API keys, links (M09). */
async function endAccessIn({ sessions, apiKeys }: Services, tx: Db, id: string, end: EndAll): Promise<void> {
  await sessions.endAllIn(tx, id, end);
  await apiKeys.revokeOfAccountIn(tx, id, end.circumstances);
  await deleteLinksOf(tx, id);
}

/**
 * The account, locked, if the caller may change it as it is now. Throws `not_found`, and `conflict` for the file's and a
 * stale one.
 */
export async function changeableIn(tx: Db, id: string, { source, ifVersion }: OfVersion): Promise<Account> {
  const account = await lockAccount(tx, id);
  if (!account) throw noSuchAccount();
  refuseStale(account.version, ifVersion);
  refuseDeclared(account.username, account.origin, source);
  return account;
}

export const noSuchAccount = () =>
  new PosternError('not_found', 'There is no account with this id. It may have been deleted.');

/** Makes missing groups where that is allowed, then refuses what does not exist. */
async function settleReferences(services: Services, tx: Db, account: Account, creation: Creation): Promise<void> {
  const { by, ip, requestId, source, origin } = creation;
  if (services.createsGroups && account.groups.length > 0) {
    await services.groups.ensureIn(tx, account.groups, { by, ip, requestId, source, ...(origin && { origin }) });
  }
  await refuseDangling(services, tx, account);
}

function nameTaken(account: Account, taken: string, verb: 'created' | 'changed'): PosternError {
  const title = `This account cannot be ${verb}.`;
  if (taken === account.id) {
    const message = 'belongs to another account already: leave it out, or give another';
    return new PosternError('conflict', title, { fields: [{ path: 'id', message }] });
  }
  const path = taken === canonicalName(account.username) ? 'username' : 'email';
  const message = `belongs to another account already, which signs in as “${taken}”: choose another`;
  return new PosternError('conflict', title, { fields: [{ path, message }] });
}
