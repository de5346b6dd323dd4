import type { DoorPage } from '../door-page.ts';
import type { DoorRoute } from '../own-door.ts';
import type { AdminDependencies } from './dependencies.ts';
import { look } from './frame.ts';
import { eventRows, personLink, stateOf } from './rows.ts';

const lastEvents = 10;
const mostAdministrators = 20;

/** /admin: what is there, who administers it, and what happened last. */
export function overviewPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { accounts, groups, clients, deliveries, config, listEvents } = dependencies;
  return [
    look('/admin', async (visit) => {
      const [accountCount, groupList, clientCount, told, events, ...administrators] = await Promise.all([
        accounts.count({}),
        groups.list(),
        clients.count(),
        deliveries.count(),
        listEvents({ limit: lastEvents }),
        ...config.admin.groups.map((group) => accounts.list({ group, limit: mostAdministrators })),
      ]);
      const people = new Map(administrators.flatMap(({ items }) => items).map((account) => [account.id, account]));
      page(visit, 'admin/overview', {
        counts: { accounts: accountCount, groups: groupList.length, clients: clientCount },
        administrators: [...people.values()].map((account) => ({ ...personLink(account), state: stateOf(account) })),
        givenUp: told.given_up,
        events: await eventRows(accounts, events.items),
      });
    }),
  ];
}
