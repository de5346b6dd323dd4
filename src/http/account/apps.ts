import { PosternError } from '../../base/errors.ts';
import { isOwnClient } from '../../base/own-clients.ts';
import type { GrantInfo } from '../../domain/sessions/sessions.ts';
import type { OwnApp } from '../views.ts';
import type { AccountDependencies } from './dependencies.ts';

type Rooms = Pick<AccountDependencies, 'sessions' | 'clients'>;

/**
 * The apps that may use the account, each once: one that was allowed in several browsers has a grant from each. Postern's
 * own pages are not among them. `id` is the newest grant's.
 */
export async function ownApps({ sessions, clients }: Rooms, accountId: string): Promise<OwnApp[]> {
  const byClient = Map.groupBy(await grantsOf({ sessions }, accountId), ({ clientId }) => clientId);
  return Promise.all(
    [...byClient].map(async ([clientId, grants]) => ({
      id: grants[0]?.id ?? '',
      client: { id: clientId, name: (await clients.find(clientId))?.name ?? clientId },
      scopes: [...new Set(grants.flatMap(({ scopes }) => scopes))],
      expiresAt: Math.max(...grants.map(({ expiresAt }) => expiresAt)),
    })),
  );
}

/** Every grant of the app that this one of the person's grants is for. Throws `not_found`, also for somebody else's. */
export async function grantsOfApp({ sessions }: Rooms, accountId: string, grantId: string): Promise<GrantInfo[]> {
  const grants = await grantsOf({ sessions }, accountId);
  const named = grants.find(({ id }) => id === grantId);
  if (!named) throw new PosternError('not_found', 'This app is not among those that you allowed. Load the page again.');
  return grants.filter(({ clientId }) => clientId === named.clientId);
}

async function grantsOf({ sessions }: Pick<Rooms, 'sessions'>, accountId: string): Promise<GrantInfo[]> {
  return (await sessions.grantsOfAccount(accountId)).filter(({ clientId }) => !isOwnClient(clientId));
}
