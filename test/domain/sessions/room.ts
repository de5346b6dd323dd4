import { randomBytes } from 'node:crypto';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createDeliveries } from '../../../src/domain/deliveries/deliveries.ts';
import { createSessions } from '../../../src/domain/sessions/sessions.ts';
import { createTestRecords, newKeys } from '../records/room.ts';

const day = 24 * 3600;
let begun = 0;

/** A name that nothing else in the database has. */
export const fresh = (what: string): string => `${what}-${randomBytes(6).toString('hex')}`;

/** The room over that database with its neighbours, a clock to wind, and what the engine would have written. */
export function openSessions(db: Database, keys = newKeys(), clock = createManualClock()) {
  const { records, audit } = createTestRecords(db, keys, clock);
  const deliveries = createDeliveries({ db, clock, audit, giveUpSeconds: 86_400, attemptMilliseconds: 2500 });
  const sessions = createSessions({ db, clock, audit, records, deliveries });
  const seconds = () => Math.floor(clock.now() / 1000);

  /** A grant, with a refresh token under it; their ids. */
  async function grant(accountId: string, clientId: string, scope = 'openid profile') {
    const id = fresh('grant');
    const token = fresh('token');
    const payload = { jti: id, kind: 'Grant', iat: seconds(), accountId, clientId, openid: { scope } };
    await records.upsert('Grant', id, payload, 30 * day);
    await records.upsert('RefreshToken', token, { jti: token, grantId: id, accountId, clientId }, day);
    return { id, token };
  }

  /** A session that used these grants; `isOffline` as the engine notes it for offline_access. */
  async function session(
    accountId: string,
    used: Record<string, { id: string; isOffline?: boolean }> = {},
    changes: Record<string, unknown> = {},
  ) {
    const uid = fresh('uid');
    const authorizations = Object.fromEntries(
      Object.entries(used).map(([clientId, { id, isOffline }]) => [
        clientId,
        { sid: fresh('sid'), grantId: id, ...(isOffline && { persistsLogout: true }) },
      ]),
    );
    // Each a second later than the one before.
    const loginTs = seconds() + begun++;
    const payload = { jti: uid, uid, kind: 'Session', accountId, loginTs, authorizations, ...changes };
    await records.upsert('Session', uid, payload, day);
    return { uid, handle: sessions.handleOf(uid) };
  }

  const isLive = async (what: { id: string; token: string }) =>
    (await records.find('Grant', what.id)) !== undefined &&
    (await records.find('RefreshToken', what.token)) !== undefined;
  const isThere = async ({ uid }: { uid: string }) => (await records.findByUid(uid)) !== undefined;

  /** What the log says about that account, the newest first, without the time. */
  const eventsAbout = async (accountId: string) =>
    (await audit.list(db, { limit: 20, accountId })).items.map(({ event, detail, actor, clientId }) => ({
      ...{ event, detail, by: actor.id },
      ...(clientId !== undefined && { clientId }),
    }));

  return { sessions, deliveries, records, audit, clock, keys, grant, session, isLive, isThere, eventsAbout };
}
