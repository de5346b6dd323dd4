/**
 * access: who may open which client, as what, and with which claims. It joins what accounts, groups, attributes and clients
 * know, so the rules that span them live here: a group or attribute in use stays. Owns no table. It knows neither the
 * protocol nor a page.
 */
import type { Database, Db } from '../../db/db.ts';
import type { Account, Accounts } from '../accounts/accounts.ts';
import type { Attributes } from '../attributes/attributes.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clients } from '../clients/clients.ts';
import type { Groups } from '../groups/groups.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { createLostAccess } from './lost-access.ts';
import { type Holder, type Power, requirePower, worthOf } from './power.ts';
import { type Removal, removeAttributeIn, removeGroupIn } from './removal.ts';
import { type AdminGroups, type AdminRole, adminRoleOf, mayOpen, rolesOf } from './rules.ts';

export { type ClaimUse, type MappedClaims, mappedClaims } from './claims.ts';
export type { Holder, Power } from './power.ts';
export { type AccessRule, type AdminRole, adminRoleOf, mayOpen, rolesOf } from './rules.ts';

type AccessDependencies = AdminGroups & {
  db: Database;
  groups: Groups;
  attributes: Attributes;
  accounts: Accounts;
  clients: Clients;
  sessions: Pick<Sessions, 'endLost'>;
  audit: Pick<Audit, 'fingerprint'>;
};

/** A client from one person's point of view: whether it opens, by which group, and with which roles. */
export type ClientOfAccount = { clientId: string; name: string; allowed: boolean; by?: string; roles: string[] };

export type Access = ReturnType<typeof createAccess>;

const clientsPerPage = 200;

/** The room. What changes something opens its own transaction, except for functions called `…In`, which join one. */
export function createAccess(dependencies: AccessDependencies) {
  const { db, accounts, clients } = dependencies;

  async function person(accountId: string): Promise<Account | undefined> {
    const account = await accounts.find(accountId);
    return account?.disabled ? undefined : account;
  }

  async function entitled(accountId: string, clientId: string): Promise<boolean> {
    const account = await person(accountId);
    const client = account && (await clients.metadata(clientId));
    return account !== undefined && client !== undefined && mayOpen(account.groups, client.postern_access).allowed;
  }

  return {
    /** Whether that account, enabled, may open that client, usable, now (security.md C07). */
    entitled,

    /** Signs people out of the apps that they may not use any more; see lost-access.ts. */
    endLost: createLostAccess({ ...dependencies, entitled }),

    /** What that account may do with Postern itself; undefined also when it is disabled or gone. */
    async adminRole(accountId: string): Promise<AdminRole | undefined> {
      const account = await person(accountId);
      return account && adminRoleOf(account.groups, dependencies);
    },

    /** All clients that are switched on, by id, with what they are to that account. */
    clientsOf: (account: Account): Promise<ClientOfAccount[]> => clientsOf(clients, account),

    /** What somebody in these groups may do with Postern itself; undefined for everybody else. */
    roleOf: (groups: readonly string[]): AdminRole | undefined => adminRoleOf(groups, dependencies),

    /** What of the scopes a key or token is worth by now, by whose it is; see power.ts. */
    worthOf: (scopes: readonly string[], holder: Holder): Promise<string[]> => worthOf(dependencies, scopes, holder),

    /** Throws `forbidden` when these scopes are not enough to change what gives power over Postern itself; see power.ts. */
    requirePower: (scopes: readonly string[], power: Power): void => requirePower(dependencies, scopes, power),

    /**
     * Removes a group; its members leave it. Throws `not_found`, and `conflict` when a client names it (all of them are in
     * `fields`), it is the file's, or the last administrator would go with it (M08).
     */
    removeGroup: (name: string, removal: Removal): Promise<void> =>
      db.transaction((tx) => accounts.keepAdministratorIn(tx, () => removeGroupIn(dependencies, tx, name, removal))),

    /** `removeGroup` in the caller's transaction, but for the last administrator, whom the caller has to mind. */
    removeGroupIn: (tx: Db, name: string, removal: Removal): Promise<void> =>
      removeGroupIn(dependencies, tx, name, removal),

    /** Removes an attribute. Throws `not_found`, and `conflict` when an account has a value of it or a client's rule uses it. */
    removeAttribute: (name: string, removal: Removal): Promise<void> =>
      db.transaction((tx) => removeAttributeIn(dependencies, tx, name, removal)),

    removeAttributeIn: (tx: Db, name: string, removal: Removal): Promise<void> =>
      removeAttributeIn(dependencies, tx, name, removal),
  };
}

async function clientsOf(clients: Clients, account: Account): Promise<ClientOfAccount[]> {
  const found: ClientOfAccount[] = [];
  let after: string | undefined;
  do {
    const page = await clients.list({ limit: clientsPerPage, after });
    for (const { id, name, disabled, access, roles } of page.items) {
      if (disabled) continue;
      found.push({ clientId: id, name, ...mayOpen(account.groups, access), roles: rolesOf(account.groups, roles) });
    }
    after = page.next;
  } while (after !== undefined);
  return found;
}
