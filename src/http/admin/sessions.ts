import { PosternError } from '../../base/errors.ts';
import { type DoorPage, pageLinks } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { single } from '../paths.ts';
import { clientPath } from './client-rows.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { sessionRows } from './rows.ts';

const path = '/admin/sessions';
const perPage = 50;

/** Everywhere that anybody is signed in, or those who used one client, and the end of it. */
export function sessionsPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { sessions, clients } = dependencies;

  async function draw(visit: Visit, problem?: Problem): Promise<void> {
    const clientId = single(visit.ctx, 'client') || undefined;
    const client = clientId === undefined ? undefined : await clients.find(clientId);
    if (clientId !== undefined && !client) throw new PosternError('not_found', 'There is no client with this id.');
    const found = await sessions.list({ limit: perPage, after: single(visit.ctx, 'after'), clientId });
    const rows = await sessionRows(dependencies, found.items, { hereUid: visit.session.uid, withPeople: true });
    const links = pageLinks(visit, found.next);
    const of = client && { name: client.name, href: clientPath(client.id) };
    page(visit, 'admin/sessions', { rows, client: of, links }, problem);
  }

  return [
    look(path, (visit) => draw(visit)),
    change(`${path}/end`, { events: ['session.ended'], page: path, again: draw }, async (visit) => {
      await sessions.end(visit.form.session ?? '', {}, visit.circumstances);
      visit.done(visit.page, 'session-ended');
    }),
  ];
}
