import { PosternError } from '../../base/errors.ts';
import { type DeliveryFilters, type DeliveryState, deliveryStates } from '../../domain/deliveries/deliveries.ts';
import { type DoorPage, pageLinks } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { single, withQuery } from '../paths.ts';
import type { Pill, ViewModels } from '../views.ts';
import { deskQuery, filtersOf } from './delivery-filters.ts';
import { deliveryRows, deskPath, doerOf } from './delivery-rows.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { peopleOf } from './rows.ts';

const perPage = 50;

/** The delivery desk: which app has to hear that somebody is signed out, and the button that tells them again. */
export function deliveriesPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { deliveries } = dependencies;
  const draw = (visit: Visit, problem?: Problem) => list(dependencies, page, visit, problem);
  return [
    look(deskPath, (visit) => draw(visit)),
    change(`${deskPath}/replay`, { events: ['delivery.replayed'], page: deskPath, again: draw }, async (visit) => {
      const { filters, problems } = await filtersOf(dependencies, visit.ctx);
      // What is no filter must not mean all of them.
      if (problems.length > 0) throw new PosternError('invalid', 'Nothing was sent again: the filter is wrong.');
      const count = await deliveries.replay(filters, visit.circumstances);
      visit.done(visit.page, count > 0 ? 'deliveries-replayed' : 'deliveries-none');
    }),
  ];
}

async function list(
  dependencies: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  problem: Problem | undefined,
): Promise<void> {
  const { deliveries, config } = dependencies;
  const { fields, filters, problems } = await filtersOf(dependencies, visit.ctx);
  if (problems.length > 0 && !problem) visit.ctx.status = 400;
  const isRead = problems.length === 0;
  const after = single(visit.ctx, 'after');
  const [found, counts, signOut] = await Promise.all([
    isRead ? deliveries.list({ limit: perPage, after, ...filters }) : { items: [], next: undefined },
    deliveries.count(isRead ? { ...filters, state: undefined } : {}),
    isRead ? signOutOf(dependencies, filters) : undefined,
  ]);
  const rows = await deliveryRows(dependencies, found.items, deskQuery(visit.ctx));
  const pills = pillsOf(visit, counts, filters);
  const model = {
    ...{ fields, problems, pills, signOut },
    // Of one sign-out it is asked who has not heard of it.
    rows: signOut ? rows.toSorted((one, other) => rankOf(one.state) - rankOf(other.state)) : rows,
    ...{ confirmed: counts.confirmed, total: totalOf(counts) },
    open: isRead ? openOf(counts, filters.state) : 0,
    givenUp: filters.state === 'given_up' ? undefined : givenUpOf(visit, counts),
    links: pageLinks(visit, found.next),
    ...{ tellsSeconds: config.signOut.giveUpSeconds, keptDays: config.signOut.retentionDays },
  };
  page(visit, 'admin/deliveries', model, problem);
}

type Counts = Record<DeliveryState, number>;
type Model = ViewModels['admin/deliveries'];

const totalOf = (counts: Counts): number => deliveryStates.reduce((sum, state) => sum + counts[state], 0);

/** Those that need somebody first, those that are done last. */
const rankOf = (state: DeliveryState): number => ['given_up', 'waiting', 'not_told', 'confirmed'].indexOf(state);

function openOf(counts: Counts, state: DeliveryFilters['state']): number {
  if (state === 'confirmed') return 0;
  return state === undefined || state === 'unconfirmed' ? totalOf(counts) - counts.confirmed : counts[state];
}

function givenUpOf({ page }: Visit, { given_up: count }: Counts): Model['givenUp'] {
  return count === 0 ? undefined : { count, href: stateHref(page, 'given_up') };
}

const stateHref = (page: string, state: string | undefined): string =>
  withQuery(page, { state, after: undefined, done: undefined });

/** A link for each state that something is in, and the one that is shown. */
function pillsOf({ page }: Visit, counts: Counts, { state: current }: DeliveryFilters): Pill[] {
  const total = totalOf(counts);
  const open = total - counts.confirmed;
  const all: [Pill['state'], number][] = [
    ['all', total],
    // Where nothing is confirmed, it would be the same as all.
    ['unconfirmed', open === total ? 0 : open],
    ...deliveryStates.map((state): [DeliveryState, number] => [state, counts[state]]),
  ];
  return all
    .map(([state, count]) => ({
      ...{ state, count, href: stateHref(page, state === 'all' ? undefined : state) },
      isCurrent: state === (current ?? 'all'),
    }))
    .filter(({ state, count, isCurrent }) => state === 'all' || count > 0 || isCurrent);
}

async function signOutOf(
  { deliveries, accounts }: AdminDependencies,
  { signOutId }: DeliveryFilters,
): Promise<Model['signOut']> {
  if (signOutId === undefined) return undefined;
  const { accountId, reason, by, at } = await deliveries.findSignOut(signOutId);
  const people = await peopleOf(accounts, [accountId, by.type === 'account' ? by.id : undefined]);
  return { accountId, reason, at, person: people.get(accountId), doer: doerOf(by, people) };
}
