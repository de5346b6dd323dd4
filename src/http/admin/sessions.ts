import { type DoorPage, pageLinks } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { single } from '../paths.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { sessionRows } from './rows.ts';

const path = '/admin/sessions';
const perPage = 50;

/** Everywhere that anybody is signed in, and the end of it. */
export function sessionsPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { sessions } = dependencies;

  async function draw(visit: Visit, problem?: Problem): Promise<void> {
    const found = await sessions.list({ limit: perPage, after: single(visit.ctx, 'after') });
    const rows = await sessionRows(dependencies, found.items, { hereUid: visit.session.uid, withPeople: true });
    page(visit, 'admin/sessions', { rows, links: pageLinks(visit, found.next) }, problem);
  }

  return [
    look(path, (visit) => draw(visit)),
    change(`${path}/end`, { events: ['session.ended'], page: path, again: draw }, async (visit) => {
      await sessions.end(visit.form.session ?? '', {}, visit.circumstances);
      visit.done(visit.page, 'session-ended');
    }),
  ];
}
