/**
 * The end of sessions and of what apps got in them. Each is one transaction with the rows by which the apps are told: a
 * session does not end when these can't be written.
 */
import { PosternError } from '../../base/errors.ts';
import { isOwnClient } from '../../base/own-clients.ts';
import type { Db } from '../../db/db.ts';
import { type Actor, type Circumstances, causedBy } from '../audit/audit.ts';
import type { ToldApp } from '../deliveries/deliveries.ts';
import type { Held } from '../records/records.ts';
import { sweepSessions } from './listing.ts';
import type { Ended, Owner, Room, Why } from './room.ts';
import { appsOf, grantIdsOf, grantOf, sessionOf } from './session.ts';

const bySystem: Circumstances = { by: { type: 'system' } };
const byOperator: Circumstances = { by: { type: 'operator' } };

/** See `end` in sessions.ts. */
export function end(room: Room, sessionId: string, owner: Owner, circumstances: Circumstances): Promise<ToldApp[]> {
  return room.db.transaction(async (tx) => {
    const session = await room.records.held.lockSessionIn(tx, sessionId);
    const accountId = session && sessionOf(session).accountId;
    const isOver = !session || session.expiresAt <= room.clock.now();
    if (isOver || !accountId || !isOwn(owner, accountId)) throw notFound('session');
    const reason = isOwner(circumstances.by, accountId) ? ('ended_by_owner' as const) : ('ended_by_admin' as const);
    const { signOutId } = await endIn(room, tx, session, { reason, circumstances });
    await recordEnd(room, tx, { accountId, reason, circumstances, signOutId });
    return appsOf(session);
  });
}

type EndedOne = { grants: number; signOutId: string | undefined };

/** The session, what was given for it (how many grants), and a word to each app that it was used for. */
async function endIn({ records: { held }, deliveries }: Room, tx: Db, session: Held, why: Why): Promise<EndedOne> {
  const { reason, circumstances } = why;
  const signOutId = await deliveries.enqueueIn(tx, { ...sessionAndApps(session), reason }, circumstances);
  const grants = grantIdsOf(session, 'bound').map(held.grantHandle);
  await held.revokeGrantsIn(tx, grants);
  await held.removeSessionIn(tx, session.handle);
  return { grants: grants.length, signOutId };
}

const sessionAndApps = (session: Held) => ({ accountId: sessionOf(session).accountId, apps: appsOf(session) });

type Recorded = Why & { accountId: string; signOutId: string | undefined };

function recordEnd({ audit }: Room, tx: Db, { accountId, clientId, reason, circumstances, signOutId }: Recorded) {
  const about = { ...causedBy(circumstances), accountId, clientId };
  const detail = { reason, ...(signOutId !== undefined && { signOutId }) };
  return audit.record(tx, { ...about, event: 'session.ended', detail });
}

export async function endOthers(
  room: Room,
  accountId: string,
  keepUid: string,
  circumstances: Circumstances,
): Promise<Ended> {
  const { db, audit, records } = room;
  const reason = isOwner(circumstances.by, accountId) ? 'ended_by_owner' : 'ended_by_admin';
  return db.transaction(async (tx) => {
    const kept = records.held.sessionHandle(keepUid);
    const all = (await records.held.lockOfAccountIn(tx, accountId)).sessions;
    const ended = { sessions: 0, grants: 0 };
    for (const session of all.filter(({ handle }) => handle !== kept)) {
      ended.sessions += 1;
      ended.grants += (await endIn(room, tx, session, { reason, circumstances })).grants;
    }
    if (ended.sessions > 0) {
      const about = { ...causedBy(circumstances), accountId };
      await audit.record(tx, { ...about, event: 'account.tokens_ended', detail: ended });
    }
    return ended;
  });
}

