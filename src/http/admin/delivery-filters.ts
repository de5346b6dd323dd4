/** What stands in the address of the delivery desk, and the filter that it means. */
import { type DeliveryFilters, deliveryFilters } from '../../domain/deliveries/deliveries.ts';
import { single } from '../paths.ts';
import type { RouteContext } from '../routes.ts';
import type { DeskFields, DeskProblem } from '../views.ts';
import type { AdminDependencies } from './dependencies.ts';

type Asked = { fields: DeskFields; filters: DeliveryFilters; problems: DeskProblem[] };

/** The filter, unless something is wrong with it. People are found by user name or account id. */
export async function filtersOf({ accounts }: Pick<AdminDependencies, 'accounts'>, ctx: RouteContext): Promise<Asked> {
  const typed = (name: string) => single(ctx, name)?.trim() ?? '';
  const fields = {
    ...{ state: typed('state'), client: typed('client'), account: typed('account'), signOut: typed('sign_out') },
  };
  const accountId =
    fields.account === '' ? undefined : ((await accounts.findByUsername(fields.account))?.id ?? fields.account);
  const { data: state, success } = deliveryFilters.shape.state.safeParse(fields.state || undefined);
  const problems: DeskProblem[] = [
    ...(success ? [] : [{ path: 'state', reason: 'state' } as const]),
    // Who is gone is found by the id.
    ...(accountId === undefined || accountId.startsWith('acc_')
      ? []
      : [{ path: 'account', reason: 'unknown' } as const]),
  ];
  const filters = { state, clientId: fields.client || undefined, signOutId: fields.signOut || undefined, accountId };
  return { fields, filters, problems };
}

/** The list as it was filtered and paged, to be carried along to the pages of its rows and back. */
export function deskQuery(ctx: RouteContext): Record<string, string | undefined> {
  const names = ['state', 'client', 'account', 'sign_out', 'after'];
  return Object.fromEntries(names.map((name) => [name, single(ctx, name)]));
}
