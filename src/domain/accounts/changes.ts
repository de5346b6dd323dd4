/** What administrators do to accounts: create, change, disable, remove, unlock. */

import type { FieldProblem } from '../../base/errors.ts';
import { PosternError } from '../../base/errors.ts';
import { canonicalName } from '../../base/names.ts';
import type { Db } from '../../db/db.ts';
import { type Circumstances, causedBy } from '../audit/audit.ts';
import { type Account, type AccountChange, type AccountInput, accountChange, changedAccount } from './account.ts';
import type { Administrators } from './administrators.ts';
import { changeableIn, insertIn, removeIn, writeChange } from './change.ts';
import { checkedInput, referenceProblems } from './check.ts';
import { forgetFailures } from './login-throttle.ts';
import { prepareAccount } from './prepare.ts';
import type { Creation, OfVersion, Services } from './services.ts';
import { subjectOf } from './sign-in.ts';
import { findAccount, findAccountByName } from './store.ts';

/**
 * The room's part about accounts as a whole. Functions begin their own transactions and never leave the place without an
 * administrator (M08).
 */
export function createChanges(services: Services, { keepAdministratorIn }: Administrators) {
  const { db } = services;
  const references = (raw: Record<string, unknown>): Promise<FieldProblem[]> => referenceProblems(services, db, raw);

  return {
    /** Creates an account. Throws `invalid` (with fields) and `conflict` when one of its names belongs to another. */
    async create(input: AccountInput, creation: Creation): Promise<Account> {
      const { exemptFromPolicy = false } = creation;
      const prepared = await prepareAccount(services, input, { exemptFromPolicy, more: references });
      return db.transaction((tx) => insertIn(services, tx, prepared, creation));
    },

    /**
     * Changes an account; see `accountChange`. Throws `not_found`, `invalid` (with fields), `conflict` for a name that
     * belongs to another, for an account that the file declares, for another version than `ifVersion` (HTTP status 412),
     * and for the last administrator. Without effect when nothing differs.
     */
    async update(id: string, input: AccountChange, circumstances: OfVersion): Promise<Account> {
      const sentence = 'This account cannot be changed like that.';
      const change = await checkedInput(accountChange, input, { sentence, more: references });
      return db.transaction((tx) =>
        keepAdministratorIn(tx, async () => {
          const before = await changeableIn(tx, id, circumstances);
          return writeChange(services, tx, { before, wanted: changedAccount(before, change) }, circumstances);
        }),
      );
    },

    /** Removes an account for good; its id is never given again (M10). Throws like `update`. */
    remove: (id: string, circumstances: OfVersion): Promise<void> =>
      db.transaction((tx) => keepAdministratorIn(tx, () => removeIn(services, tx, id, circumstances))),

    /** Bars or readmits a person. Without effect when it is so already. Throws like `update`. */
    setDisabled: (id: string, disabled: boolean, circumstances: OfVersion): Promise<Account> =>
      db.transaction((tx) =>
        keepAdministratorIn(tx, async () => {
          const before = await changeableIn(tx, id, circumstances);
          return writeChange(services, tx, { before, wanted: { ...before, disabled } }, circumstances);
        }),
      ),

    /** Opens what failed sign-ins have closed or slowed down (E04), by id or any name of the account. Throws `not_found`. */
    unlock: (idOrName: string, circumstances: Circumstances): Promise<Account> =>
      db.transaction((tx) => unlockIn(services, tx, idOrName, circumstances)),
  };
}

async function unlockIn(
  { audit, throttles, key }: Services,
  tx: Db,
  idOrName: string,
  circumstances: Circumstances,
): Promise<Account> {
  const account = (await findAccount(tx, idOrName)) ?? (await findAccountByName(tx, canonicalName(idOrName)))?.account;
  if (!account) throw new PosternError('not_found', 'There is no account with this user name.');
  await forgetFailures(tx, throttles, subjectOf(key, account.id));
  const about = { ...causedBy(circumstances), accountId: account.id };
  await audit.record(tx, { ...about, event: 'account.unlocked', detail: {} });
  return account;
}