/** See `endOfClient` in sessions.ts. */
export async function endOfClient(room: Room, clientId: string, circumstances: Circumstances): Promise<Ended> {
  const { db, audit, records } = room;
  const ended = { sessions: 0, grants: 0 };
  for await (const { handle, ...seen } of sweepSessions({ db, held: records.held })) {
    if (!sessionOf({ handle, ...seen }).clientIds.includes(clientId)) continue;
    const one = await db.transaction(async (tx) => {
      const session = await records.held.lockSessionIn(tx, handle);
      if (!session) return undefined;
      const why = { reason: 'ended_by_admin', circumstances } as const;
      const { grants, signOutId } = await endIn(room, tx, session, why);
      await recordEnd(room, tx, { accountId: sessionOf(session).accountId, ...why, signOutId });
      return grants;
    });
    if (one === undefined) continue;
    ended.sessions += 1;
    ended.grants += one;
  }
  const about = { ...causedBy(circumstances), clientId };
  if (ended.sessions > 0) await audit.record(db, { ...about, event: 'client.sessions_ended', detail: ended });
  return ended;
}

export type EndAll = Omit<Why, 'clientId'> & { keepUid?: string | undefined };

/** See `endAllIn` in sessions.ts. */
export async function endAllIn(room: Room, tx: Db, accountId: string, { keepUid, ...why }: EndAll): Promise<Ended> {
  const { held } = room.records;
  const found = keepUid === undefined ? undefined : await held.sessionByHandle(tx, held.sessionHandle(keepUid));
  // Somebody else's session is nothing to keep.
  const kept = found && sessionOf(found).accountId === accountId ? found : undefined;
  // Also what is over and not reaped yet: its rows go with the others.
  const all = await held.lockOfAccountIn(tx, accountId);
  const ending = all.sessions.filter(({ handle }) => handle !== kept?.handle);
  const apps = [...ending.flatMap(appsOf), ...appsWithoutSession(all)];
  await room.deliveries.enqueueIn(tx, { accountId, apps, reason: why.reason }, why.circumstances);
  const grantsKept = kept ? grantIdsOf(kept, 'all').map(held.grantHandle) : [];
  const grants = await held.revokeGrantsOfIn(tx, 'account', accountId, grantsKept);
  return { sessions: await held.removeSessionsIn(tx, accountId, kept?.handle), grants };
}

/** An app with offline access may think that somebody is signed in whose session here is over. */
function appsWithoutSession({ sessions, grants }: { sessions: Held[]; grants: Held[] }): ToldApp[] {
  const inSessions = new Set(sessions.flatMap(appsOf).map(({ clientId }) => clientId));
  const holders = grants.map((grant) => grantOf(grant).clientId);
  const others = new Set(holders.filter((id) => !inSessions.has(id) && !isOwnClient(id)));
  return [...others].map((clientId) => ({ clientId }));
}

/** See `signOut` in sessions.ts. */
export async function signOut(room: Room, uid: string, why: Why): Promise<ToldApp[] | undefined> {
  const { db, records } = room;
  return db.transaction(async (tx) => {
    const session = await records.held.lockSessionIn(tx, records.held.sessionHandle(uid));
    if (!session) return undefined;
    const { accountId } = sessionOf(session);
    const { signOutId } = await endIn(room, tx, session, why);
    if (accountId) await recordEnd(room, tx, { accountId, ...why, signOutId });
    return appsOf(session);
  });
}

/** See `signOutOfAppIn` in sessions.ts. */
export async function signOutOfAppIn(
  room: Room,
  tx: Db,
  { uid, clientId }: { uid: string; clientId: string },
  { reason, circumstances }: Why,
): Promise<ToldApp[] | undefined> {
  const { held } = room.records;
  const session = await held.lockSessionIn(tx, held.sessionHandle(uid));
  if (!session) return undefined;
  const { accountId } = sessionOf(session);
  const apps = appsOf(session).filter((app) => app.clientId === clientId);
  const signOutId = await room.deliveries.enqueueIn(tx, { accountId, apps, reason }, circumstances);
  await held.revokeGrantsIn(tx, grantIdsOf(session, 'bound', clientId).map(held.grantHandle));
  await recordEnd(room, tx, { accountId, clientId, reason, circumstances, signOutId });
  return apps;
}

