/** Who may still have what was issued: asked at every use, so that a change counts at once (security.md C07). */
import { mayOpen } from '../domain/access/access.ts';
import type { Account } from '../domain/accounts/accounts.ts';
import { type EngineClientObject, extraOf } from './client.ts';
import type { OidcDependencies } from './settings.ts';

/** Whether the client's access rule lets this person in, now. */
export const isLetIn = (account: Account, client: EngineClientObject): boolean =>
  mayOpen(account.groups, extraOf(client).postern_access).allowed;

type Issued = {
  clientId?: string | undefined;
  /** Absent on what a client got for itself. */
  accountId?: string | undefined;
  /** Epoch seconds; only for a token that can't be revoked one by one, which a JWT can't. */
  iat?: number | undefined;
};

/**
 * Whether a token is still worth something to whoever asks about it: its client usable, its person there, enabled and let
 * in, and a JWT issued after everything that ended what came before it. `asking` is loaded already.
 */
export async function isStillGood(
  { accounts, clients, installation }: OidcDependencies,
  { clientId, accountId, iat }: Issued,
  asking: EngineClientObject,
): Promise<boolean> {
  if (clientId === undefined) return false;
  const client = clientId === asking.clientId ? extraOf(asking) : await clients.metadata(clientId);
  if (!client || isBefore(iat, await (iat === undefined ? undefined : installation.notBefore()))) return false;
  // Whoever had the id before is another client; a new one's first tokens come in the second in which it is made.
  if (iat !== undefined && iat < Math.floor((client.postern_created_at ?? 0) / 1000)) return false;
  if (accountId === undefined) return true;
  const account = await accounts.find(accountId);
  if (!account || account.disabled || isBefore(iat, account.tokensFrom)) return false;
  return mayOpen(account.groups, client.postern_access).allowed;
}

/** Of the second in which it happened nothing counts: `iat` has no milliseconds. */
const isBefore = (iat: number | undefined, from: number | undefined): boolean =>
  iat !== undefined && from !== undefined && iat * 1000 < from;
