import { PosternError } from '../../base/errors.ts';
import type { Client } from '../../domain/clients/clients.ts';
import { type DoorPage, listQuery, versionOf, versionShown } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { single, withQuery } from '../paths.ts';
import { changeOf, merged, refuseWith } from './client-change.ts';
import { clientForm, fieldsOf, fieldsTyped } from './client-fields.ts';
import { previewOf } from './client-preview.ts';
import { clientRow, noticesOf } from './client-rows.ts';
import { claimSources, inForm, rolesTyped } from './client-rules.ts';
import { clientSecretPages, secretsOf } from './client-secrets.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';

const path = '/admin/clients/:id';

/** The page of one client, and everything that is done to it there. */
export function clientPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { clients } = dependencies;
  const idOf = ({ ctx }: Visit): string => ctx.params.id ?? '';
  const draw = (visit: Visit, problem?: Problem) => show(dependencies, page, visit, { problem });
  const typed = (visit: Visit, problem: Problem) =>
    show(dependencies, page, visit, { problem: inForm(problem, rolesTyped(visit)), typed: true });
  const again = { page: path, again: draw };

  return [
    look(path, (visit) => draw(visit)),
    change(path, { events: ['client.updated'], form: clientForm, again: typed }, async (visit) => {
      const current = await known(dependencies, visit);
      const { value, problems } = changeOf(visit, current);
      await refuseWith(clients, problems, { input: merged(current, value), current });
      await clients.update(current.id, value, { ...visit.circumstances, ifVersion: versionOf(visit) });
      visit.done(visit.page, 'saved');
    }),
    change(`${path}/disable`, { events: ['client.disabled'], ...again }, async (visit) => {
      await clients.setDisabled(idOf(visit), true, visit.circumstances);
      visit.done(visit.page, 'client-disabled');
    }),
    change(`${path}/enable`, { events: ['client.enabled'], ...again }, async (visit) => {
      await clients.setDisabled(idOf(visit), false, visit.circumstances);
      visit.done(visit.page, 'client-enabled');
    }),
    change(`${path}/delete`, { events: ['client.deleted'], ...again }, async (visit) => {
      await clients.remove(idOf(visit), visit.circumstances);
      visit.done(listOf(visit), 'client-deleted');
    }),
    change(`${path}/sessions/end`, { events: ['client.sessions_ended', 'session.ended'], ...again }, async (visit) => {
      const { id } = await known(dependencies, visit);
      const ended = await dependencies.sessions.endOfClient(id, visit.circumstances);
      visit.done(visit.page, ended.sessions > 0 ? 'client-sessions-ended' : 'no-sessions');
    }),
    ...clientSecretPages(dependencies, page, draw),
  ];
}

/** The list of clients as it was when this page was opened from there. */
const listOf = (visit: Visit): string => withQuery('/admin/clients', listQuery(visit));

async function known({ clients }: AdminDependencies, { ctx }: Visit): Promise<Client> {
  const client = await clients.find(ctx.params.id ?? '');
  if (!client) throw new PosternError('not_found', 'There is no client with this id.');
  return client;
}

async function show(
  dependencies: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  { problem, typed }: { problem?: Problem | undefined; typed?: boolean },
): Promise<void> {
  const client = await known(dependencies, visit);
  const [groups, attributes] = await Promise.all([dependencies.groups.list(), dependencies.attributes.list()]);
  const { createdAt, version, origin } = client;
  const as = single(visit.ctx, 'as')?.trim() ?? '';
  const model = {
    client: {
      ...{ ...clientRow(client, dependencies), createdAt, isDeclared: origin === 'file' },
      version: versionShown(visit, version),
    },
    list: listOf(visit),
    notices: noticesOf(client),
    fields: typed ? fieldsTyped(visit, groups) : fieldsOf(client, groups),
    sources: { claims: claimSources, attributes: attributes.map(({ name }) => name) },
    secrets: secretsOf(client, dependencies),
    preview: await previewOf(dependencies, client, as),
  };
  page(visit, 'admin/client', model, problem);
}
