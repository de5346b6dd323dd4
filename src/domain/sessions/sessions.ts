/**
 * sessions: where people are signed in and what they have allowed apps, as they and administrators see it, and the end of
 * both. It has no table: sessions and grants are records. It does not know why somebody is signed out, nor the protocol.
 */
import type { PageOf, PageRequest } from '../../base/paging.ts';
import type { Db } from '../../db/db.ts';
import { type Circumstances, causedBy } from '../audit/audit.ts';
import type { ToldApp } from '../deliveries/deliveries.ts';
import * as ending from './ending.ts';
import { listSessions, sweepGrants, sweepSessions } from './listing.ts';
import type { Ended, Owner, Room, Why } from './room.ts';
import { type GrantInfo, grantIdsOf, grantOf, type SessionInfo, sessionOf } from './session.ts';

export type { EndAll } from './ending.ts';
export type { Ended, Why } from './room.ts';
export type { GrantInfo, SessionInfo } from './session.ts';
export type Sessions = ReturnType<typeof createSessions>;

/** The room. Functions open their own transactions, except those named `…In`, which join the caller's. */
export function createSessions(room: Room) {
  const { db } = room;
  const { held } = room.records;

  return {
    /** Where that person is signed in, the latest sign-in first. */
    listOfAccount: async (accountId: string): Promise<SessionInfo[]> =>
      (await held.ofAccount(db, accountId)).sessions.map(sessionOf).sort((a, b) => b.startedAt - a.startedAt),

    /** What that person has allowed apps and still holds, the latest first. */
    grantsOfAccount: (accountId: string): Promise<GrantInfo[]> => grantsOfAccount(room, accountId),

    /**
     * All sessions, or those of one account or in which one client was used; in no order that means anything. With a
     * client, a page may be short and still have a next one. Throws `invalid` (HTTP status 400) for a forged cursor.
     */
    list: (
      page: PageRequest & { accountId?: string | undefined; clientId?: string | undefined },
    ): Promise<PageOf<SessionInfo>> => listSessions({ db, held }, page),

    /** The handle of the session with that uid, by which it is listed. */
    handleOf: (uid: string): string => held.sessionHandle(uid),

    ...createEndings(room),
    ...createSignOuts(room),

    /**
     * Joins the transaction: ends all grants of that client and what it got for itself, without a word in the audit log.
     * How many grants there were.
     */
    async endClientIn(tx: Db, clientId: string): Promise<number> {
      await held.removeUngrantedIn(tx, clientId);
      return held.revokeGrantsOfIn(tx, 'client', clientId);
    },
  };
}

/** Whatever ends: the apps it was used for are told (deliveries), by rows of the same transaction. */
function createEndings(room: Room) {
  return {
    /**
     * Ends a session, and what apps got for it except offline access; the apps that are told of it. Throws `not_found`,
     * also for somebody else's.
     */
    end: (sessionId: string, owner: Owner, circumstances: Circumstances): Promise<ToldApp[]> =>
      ending.end(room, sessionId, owner, circumstances),

    /** Ends all sessions of that person but the one with that uid, like `end`. */
    endOthers: (accountId: string, keepUid: string, circumstances: Circumstances): Promise<Ended> =>
      ending.endOthers(room, accountId, keepUid, circumstances),

    /**
     * Ends every session in which that client was used, like `end`, one after the other: each with an event of its own, and
     * at last one that says how many. A session that begins meanwhile may stay.
     */
    endOfClient: (clientId: string, circumstances: Circumstances): Promise<Ended> =>
      ending.endOfClient(room, clientId, circumstances),

    /**
     * Takes back what an app was allowed, with all its tokens; who checks a JWT without asking anybody sees its end only
     * when it expires. Throws `not_found`, also for somebody else's.
     */
    revokeGrant: (grantId: string, owner: Owner, circumstances: Circumstances): Promise<void> =>
      revokeGrant(room, grantId, owner, circumstances),

    /**
     * Joins the transaction: ends all sessions and all grants of that person, offline access too, without a word in the
     * audit log. `keepUid`: that session stays, with what apps got in it.
     */
    endAllIn: (tx: Db, accountId: string, all: ending.EndAll): Promise<Ended> =>
      ending.endAllIn(room, tx, accountId, all),
  };
}

/** For whoever signs out, and for what happens without anybody. */
function createSignOuts(room: Room) {
  const { db } = room;
  const { held } = room.records;
  return {
    /** Ends the session with that uid, like `end`; the apps that are told of it, undefined when it was over already. */
    signOut: (uid: string, why: Why): Promise<ToldApp[] | undefined> => ending.signOut(room, uid, why),

    /**
     * Joins the transaction: ends what one app got in that session, which goes on; that app, if it was used in it, and
     * undefined when the session is over.
     */
    signOutOfAppIn: (tx: Db, which: { uid: string; clientId: string }, why: Why): Promise<ToldApp[] | undefined> =>
      ending.signOutOfAppIn(room, tx, which, why),

    /**
     * Joins the transaction of a restore, before sessions end in it: their apps are told, and those of sessions that end with
     * the database that is replaced. How many sessions end.
     */
    tellRestoredIn: (tx: Db, restored: ending.Restored): Promise<number> => ending.tellRestoredIn(room, tx, restored),

    /** Ends up to `limit` sessions whose time is over; how many. Nobody else removes them. */
    reap: (limit: number): Promise<number> => ending.reap(room, limit),

    /**
     * Looks at every session, and at what was given for longer than one: where `isLetIn` says no, that app is told and what
     * it got ends. `signal` stops it between two. How often that was so.
     */
    async endLost(
      isLetIn: (accountId: string, clientId: string) => Promise<boolean>,
      signal?: AbortSignal,
    ): Promise<number> {
      let count = 0;
      for await (const session of sweepSessions({ db, held })) {
        if (signal?.aborted) return count;
        const { accountId, clientIds } = sessionOf(session);
        const lost = [];
        for (const clientId of clientIds) if (!(await isLetIn(accountId, clientId))) lost.push(clientId);
        if (lost.length > 0) count += await ending.endLost(room, session, lost);
      }
      for await (const { accountId, clientId } of sweepGrants({ db, held })) {
        if (signal?.aborted) return count;
        if (!(await isLetIn(accountId, clientId))) count += await ending.endLostGrants(room, accountId, clientId);
      }
      return count;
    },
  };
}

/** A grant that no living session knows does nothing any more, unless it is for offline access. */
async function grantsOfAccount({ db, records: { held } }: Room, accountId: string): Promise<GrantInfo[]> {
  const { sessions, grants } = await held.ofAccount(db, accountId);
  const known = new Set(sessions.flatMap((session) => grantIdsOf(session, 'all')).map(held.grantHandle));
  return grants
    .map(grantOf)
    .filter(({ id, isOffline }) => isOffline || known.has(id))
    .sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0));
}

async function revokeGrant(room: Room, grantId: string, owner: Owner, circumstances: Circumstances): Promise<void> {
  const { db, audit, records } = room;
  await db.transaction(async (tx) => {
    const found = await records.held.grantByHandle(tx, grantId);
    const grant = found && grantOf(found);
    if (!grant || !ending.isOwn(owner, grant.accountId)) throw ending.notFound('grant');
    await records.held.revokeGrantsIn(tx, [grant.id]);
    const { accountId, clientId, scopes } = grant;
    const by = ending.isOwner(circumstances.by, accountId) ? ('owner' as const) : ('admin' as const);
    const detail = { by, scopes };
    await audit.record(tx, { ...causedBy(circumstances), accountId, clientId, event: 'grant.revoked', detail });
  });
}
