import { PosternError } from '../../base/errors.ts';
import { attributeTypes } from '../../domain/attributes/attributes.ts';
import { type DoorPage, versionOf, versionShown } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { described } from './groups.ts';
import { attributePath } from './rows.ts';

const path = '/admin/attributes/:name';
const newPath = '/admin/attributes/new';

/** The list of attributes, one of them, and the page that defines one. */
export function attributesPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { attributes, access } = dependencies;
  const draw = (visit: Visit, problem?: Problem) => show(dependencies, page, visit, problem);
  const drawNew = (visit: Visit, problem?: Problem) => {
    const { name = '', type = 'string', description = '' } = visit.form;
    page(
      visit,
      'admin/attribute',
      { href: newPath, name, type, types: attributeTypes, description, uses: [] },
      problem,
    );
  };
  const nameOf = ({ ctx }: Visit): string => ctx.params.name ?? '';

  return [
    look('/admin/attributes', async (visit) => {
      const rows = (await attributes.list()).map(({ name, type, description, origin }) => ({
        ...{ name, href: attributePath(name), type, description, isDeclared: origin === 'file' },
      }));
      page(visit, 'admin/attributes', { rows });
    }),
    look(newPath, (visit) => drawNew(visit)),
    change(newPath, { events: ['attribute.created'], again: drawNew }, async (visit) => {
      const { name = '', type = '' } = visit.form;
      // The room says which types there are.
      const input = { name: name.trim(), type: type as 'string', ...described(visit) };
      const created = await attributes.create(input, visit.circumstances);
      visit.done(attributePath(created.name), 'attribute-created');
    }),
    look(path, (visit) => draw(visit)),
    change(path, { events: ['attribute.updated'], again: draw }, async (visit) => {
      const description = described(visit).description ?? null;
      await attributes.update(nameOf(visit), { description }, { ...visit.circumstances, ifVersion: versionOf(visit) });
      visit.done(visit.page, 'saved');
    }),
    change(`${path}/delete`, { events: ['attribute.deleted'], page: path, again: draw }, async (visit) => {
      await access.removeAttribute(nameOf(visit), visit.circumstances);
      visit.done('/admin/attributes', 'attribute-deleted');
    }),
  ];
}

async function show(
  { attributes, accounts, clients }: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  problem?: Problem,
): Promise<void> {
  const attribute = await attributes.find(visit.ctx.params.name ?? '');
  if (!attribute) throw new PosternError('not_found', 'There is no attribute with this name.');
  const { name, type, description = '', origin, version } = attribute;
  const [uses, people] = await Promise.all([clients.usesOfAttribute(name), accounts.countWithAttribute(name)]);
  const model = {
    attribute: { name, type, accounts: people, isDeclared: origin === 'file', version: versionShown(visit, version) },
    href: attributePath(name),
    ...{ name, type, types: attributeTypes, description: visit.form.description ?? description, uses },
  };
  page(visit, 'admin/attribute', model, problem);
}
