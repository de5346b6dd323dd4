import { type Client, usesSecret } from '../../domain/clients/clients.ts';
import type { DoorPage } from '../door-page.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { clientLink, secretRows } from './client-rows.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change } from './frame.ts';

const path = '/admin/clients/:id';
const day = 86_400;
/** How long an older secret may go on, in seconds; the first is what is offered. */
const overlaps = [7 * day, day, 30 * day, 0] as const;

type Again = NonNullable<DoorRoute['again']>;

/** Secrets of a client: the next one, shown in the answer to the form and never again, and the end of one. */
export function clientSecretPages(dependencies: AdminDependencies, page: DoorPage, again: Again): DoorRoute[] {
  const { clients } = dependencies;
  const idOf = ({ ctx }: Visit): string => ctx.params.id ?? '';
  return [
    change(`${path}/secrets`, { events: ['client.secret_added'], page: path, again }, async (visit) => {
      const { overlapSeconds = '' } = visit.form;
      const input = overlapSeconds === '' ? {} : { overlapSeconds: Number(overlapSeconds) };
      const { client, secret } = await clients.addSecret(idOf(visit), input, visit.circumstances);
      showMade(dependencies, page, visit, { client, secret, isNew: false });
    }),
    change(`${path}/secrets/retire`, { events: ['client.secret_retired'], page: path, again }, async (visit) => {
      await clients.retireSecret(idOf(visit), visit.form.secret ?? '', visit.circumstances);
      visit.done(visit.page, 'secret-retired');
    }),
  ];
}

/** What the people behind the app need, drawn from the form's answer: the secret stands nowhere else. */
export function showMade(
  { config, clock }: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  { client, secret, isNew }: { client: Client; secret?: string | undefined; isNew: boolean },
): void {
  const older = secretRows(client, { clock }).find(({ isNewest }) => !isNewest);
  page(visit, 'admin/client-made', {
    client: { ...clientLink(client), kind: client.kind },
    ...{ isNew, secret, endsAt: older?.endsAt },
    issuer: config.issuer,
    discovery: `${config.issuer}/.well-known/openid-configuration`,
  });
}

/** The section about secrets; undefined for a client that has no use for one. */
export function secretsOf(client: Client, dependencies: AdminDependencies) {
  if (!usesSecret(client.tokenEndpointAuthMethod)) return undefined;
  return { isDeclared: client.secretsDeclared, rows: secretRows(client, dependencies), overlaps };
}
