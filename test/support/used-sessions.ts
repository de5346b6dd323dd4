/** Sessions as the engine writes them, without a sign-in for each: for tests that need many. */
import type { Payload, Records } from '../../src/domain/records/records.ts';

export type UsedSession = { uid: string; accountId: string; clientIds: readonly string[] };

/** How an app calls the session. */
export const sidOf = (uid: string, clientId: string): string => `${uid}.${clientId}`;
export const grantIdOf = (uid: string, clientId: string): string => `grant-${uid}.${clientId}`;

/** A session of a day in which these apps were used, with the grant of each. */
export async function writeSession(
  { upsert }: Pick<Records, 'upsert'>,
  { uid, accountId, clientIds }: UsedSession,
): Promise<void> {
  const iat = Math.floor(Date.now() / 1000);
  const used = clientIds.map((clientId) => [
    clientId,
    { sid: sidOf(uid, clientId), grantId: grantIdOf(uid, clientId) },
  ]);
  const session = { jti: uid, uid, kind: 'Session', accountId, loginTs: iat, authorizations: Object.fromEntries(used) };
  await upsert('Session', uid, session as Payload, 86_400);
  for (const clientId of clientIds) {
    const jti = grantIdOf(uid, clientId);
    await upsert('Grant', jti, { jti, kind: 'Grant', iat, accountId, clientId, openid: { scope: 'openid' } }, 86_400);
  }
}
