/** What joins somebody else's transaction: whole directories are applied in one, and other rooms remove what accounts use. */
import type { Db } from '../../db/db.ts';
import type { Circumstances } from '../audit/audit.ts';
import type { Account, AccountInput } from './account.ts';
import { changeIn, insertIn, removeIn } from './change.ts';
import { deleteAllLinks } from './link-store.ts';
import { removeFromGroupIn } from './membership.ts';
import { type PreparedAccount, type Preparing, prepareAccount } from './prepare.ts';
import type { Creation, OfVersion, Services } from './services.ts';
import { holdAccount } from './store.ts';

/** None of these minds whether an administrator is left: the caller wraps them all in one `keepAdministratorIn`. */
export function createWithin(services: Services) {
  return {
    /** Checks an entry and hashes its password, before the transaction; see prepare.ts for what it throws. */
    prepare: (input: AccountInput, preparing: Preparing = {}): Promise<PreparedAccount> =>
      prepareAccount(services, input, preparing),

    /** Adds what was prepared; see change.ts for what these three throw. */
    insertIn: (tx: Db, prepared: PreparedAccount, creation: Creation): Promise<Account> =>
      insertIn(services, tx, prepared, creation),

    changeIn: (tx: Db, current: Account, prepared: PreparedAccount, circumstances: Circumstances): Promise<Account> =>
      changeIn(services, tx, { current, prepared }, circumstances),

    removeIn: (tx: Db, id: string, circumstances: OfVersion): Promise<void> =>
      removeIn(services, tx, id, circumstances),

    /** Takes everybody out of a group and says how many that were; see membership.ts. */
    removeFromGroupIn: (tx: Db, group: string, circumstances: Circumstances): Promise<number> =>
      removeFromGroupIn(tx, services.clock, group, circumstances),

    /**
     * Whether the account is there, enabled, and in that version where one is named; it stays so until the transaction ends.
     * What begins in its name is written beside this, so that it is there to be ended or does not begin (C08, M09).
     */
    holdIn: (tx: Db, id: string, version?: number): Promise<boolean> => holdAccount(tx, id, version),

    /** Voids every link: those of a restored backup may have been used since. */
    removeLinksIn: (tx: Db): Promise<void> => deleteAllLinks(tx),
  };
}
