import { PosternError } from '../../base/errors.ts';
import type { Account } from '../../domain/accounts/accounts.ts';
import { type DoorPage, listQuery, versionOf, versionShown } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { withQuery } from '../paths.ts';
import type { ViewModels } from '../views.ts';
import { accountForm, changeOf, fieldsOf, fieldsTyped, touchedOnly } from './account-fields.ts';
import { offeredBy, showLink } from './accounts.ts';
import { inOrderOf } from './client-access.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { eventRows, grantRows, nameOf, sessionRows, stateOf } from './rows.ts';

const path = '/admin/accounts/:id';
const lastEvents = 10;

/** The page of one account, and everything that is done to it there. */
export function accountPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { accounts, sessions } = dependencies;
  const draw = (visit: Visit, problem?: Problem) => show(dependencies, page, visit, { problem });
  const typed = (visit: Visit, problem: Problem) => show(dependencies, page, visit, { problem, typed: true });
  const idOf = ({ ctx }: Visit): string => ctx.params.id ?? '';
  /** A button on the page. */
  const act = (name: string, event: Events, word: string, work: (visit: Visit, id: string) => Promise<unknown>) =>
    change(`${path}/${name}`, { events: [event], page: path, again: draw }, async (visit) => {
      await work(visit, idOf(visit));
      visit.done(event === 'account.deleted' ? listOf(visit) : visit.page, word);
    });

  return [
    look(path, (visit) => draw(visit)),
    change(path, { events: ['account.updated'], form: accountForm, again: typed }, async (visit) => {
      const offered = await offeredBy(dependencies);
      const account = await known(dependencies, visit);
      const input = touchedOnly(changeOf(visit, offered), visit, fieldsOf(account, offered));
      // The form lists groups by name; apps may look at the order that they had.
      input.groups = inOrderOf(account.groups, input.groups ?? []);
      await accounts.update(idOf(visit), input, { ...visit.circumstances, ifVersion: versionOf(visit) });
      visit.done(visit.page, 'saved');
    }),
    act('disable', 'account.disabled', 'account-disabled', ({ circumstances }, id) =>
      accounts.setDisabled(id, true, circumstances),
    ),
    act('enable', 'account.enabled', 'account-enabled', ({ circumstances }, id) =>
      accounts.setDisabled(id, false, circumstances),
    ),
    act('delete', 'account.deleted', 'account-deleted', ({ circumstances }, id) => accounts.remove(id, circumstances)),
    act('unlock', 'account.unlocked', 'account-unlocked', ({ circumstances }, id) =>
      accounts.unlock(id, circumstances),
    ),
    act('sessions/end', 'session.ended', 'session-ended', ({ form, circumstances }, id) =>
      sessions.end(form.session ?? '', { accountId: id }, circumstances),
    ),
    change(`${path}/sessions/end-all`, { events: ['account.tokens_ended'], page: path, again: draw }, async (visit) => {
      // Whoever looks at their own page stays signed in.
      const ended = await sessions.endOthers(idOf(visit), visit.session.uid, visit.circumstances);
      visit.done(visit.page, ended.sessions > 0 ? 'sessions-ended' : 'no-sessions');
    }),
    act('grants/revoke', 'grant.revoked', 'grant-revoked', ({ form, circumstances }, id) =>
      sessions.revokeGrant(form.grant ?? '', { accountId: id }, circumstances),
    ),
    change(`${path}/link`, { events: ['account.link_issued'], page: path, again: draw }, async (visit) =>
      showLink(dependencies, page, visit, await known(dependencies, visit)),
    ),
  ];
}

/** The list of accounts as it was when this page was opened from there. */
const listOf = (visit: Visit): string => withQuery('/admin/accounts', listQuery(visit));

type Events = DoorRoute['events'] extends readonly (infer Name)[] | undefined ? Name : never;

async function known({ accounts }: AdminDependencies, { ctx }: Visit): Promise<Account> {
  const account = await accounts.find(ctx.params.id ?? '');
  if (!account) throw new PosternError('not_found', 'There is no account with this id.');
  return account;
}

async function show(
  dependencies: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  { problem, typed }: { problem?: Problem | undefined; typed?: boolean },
): Promise<void> {
  const account = await known(dependencies, visit);
  const offered = await offeredBy(dependencies);
  page(
    visit,
    'admin/account',
    {
      account: headOf(account, visit),
      list: listOf(visit),
      fields: typed ? fieldsTyped(visit, offered) : fieldsOf(account, offered),
      ...(await around(dependencies, visit, account)),
    },
    problem,
  );
}

function headOf(account: Account, visit: Visit): ViewModels['admin/account']['account'] {
  const { id, username, origin, hasPassword, createdAt } = account;
  return {
    ...{ id, username, hasPassword, createdAt, name: nameOf(account), state: stateOf(account) },
    version: versionShown(visit, account.version),
    isDeclared: origin === 'file',
    isSelf: id === visit.account.id,
  };
}

/** Where that person is signed in, what apps got, what they may open, what happened last. */
async function around(dependencies: AdminDependencies, visit: Visit, account: Account) {
  const { accounts, sessions, access, listEvents } = dependencies;
  const [signedIn, grants, apps, events] = await Promise.all([
    sessions.listOfAccount(account.id),
    sessions.grantsOfAccount(account.id),
    access.clientsOf(account),
    listEvents({ accountId: account.id, limit: lastEvents }),
  ]);
  return {
    sessions: await sessionRows(dependencies, signedIn, { hereUid: visit.session.uid, withPeople: false }),
    grants: await grantRows(dependencies, grants),
    apps: apps.filter(({ allowed }) => allowed),
    events: await eventRows(accounts, events.items),
  };
}
