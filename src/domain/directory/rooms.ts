/** The rooms that a directory is spread over, as `app.ts` hands them in. */
import type { Database } from '../../db/db.ts';
import type { Access } from '../access/access.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Attributes } from '../attributes/attributes.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clients } from '../clients/clients.ts';
import type { Groups } from '../groups/groups.ts';
import type { Installation } from '../installation/installation.ts';

export type Rooms = {
  db: Database;
  audit: Pick<Audit, 'record'>;
  groups: Groups;
  attributes: Attributes;
  accounts: Accounts;
  clients: Clients;
  access: Pick<Access, 'removeGroupIn' | 'removeAttributeIn'>;
  installation: Pick<Installation, 'brand' | 'setBrandIn'>;
  /** Whose members administer, and who may look on: shown as access to the admin pages. */
  adminGroups: readonly string[];
  readGroups: readonly string[];
  /** Whether a group that is not there is made when an account names it: not in `serve`. */
  createsGroups: boolean;
};