/** See `reap` in sessions.ts. */
export async function reap(room: Room, limit: number): Promise<number> {
  return room.db.transaction(async (tx) => {
    const expired = await room.records.held.takeExpiredIn(tx, limit);
    for (const session of expired) {
      const { accountId } = sessionOf(session);
      const why = { reason: 'expired', circumstances: bySystem } as const;
      const { signOutId } = await endIn(room, tx, session, why);
      await recordEnd(room, tx, { accountId, ...why, signOutId });
    }
    return expired.length;
  });
}

/** The database that is replaced, and whether sessions that live in both go on. */
export type Restored = { present: Db | undefined; areKept: boolean };

/** See `tellRestoredIn` in sessions.ts. */
export async function tellRestoredIn(room: Room, tx: Db, { present, areKept }: Restored): Promise<number> {
  const { held } = room.records;
  const told = new Set<string>();
  // With those that are kept, what is in the backup alone was ended, and told, before.
  const sources = areKept ? [] : [tx];
  for (const source of present ? [present, ...sources] : sources) {
    for await (const session of sweepSessions({ db: source, held })) {
      const { handle } = session;
      if (told.has(handle) || (areKept && (await held.sessionByHandle(tx, handle)))) continue;
      told.add(handle);
      const { accountId } = sessionOf(session);
      const apps = appsOf(session);
      await room.deliveries.enqueueIn(tx, { accountId, apps, reason: 'restored' }, byOperator);
    }
  }
  return told.size;
}

/** See `endLost` in sessions.ts. */
export async function endLost(room: Room, { handle }: Held, clientIds: readonly string[]): Promise<number> {
  const { held } = room.records;
  return room.db.transaction(async (tx) => {
    // As it is now, and for one process at a time; who has ended it meanwhile has told the apps.
    const session = await held.lockSessionIn(tx, handle);
    if (!session) return 0;
    let count = 0;
    for (const clientId of clientIds) {
      const grants = grantIdsOf(session, 'all', clientId).map(held.grantHandle);
      const alive = [];
      for (const grant of grants) if (await held.grantByHandle(tx, grant)) alive.push(grant);
      // Told already, by another process or the last time.
      if (alive.length === 0) continue;
      const { accountId } = sessionOf(session);
      const apps = appsOf(session).filter((app) => app.clientId === clientId);
      const why = { reason: 'access_lost', circumstances: bySystem } as const;
      const signOutId = await room.deliveries.enqueueIn(tx, { accountId, apps, reason: why.reason }, bySystem);
      await held.revokeGrantsIn(tx, alive);
      await recordEnd(room, tx, { accountId, clientId, ...why, signOutId });
      count += 1;
    }
    return count;
  });
}

/** What an app has for somebody beyond a session (offline access), and a word to it; 1, or 0 when it has nothing any more. */
export async function endLostGrants(room: Room, accountId: string, clientId: string): Promise<number> {
  const { held } = room.records;
  return room.db.transaction(async (tx) => {
    const { grants } = await held.ofAccount(tx, accountId);
    const lost = grants.map(grantOf).filter((grant) => grant.clientId === clientId);
    const handles = lost.map(({ id }) => id);
    // None: told already, by another process.
    if ((await held.revokeGrantsIn(tx, handles)) === 0) return 0;
    const why = { reason: 'access_lost', circumstances: bySystem } as const;
    const apps = isOwnClient(clientId) ? [] : [{ clientId }];
    const signOutId = await room.deliveries.enqueueIn(tx, { accountId, apps, reason: why.reason }, bySystem);
    await recordEnd(room, tx, { accountId, clientId, ...why, signOutId });
    return 1;
  });
}

export const isOwn = (owner: Owner, accountId: string): boolean =>
  owner.accountId === undefined || owner.accountId === accountId;
export const isOwner = (by: Actor, accountId: string): boolean => by.type === 'account' && by.id === accountId;

export const notFound = (what: 'session' | 'grant') =>
  new PosternError('not_found', `There is no ${what} with this id, or it is over. Load the list again.`);
