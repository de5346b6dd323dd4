import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Condition, Model } from '../domain/records/records.ts';
import type { OidcDependencies } from './settings.ts';

/** Ours on the engine's session: the account's version when the person proved to be it, in the request that signs in. */
export type SignInOfSession = { accountId?: string; uid: string; exp?: number; provenVersion?: number | undefined };

type Rooms = Pick<OidcDependencies, 'accounts' | 'records'>;

/** A session that gets its account now begins only while the account is as it was when the password was right. */
export function loginCondition(
  { accounts }: Pick<Rooms, 'accounts'>,
  { accountId, provenVersion }: SignInOfSession,
): Condition | undefined {
  if (accountId === undefined || provenVersion === undefined) return undefined;
  return (tx) => accounts.holdIn(tx, accountId, provenVersion);
}

/**
 * What a request begins in a person's name has to be there when all that this person has is ended (another password, a
 * disabled account), or must not begin: whoever reads the account and the session first and writes later would bring
 * access back (C08, M09). Undefined for what cannot outlive its session or its grant anyway.
 */
export function conditionFor(
  { accounts, records }: Rooms,
  model: Model,
  ctx: KoaContextWithOIDC | undefined,
): Condition | undefined {
  const session = ctx?.oidc?.session as SignInOfSession | undefined;
  if (!session || (model !== 'Session' && model !== 'Grant')) return undefined;
  const { accountId, uid, exp } = session;
  const isSignedIn = accountId !== undefined && exp !== undefined;
  const condition = loginCondition({ accounts }, session);
  if (condition || model === 'Session' || !isSignedIn) return condition;
  const { held } = records;
  return async (tx) =>
    (await accounts.holdIn(tx, accountId)) && (await held.sessionByHandle(tx, held.sessionHandle(uid))) !== undefined;
}
