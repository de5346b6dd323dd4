import type { FieldProblem } from '../../base/errors.ts';
import { type Client, type ClientInput, clientKinds } from '../../domain/clients/clients.ts';
import { type DoorPage, listQuery, pageLinks } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { FormShape } from '../form.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { single, withQuery } from '../paths.ts';
import type { ClientRow, NewClientFields } from '../views.ts';
import { accessFieldsOf, accessOf, accessTyped } from './client-access.ts';
import { refuseWith } from './client-change.ts';
import { clientRow } from './client-rows.ts';
import { linesOf } from './client-rules.ts';
import { showMade } from './client-secrets.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';

const perPage = 50;
const newPath = '/admin/clients/new';
const newForm: FormShape = { lists: ['accessGroups'], mostKib: 64 };

/** The list of clients, and the page that adds one: first what it is, then the few things that its kind needs. */
export function clientsPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { clients } = dependencies;
  const draw = (visit: Visit, problem?: Problem) => drawNew(dependencies, page, visit, problem);
  return [
    look('/admin/clients', (visit) => list(dependencies, page, visit)),
    look(newPath, (visit) => draw(visit)),
    change(newPath, { events: ['client.created'], form: newForm, again: draw }, async (visit) => {
      const { input, problems } = inputOf(visit);
      await refuseWith(clients, problems, { input });
      const made = await clients.create(input, visit.circumstances);
      showMade(dependencies, page, visit, { ...made, isNew: true });
    }),
  ];
}

async function list(dependencies: AdminDependencies, page: DoorPage, visit: Visit): Promise<void> {
  const search = single(visit.ctx, 'search')?.trim() ?? '';
  const found = await dependencies.clients.list({ limit: perPage, after: single(visit.ctx, 'after'), search });
  page(visit, 'admin/clients', {
    rows: found.items.map((client) => rowOf(dependencies, client, visit)),
    search,
    links: pageLinks(visit, found.next),
  });
}

/** A row leads to its page, and that back to this list. */
function rowOf(dependencies: AdminDependencies, client: Client, visit: Visit): ClientRow {
  const row = clientRow(client, dependencies);
  return { ...row, href: withQuery(row.href, listQuery(visit)) };
}

async function drawNew(
  { config, groups }: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  problem: Problem | undefined,
): Promise<void> {
  const wanted = problem ? visit.form.kind : single(visit.ctx, 'kind');
  const kind = clientKinds.find((name) => name === wanted);
  const all = await groups.list();
  const text = (name: string) => visit.form[name] ?? '';
  const usual = config.mode === 'serve' ? 'nobody' : 'everybody';
  const fields: NewClientFields = {
    ...(problem ? accessTyped(visit, all) : accessFieldsOf(usual, all)),
    ...{ id: text('id'), name: text('name'), scope: text('scope') },
    ...{ redirectUris: text('redirectUris'), postLogoutRedirectUris: text('postLogoutRedirectUris') },
    backchannelLogoutUri: text('backchannelLogoutUri'),
  };
  page(visit, 'admin/client-new', { kind, types: clientKinds, fields }, problem);
}

/** What was typed, for the room, which knows what each kind is. A machine has no addresses, and nobody opens it. */
function inputOf(visit: Visit): { input: ClientInput; problems: FieldProblem[] } {
  const { form } = visit;
  const text = (name: string) => form[name]?.trim() || undefined;
  const common = { id: text('id') ?? '', name: text('name'), kind: form.kind as ClientInput['kind'] };
  const scope = text('scope');
  if (form.kind === 'machine') return { input: { ...common, access: 'nobody', scope }, problems: [] };
  const access = accessOf(visit, 'nobody');
  const input = {
    ...{ ...common, scope, access: access.value },
    redirectUris: linesOf(form.redirectUris ?? ''),
    postLogoutRedirectUris: linesOf(form.postLogoutRedirectUris ?? ''),
    backchannelLogoutUri: text('backchannelLogoutUri'),
  };
  return { input, problems: access.problems };
}
