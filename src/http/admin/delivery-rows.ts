/** How lists and pages show a delivery, and where those are that an event has brought about. */
import { STATUS_CODES } from 'node:http';
import type { Actor, AuditEvent, AuditEventName } from '../../domain/audit/audit.ts';
import { type Attempt, type Delivery, type ListedDelivery, refusalOf } from '../../domain/deliveries/deliveries.ts';
import { pathPart, withQuery } from '../paths.ts';
import type { AttemptRow, DeliveryRow, Doer, PersonLink } from '../views.ts';
import { clientPath } from './client-rows.ts';
import type { AdminDependencies } from './dependencies.ts';
import { peopleOf } from './rows.ts';

export const deskPath = '/admin/deliveries';
export const deliveryPath = (id: string): string => `${deskPath}/${pathPart(id)}`;
export const signOutPath = (id: string): string => withQuery(deskPath, { sign_out: id });

type Rooms = Pick<AdminDependencies, 'accounts' | 'clients' | 'clock'>;

/** `query`: what the list's address has, so that a row's page leads back to it. */
export async function deliveryRows(
  { accounts, clients, clock }: Rooms,
  list: readonly (Delivery & Partial<Pick<ListedDelivery, 'last'>>)[],
  query: Record<string, string | undefined>,
): Promise<DeliveryRow[]> {
  const people = await peopleOf(
    accounts,
    list.map(({ accountId }) => accountId),
  );
  const ids = [...new Set(list.map(({ clientId }) => clientId))];
  const found = new Map((await Promise.all(ids.map((id) => clients.find(id)))).map((client) => [client?.id, client]));
  const now = clock.now();
  return list.map((delivery) => {
    const { id, clientId, accountId, signOutId, state, reason, attempts, createdAt, dueAt, last } = delivery;
    const client = found.get(clientId);
    const isDue = state === 'waiting' && dueAt <= now;
    return {
      ...{ id, accountId, state, reason, attempts, createdAt, isDue, person: people.get(accountId) },
      href: withQuery(deliveryPath(id), query),
      client: { id: clientId, name: client?.name ?? clientId, href: client && clientPath(clientId) },
      signOutHref: signOutPath(signOutId),
      dueAt: state === 'waiting' && !isDue ? dueAt : undefined,
      last: last && attemptRow(last),
    };
  });
}

export const attemptRow = (attempt: Attempt): AttemptRow => {
  const { status, problem } = attempt;
  const isRefused = status !== undefined && problem !== undefined;
  return {
    ...attempt,
    statusText: status === undefined ? '' : (STATUS_CODES[status] ?? ''),
    refusal: isRefused ? refusalOf(status) : undefined,
    // Where it happened, the list says already.
    summary: problem?.split('. ', 1)[0]?.replace(/^https?:\/\/\S+ /, ''),
  };
};

/** Who did it, by name where it is somebody who is there. */
export function doerOf({ type: kind, id: by }: Actor, people: ReadonlyMap<string, PersonLink>): Doer {
  return { kind, by, who: kind === 'account' && by !== undefined ? people.get(by) : undefined };
}

/** Events that sign a person out wholly, and say nothing of the apps themselves. */
const signsOut: ReadonlySet<AuditEventName> = new Set([
  ...(['account.disabled', 'account.deleted', 'account.password_changed'] as const),
  ...(['account.link_used', 'account.tokens_ended'] as const),
]);

/** Where it stands which apps were told of what an event was about. */
export function toldHrefOf({ event, detail, accountId, clientId }: AuditEvent): string | undefined {
  if ('deliveryId' in detail && detail.deliveryId !== undefined) return deliveryPath(detail.deliveryId);
  if ('signOutId' in detail && detail.signOutId !== undefined) return signOutPath(detail.signOutId);
  if (event === 'client.sessions_ended') return withQuery(deskPath, { client: clientId });
  return signsOut.has(event) && accountId !== undefined ? withQuery(deskPath, { account: accountId }) : undefined;
}
