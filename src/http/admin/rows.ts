/** Rows of the lists of /admin: what the rooms know, with the names that people read in the place of ids. */

import { isOwnClient } from '../../base/own-clients.ts';
import type { Account, Accounts } from '../../domain/accounts/accounts.ts';
import type { AuditEvent } from '../../domain/audit/audit.ts';
import type { GrantInfo, SessionInfo } from '../../domain/sessions/sessions.ts';
import { isSentence } from '../catalogue.ts';
import { pathPart } from '../paths.ts';
import { deviceOf } from '../user-agent.ts';
import type { AccountState, EventRow, GrantRow, PersonLink, SessionRow } from '../views.ts';
import { clientPath } from './client-rows.ts';
import type { AdminRooms } from './dependencies.ts';

export const accountPath = (id: string): string => `/admin/accounts/${pathPart(id)}`;
export const groupPath = (name: string): string => `/admin/groups/${pathPart(name)}`;
export const attributePath = (name: string): string => `/admin/attributes/${pathPart(name)}`;

export const keyPath = (kid: string): string => `/admin/keys/${pathPart(kid)}`;

export const nameOf = ({ name, username }: Account): string => name ?? username;

export const personLink = (account: Account): PersonLink => ({
  ...{ name: nameOf(account), username: account.username, href: accountPath(account.id) },
});

export function stateOf({ disabled, hasPassword }: Account): AccountState {
  if (disabled) return 'disabled';
  return hasPassword ? 'ok' : 'invited';
}

/** The people behind these ids, each asked for once; who is gone is missing. */
export async function peopleOf(
  accounts: Accounts,
  ids: readonly (string | undefined)[],
): Promise<Map<string, PersonLink>> {
  const wanted = [...new Set(ids.filter((id) => id !== undefined))];
  const found = await Promise.all(wanted.map((id) => accounts.find(id)));
  return new Map(found.flatMap((account) => (account ? [[account.id, personLink(account)] as const] : [])));
}

export async function eventRows(accounts: Accounts, events: readonly AuditEvent[]): Promise<EventRow[]> {
  const people = await peopleOf(
    accounts,
    events.flatMap(({ actor, accountId }) => [actor.type === 'account' ? actor.id : undefined, accountId]),
  );
  const personOf = (id: string | undefined) => (id === undefined ? undefined : people.get(id));
  return events.map((told) => {
    const { event, at, actor, accountId, clientId, ip } = told;
    const who = actor.type === 'account' ? personOf(actor.id) : undefined;
    const about = accountId === undefined || accountId === actor.id ? thingOf(told) : personOf(accountId);
    return {
      ...{ event, at, by: actor.id, kind: actor.type, who, clientId, ip },
      about: about ?? goneOf(told),
      // The database may be from a later version, with events that this one has no words for.
      type: isSentence(`event.${event}`) ? event : undefined,
      clientHref: clientId === undefined || isOwnClient(clientId) ? undefined : clientPath(clientId),
    };
  });
}

/** What other things than accounts and clients an event is about; its page, where it has one and was not removed. */
function thingOf({ event, detail }: AuditEvent): EventRow['about'] {
  const [kind, what] = event.split('.');
  const pathOf = { group: groupPath, attribute: attributePath, api_key: undefined };
  if (kind === undefined || !Object.hasOwn(pathOf, kind) || !('name' in detail)) return undefined;
  const name = String(detail.name);
  const href = what === 'deleted' ? undefined : pathOf[kind as keyof typeof pathOf]?.(name);
  return { name, href };
}

/** Somebody who is there no more: by the user name, where the event has it, else by the id. */
function goneOf({ actor, accountId, detail }: AuditEvent): EventRow['about'] {
  if (accountId === undefined || accountId === actor.id) return undefined;
  return { name: 'username' in detail ? String(detail.username) : accountId, href: undefined };
}

/** `hereUid`: the session that the person who looks is in. Postern's own pages are no apps: only others are named. */
export async function sessionRows(
  { accounts, clients, sessions }: AdminRooms,
  list: readonly SessionInfo[],
  { hereUid, withPeople }: { hereUid: string; withPeople: boolean },
): Promise<SessionRow[]> {
  const people = withPeople
    ? await peopleOf(
        accounts,
        list.map(({ accountId }) => accountId),
      )
    : undefined;
  const names = await clientNames(
    clients,
    list.flatMap(({ clientIds }) => clientIds),
  );
  const here = sessions.handleOf(hereUid);
  return list.map(({ id, accountId, userAgent, ip, startedAt, lastUsedAt, clientIds }) => ({
    ...{ id, ip, startedAt, lastUsedAt: lastUsedAt ?? startedAt, isHere: id === here },
    device: deviceOf(userAgent),
    clients: clientIds.filter((id) => !isOwnClient(id)).map((id) => names.get(id) ?? id),
    person: people?.get(accountId),
  }));
}

/** What apps were allowed; Postern's own pages are not among them. */
export async function grantRows({ clients }: AdminRooms, list: readonly GrantInfo[]): Promise<GrantRow[]> {
  const names = await clientNames(
    clients,
    list.map(({ clientId }) => clientId),
  );
  const ofApps = list.filter(({ clientId }) => !isOwnClient(clientId));
  return ofApps.map(({ id, clientId, scopes, expiresAt, isOffline }) => ({
    ...{ id, scopes, expiresAt, isOffline },
    client: { id: clientId, name: names.get(clientId) ?? clientId },
  }));
}

async function clientNames(clients: AdminRooms['clients'], ids: readonly string[]): Promise<Map<string, string>> {
  const found = await Promise.all([...new Set(ids)].map((id) => clients.find(id)));
  return new Map(found.flatMap((client) => (client?.name ? [[client.id, client.name] as const] : [])));
}
