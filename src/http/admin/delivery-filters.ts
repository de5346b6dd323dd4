/** What stands in the address of the delivery desk, and the filter that it means. */
import { type DeliveryFilters, deliveryFilters } from '../../domain/deliveries/deliveries.ts';
import { httpProblem } from '../errors.ts';
import { single } from '../paths.ts';
import type { RouteContext } from '../routes.ts';
import type { DeskFields, DeskProblem } from '../views.ts';
import type { AdminDependencies } from './dependencies.ts';

type Asked = { fields: DeskFields; filters: DeliveryFilters; problems: DeskProblem[] };

/**
 * The filter, unless something is wrong with it. People are found by user name or account id. Throws `invalid` (400) for an
 * address that nobody was given.
 */
export async function filtersOf({ accounts }: Pick<AdminDependencies, 'accounts'>, ctx: RouteContext): Promise<Asked> {
  const typed = (name: string) => single(ctx, name)?.trim() ?? '';
  const name = typed('account');
  const person = name === '' ? undefined : ((await accounts.findByUsername(name)) ?? (await accounts.find(name)));
  const accountId = person?.id ?? (name || undefined);
  const fields = {
    ...{ state: typed('state'), client: typed('client'), signOut: typed('sign_out') },
    account: person?.username ?? name,
  };
  const asked = { state: fields.state || undefined, clientId: fields.client || undefined, accountId };
  const parsed = deliveryFilters.safeParse({ ...asked, signOutId: fields.signOut || undefined });
  const wrong = new Set(parsed.error?.issues.map(({ path: [member] }) => member));
  if (wrong.has('clientId') || wrong.has('signOutId'))
    throw httpProblem(400, 'No delivery can be meant by this address.');
  // Who is gone is found by the id.
  const isSomebody = accountId === undefined || person !== undefined || accountId.startsWith('acc_');
  const problems: DeskProblem[] = [
    ...(wrong.has('state') ? [{ path: 'state', reason: 'state' } as const] : []),
    ...(isSomebody && !wrong.has('accountId') ? [] : [{ path: 'account', reason: 'unknown' } as const]),
  ];
  return { fields, filters: parsed.data ?? {}, problems };
}

/** The list as it was filtered and paged, to be carried along to the pages of its rows and back. */
export function deskQuery(ctx: RouteContext): Record<string, string | undefined> {
  const names = ['state', 'client', 'account', 'sign_out', 'after'];
  return Object.fromEntries(names.map((name) => [name, single(ctx, name)]));
}
