/** Power over Postern itself: what a key or a token is worth by whose it is, and who may hand such power on. */
import { PosternError } from '../../base/errors.ts';
import { groupName } from '../../base/names.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { allows } from '../api-keys/api-keys.ts';
import type { Clients } from '../clients/clients.ts';
import { type AdminGroups, type AdminRole, adminRoleOf, mayOpen } from './rules.ts';

export type PowerRooms = AdminGroups & { accounts: Pick<Accounts, 'find'>; clients: Pick<Clients, 'metadata'> };

/**
 * Whose a key or token is: the account it acts for or was made by, the client that it was issued to or that made it; neither
 * for what an operator made. `issuedAt` is epoch ms.
 */
export type Holder = { accountId?: string | undefined; clientId?: string | undefined; issuedAt: number };

/** What is about to be changed: groups that somebody is or will be in, scopes (RFC 6749 §3.3) a client has or will have. */
export type Power = { groups?: unknown; clientScope?: unknown };

/**
 * The scopes that count by now. Nothing when account or client is gone, switched off, there anew since, or without power;
 * where it may only look, what writes only reads.
 */
export async function worthOf(rooms: PowerRooms, scopes: readonly string[], holder: Holder): Promise<string[]> {
  const roles = [await roleOfAccount(rooms, holder), await roleOfClient(rooms, holder)];
  if (roles.includes('none')) return [];
  if (!roles.includes('auditor')) return [...scopes];
  return [...new Set(scopes.map((scope) => scope.replace(/:write$/, ':read')))];
}

type Worth = AdminRole | 'none';

async function roleOfAccount(rooms: PowerRooms, { accountId, clientId, issuedAt }: Holder): Promise<Worth> {
  if (accountId === undefined) return 'admin';
  const account = await rooms.accounts.find(accountId);
  if (!account || account.disabled || issuedAt < (account.tokensFrom ?? 0)) return 'none';
  const client = clientId === undefined ? undefined : await rooms.clients.metadata(clientId);
  if (client && !mayOpen(account.groups, client.postern_access).allowed) return 'none';
  return adminRoleOf(account.groups, rooms) ?? 'none';
}

/** A client administers by the scopes on its list. */
async function roleOfClient({ clients }: PowerRooms, { clientId, issuedAt }: Holder): Promise<Worth> {
  if (clientId === undefined) return 'admin';
  const client = await clients.metadata(clientId);
  if (!client || issuedAt < (client.postern_created_at ?? 0)) return 'none';
  const { postern_scopes: listed } = client;
  if (listed === true || listed.includes('admin:write')) return 'admin';
  return listed.includes('admin:read') ? 'auditor' : 'none';
}

/**
 * Throws `forbidden` when what is changed administers Postern, unless the scopes are those of somebody who may do
 * everything: whoever makes an administrator, or takes over the account or the client of one, is one.
 */
export function requirePower(admin: AdminGroups, scopes: readonly string[], { groups, clientScope }: Power): void {
  if (allows(scopes, 'admin:write')) return;
  if (adminRoleOf(namesOf(groups), admin) !== undefined) {
    throw forbidden(`People in ${[...admin.adminGroups, ...admin.readGroups].join(', ')} administer Postern`);
  }
  if (typeof clientScope === 'string' && clientScope.split(' ').some((scope) => scope.startsWith('admin:'))) {
    throw forbidden('A client with an admin scope administers Postern');
  }
}

/** The names as they would be stored: another Unicode form of a name is the same group. */
function namesOf(groups: unknown): string[] {
  if (!Array.isArray(groups)) return [];
  return groups.flatMap((name) => groupName.safeParse(name).data ?? []);
}

const forbidden = (why: string) =>
  new PosternError('forbidden', `${why}: to change that needs the scope admin:write. Use a key or token that has it.`);
