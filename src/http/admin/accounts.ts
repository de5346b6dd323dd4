import type { Account } from '../../domain/accounts/accounts.ts';
import { type DoorPage, listQuery, pageLinks } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { single, withQuery } from '../paths.ts';
import { accountForm, changeOf, fieldsOf, fieldsTyped, type Offered, withoutEmpty } from './account-fields.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { accountPath, personLink, stateOf } from './rows.ts';

const perPage = 50;
const newPath = '/admin/accounts/new';

/** The list of accounts, and the page that makes one and shows its invitation. */
export function accountsPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { accounts } = dependencies;

  async function draw(visit: Visit, problem?: Problem): Promise<void> {
    const offered = await offeredBy(dependencies);
    const fields = problem ? fieldsTyped(visit, offered) : fieldsOf(undefined, offered);
    page(visit, 'admin/account-new', { fields }, problem);
  }

  const events = ['account.created', 'account.link_issued'] as const;
  return [
    look('/admin/accounts', (visit) => list(dependencies, page, visit)),
    look(newPath, (visit) => draw(visit)),
    change(newPath, { events, form: accountForm, again: draw }, async (visit) => {
      const input = withoutEmpty(changeOf(visit, await offeredBy(dependencies)));
      const account = await accounts.create(input, visit.circumstances);
      await showLink(dependencies, page, visit, account);
    }),
  ];
}

async function list({ accounts, groups }: AdminDependencies, page: DoorPage, visit: Visit): Promise<void> {
  const [search = '', group = '', after] = ['search', 'group', 'after'].map((name) => single(visit.ctx, name));
  const found = await accounts.list({
    ...{ limit: perPage, after },
    ...(search.trim() !== '' && { search: search.trim() }),
    ...(group !== '' && { group }),
  });
  page(visit, 'admin/accounts', {
    rows: found.items.map((account) => rowOf(account, visit)),
    ...{ search, group, groups: (await groups.list()).map(({ name }) => name) },
    links: pageLinks(visit, found.next),
  });
}

/** Makes the link by which that person chooses a password, and shows it this once: an answer to a form, never an address. */
export async function showLink(
  { accounts, config, clock }: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  account: Account,
): Promise<void> {
  const { token, purpose, expiresAt } = await accounts.issueLink(account.id, visit.circumstances);
  page(visit, 'admin/shown-once', {
    kind: purpose,
    value: `${config.issuer}/link?${new URLSearchParams({ token })}`,
    lastsSeconds: Math.round((expiresAt - clock.now()) / 1000),
    person: personLink(account),
  });
}

const rowOf = (account: Account, visit: Visit) => ({
  ...personLink(account),
  href: withQuery(accountPath(account.id), listQuery(visit)),
  ...{ email: account.email, groups: account.groups, state: stateOf(account) },
});

/** The groups and attributes that a form offers. */
export async function offeredBy({ groups, attributes }: AdminDependencies): Promise<Offered> {
  return { groups: await groups.list(), attributes: await attributes.list() };
}
