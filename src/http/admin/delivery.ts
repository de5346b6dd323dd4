import type { Client } from '../../domain/clients/clients.ts';
import type { Delivery } from '../../domain/deliveries/deliveries.ts';
import type { DoorPage } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { withQuery } from '../paths.ts';
import type { Untold } from '../views.ts';
import { deskQuery } from './delivery-filters.ts';
import { attemptRow, deliveryRows, deskPath, doerOf } from './delivery-rows.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { peopleOf } from './rows.ts';

const path = `${deskPath}/:id`;

/** One delivery: what it is about, every attempt, what to change, and the button that tells the app again. */
export function deliveryPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const draw = (visit: Visit, problem?: Problem) => show(dependencies, page, visit, problem);
  const options = { events: ['delivery.replayed'], page: path, again: draw } as const;
  return [
    look(path, (visit) => draw(visit)),
    change(`${path}/replay`, options, async (visit) => {
      await dependencies.deliveries.replay({ id: visit.ctx.params.id ?? '' }, visit.circumstances);
      visit.done(visit.page, 'delivery-replayed');
    }),
  ];
}

async function show(
  dependencies: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  problem: Problem | undefined,
): Promise<void> {
  const { deliveries, clients, accounts } = dependencies;
  const { tries, ...delivery } = await deliveries.find(visit.ctx.params.id ?? '');
  const { by, giveUpAt, settledAt, sid, clientId } = delivery;
  const query = deskQuery(visit.ctx);
  const [row] = await deliveryRows(dependencies, [delivery], query);
  if (!row) throw new Error('a row is made of each delivery');
  const client = await clients.find(clientId);
  const people = await peopleOf(accounts, [by.type === 'account' ? by.id : undefined]);
  const model = {
    list: withQuery(deskPath, query),
    delivery: { ...row, giveUpAt, settledAt, sid, doer: doerOf(by, people) },
    url: client?.backchannelLogoutUri,
    untold: untoldOf(delivery, client),
    tries: tries.map(attemptRow),
  };
  page(visit, 'admin/delivery', model, problem);
}

/** What keeps the app from being told, by what the client says now. */
function untoldOf({ state, sid }: Delivery, client: Client | undefined): Untold | undefined {
  if (state === 'confirmed') return undefined;
  if (!client) return 'gone';
  if (client.backchannelLogoutUri === undefined)
    return client.frontchannelLogoutUri === undefined ? 'no-address' : 'browser-only';
  return sid === undefined && client.backchannelLogoutSessionRequired ? 'no-session' : undefined;
}
