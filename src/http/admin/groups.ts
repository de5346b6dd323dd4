import { PosternError } from '../../base/errors.ts';
import { type DoorPage, versionOf, versionShown } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { withQuery } from '../paths.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { groupPath } from './rows.ts';

const path = '/admin/groups/:name';
const newPath = '/admin/groups/new';

/** The list of groups, one group, and the page that makes one. */
export function groupsPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { groups, access } = dependencies;
  const draw = (visit: Visit, problem?: Problem) => show(dependencies, page, visit, problem);
  const drawNew = (visit: Visit, problem?: Problem) => {
    const { name = '', description = '' } = visit.form;
    page(visit, 'admin/group', { href: newPath, name, description, uses: [] }, problem);
  };
  const nameOf = ({ ctx }: Visit): string => ctx.params.name ?? '';

  return [
    look('/admin/groups', (visit) => list(dependencies, page, visit)),
    look(newPath, (visit) => drawNew(visit)),
    change(newPath, { events: ['group.created'], again: drawNew }, async (visit) => {
      const { name } = await groups.create(
        { name: visit.form.name?.trim() ?? '', ...described(visit) },
        visit.circumstances,
      );
      visit.done(groupPath(name), 'group-created');
    }),
    look(path, (visit) => draw(visit)),
    change(path, { events: ['group.updated'], again: draw }, async (visit) => {
      const description = described(visit).description ?? null;
      await groups.update(nameOf(visit), { description }, { ...visit.circumstances, ifVersion: versionOf(visit) });
      visit.done(visit.page, 'saved');
    }),
    change(`${path}/delete`, { events: ['group.deleted'], page: path, again: draw }, async (visit) => {
      await access.removeGroup(nameOf(visit), visit.circumstances);
      visit.done('/admin/groups', 'group-deleted');
    }),
  ];
}

async function list({ groups, accounts }: AdminDependencies, page: DoorPage, visit: Visit): Promise<void> {
  const all = await groups.list();
  const members = await Promise.all(all.map(({ name }) => accounts.count({ group: name })));
  const rows = all.map(({ name, description, origin }, at) => ({
    ...{ name, href: groupPath(name), description, isDeclared: origin === 'file', members: members[at] ?? 0 },
  }));
  page(visit, 'admin/groups', { rows });
}

async function show(
  { groups, accounts, clients }: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  problem?: Problem,
): Promise<void> {
  const group = await groups.find(visit.ctx.params.name ?? '');
  if (!group) throw new PosternError('not_found', 'There is no group with this name.');
  const { name, description = '', origin, version } = group;
  const members = await accounts.count({ group: name });
  const model = {
    group: {
      name,
      version: versionShown(visit, version),
      members,
      isDeclared: origin === 'file',
      membersHref: membersPath(name),
    },
    href: groupPath(name),
    ...{ name, description: visit.form.description ?? description, uses: await clients.usesOfGroup(name) },
  };
  page(visit, 'admin/group', model, problem);
}

const membersPath = (group: string): string => withQuery('/admin/accounts', { group });

/** The description as it was typed, if it was. */
export function described({ form }: Visit): { description?: string } {
  const description = form.description?.trim();
  return description ? { description } : {};
}
