/**
 * sessions: where people are signed in and what they have allowed apps, as they and administrators see it, and the end of
 * both. It has no table: sessions and grants are records. It does not know why somebody is signed out, nor the protocol.
 */
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import type { PageOf, PageRequest } from '../../base/paging.ts';
import type { Database, Db } from '../../db/db.ts';
import { type Actor, type Audit, type Circumstances, causedBy } from '../audit/audit.ts';
import type { Held, Records } from '../records/records.ts';
import { listSessions } from './listing.ts';
import { type GrantInfo, grantIdsOf, grantOf, type SessionInfo, sessionOf } from './session.ts';

export type { GrantInfo, SessionInfo } from './session.ts';

type Room = { db: Database; clock: Clock; audit: Audit; records: Records };
/** Whose it has to be; anybody's where it is left out, which is for administrators. */
type Owner = { accountId?: string | undefined };
/** How many of each were ended. */
export type Ended = { sessions: number; grants: number };
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

    /** Ends a session, and what apps got for it except offline access. Throws `not_found`, also for somebody else's. */
    end: (sessionId: string, owner: Owner, circumstances: Circumstances): Promise<void> =>
      end(room, sessionId, owner, circumstances),

    /** Ends all sessions of that person but the one with that uid, like `end`. */
    endOthers: (accountId: string, keepUid: string, circumstances: Circumstances): Promise<Ended> =>
      endOthers(room, accountId, keepUid, circumstances),

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
    endAllIn: (tx: Db, accountId: string, keep: { keepUid?: string | undefined } = {}): Promise<Ended> =>
      endAllIn(room, tx, accountId, keep.keepUid),

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

/** A grant that no living session knows does nothing any more, unless it is for offline access. */
async function grantsOfAccount({ db, records: { held } }: Room, accountId: string): Promise<GrantInfo[]> {
  const { sessions, grants } = await held.ofAccount(db, accountId);
  const known = new Set(sessions.flatMap((session) => grantIdsOf(session, 'all')).map(held.grantHandle));
  return grants
    .map(grantOf)
    .filter(({ id, isOffline }) => isOffline || known.has(id))
    .sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0));
}

async function end(room: Room, sessionId: string, owner: Owner, circumstances: Circumstances): Promise<void> {
  const { db, audit, records } = room;
  await db.transaction(async (tx) => {
    const session = await records.held.sessionByHandle(tx, sessionId);
    const accountId = session && sessionOf(session).accountId;
    if (!session || !accountId || !isOwn(owner, accountId)) throw notFound('session');
    await endIn(room, tx, session);
    const reason = isOwner(circumstances.by, accountId) ? ('ended_by_owner' as const) : ('ended_by_admin' as const);
    await audit.record(tx, { ...causedBy(circumstances), accountId, event: 'session.ended', detail: { reason } });
  });
}

async function endOthers(room: Room, accountId: string, keepUid: string, circumstances: Circumstances): Promise<Ended> {
  const { db, audit, records } = room;
  return db.transaction(async (tx) => {
    const kept = records.held.sessionHandle(keepUid);
    const all = (await records.held.ofAccount(tx, accountId)).sessions;
    const ended = { sessions: 0, grants: 0 };
    for (const session of all.filter(({ handle }) => handle !== kept)) {
      ended.sessions += 1;
      ended.grants += await endIn(room, tx, session);
    }
    if (ended.sessions > 0) {
      await audit.record(tx, {
        ...causedBy(circumstances),
        accountId,
        event: 'account.tokens_ended',
        detail: ended,
      });
    }
    return ended;
  });
}

/** The session and what was given for it; the number of grants. */
async function endIn({ records: { held } }: Room, tx: Db, session: Held): Promise<number> {
  const grants = grantIdsOf(session, 'bound').map(held.grantHandle);
  await held.revokeGrantsIn(tx, grants);
  await held.removeSessionIn(tx, session.handle);
  return grants.length;
}

async function revokeGrant(room: Room, grantId: string, owner: Owner, circumstances: Circumstances): Promise<void> {
  const { db, audit, records } = room;
  await db.transaction(async (tx) => {
    const found = await records.held.grantByHandle(tx, grantId);
    const grant = found && grantOf(found);
    if (!grant || !isOwn(owner, grant.accountId)) throw notFound('grant');
    await records.held.revokeGrantsIn(tx, [grant.id]);
    const { accountId, clientId, scopes } = grant;
    const by = isOwner(circumstances.by, accountId) ? ('owner' as const) : ('admin' as const);
    const detail = { by, scopes };
    await audit.record(tx, { ...causedBy(circumstances), accountId, clientId, event: 'grant.revoked', detail });
  });
}

async function endAllIn({ records }: Room, tx: Db, accountId: string, keepUid: string | undefined): Promise<Ended> {
  const { held } = records;
  const found = keepUid === undefined ? undefined : await held.sessionByHandle(tx, held.sessionHandle(keepUid));
  // Somebody else's session is nothing to keep.
  const kept = found && sessionOf(found).accountId === accountId ? found : undefined;
  const grantsKept = kept ? grantIdsOf(kept, 'all').map(held.grantHandle) : [];
  const grants = await held.revokeGrantsOfIn(tx, 'account', accountId, grantsKept);
  return { sessions: await held.removeSessionsIn(tx, accountId, kept?.handle), grants };
}

const isOwn = (owner: Owner, accountId: string): boolean =>
  owner.accountId === undefined || owner.accountId === accountId;
const isOwner = (by: Actor, accountId: string): boolean => by.type === 'account' && by.id === accountId;

const notFound = (what: 'session' | 'grant') =>
  new PosternError('not_found', `There is no ${what} with this id, or it is over. Load the list again.`);
