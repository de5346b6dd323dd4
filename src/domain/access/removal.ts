/** The removal of what accounts and clients name: refused while a client does, or done with all that hangs on it. */
import { PosternError } from '../../base/errors.ts';
import type { Db } from '../../db/db.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Attributes } from '../attributes/attributes.ts';
import type { Circumstances } from '../audit/audit.ts';
import type { Clients, ClientUse } from '../clients/clients.ts';
import type { Groups } from '../groups/groups.ts';

export type RemovalRooms = {
  groups: Pick<Groups, 'lockIn' | 'removeIn'>;
  attributes: Pick<Attributes, 'lockIn' | 'removeIn'>;
  accounts: Pick<Accounts, 'removeFromGroupIn' | 'countWithAttribute'>;
  clients: Pick<Clients, 'usesOfGroup' | 'usesOfAttribute'>;
};
export type Removal = Circumstances & { ifVersion?: number | undefined };

export async function removeGroupIn(
  { groups, accounts, clients }: RemovalRooms,
  tx: Db,
  name: string,
  removal: Removal,
): Promise<void> {
  await groups.lockIn(tx, name);
  const uses = await clients.usesOfGroup(name, tx);
  if (uses.length > 0) throw inUse(`The group ${name}`, uses);
  const members = await accounts.removeFromGroupIn(tx, name, removal);
  await groups.removeIn(tx, name, { ...removal, members });
}

export async function removeAttributeIn(
  { attributes, accounts, clients }: RemovalRooms,
  tx: Db,
  name: string,
  removal: Removal,
): Promise<void> {
  await attributes.lockIn(tx, name);
  const uses = await clients.usesOfAttribute(name, tx);
  if (uses.length > 0) throw inUse(`The attribute ${name}`, uses);
  const people = await accounts.countWithAttribute(name, tx);
  if (people > 0) {
    const have = people === 1 ? '1 account has' : `${people} accounts have`;
    throw new PosternError('conflict', `${have} a value for the attribute ${name}. Remove these values first.`);
  }
  await attributes.removeIn(tx, name, removal);
}

function inUse(what: string, uses: readonly ClientUse[]): PosternError {
  const ids = [...new Set(uses.map(({ clientId }) => clientId))].join(', ');
  const fields = uses.map(({ clientId, where }) => ({ path: `clients.${clientId}`, message: `uses it in ${where}` }));
  return new PosternError('conflict', `${what} is used by ${ids}. Take it out there first.`, { fields });
}
