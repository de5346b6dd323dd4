import type { Db } from '../../db/db.ts';
import type { Codec } from './codec.ts';
import * as store from './held-store.ts';
import { models, type Payload } from './model.ts';
import type { createReading } from './reading.ts';
import { removeByUid, revokeGrant } from './store.ts';

type Dependencies = {
  codec: Codec;
  reading: ReturnType<typeof createReading>;
  /** Epoch ms: now, and until when a tombstone that is put up now has to stay. */
  now(): number;
  tombstoneUntil(): number;
};

/**
 * A session or a grant with the name by which people may speak of it: `handle` is a keyed hash of its id, stays the same
 * as long as it lives, and opens nothing. `expiresAt` is epoch ms.
 */
export type Held = { handle: string; payload: Payload; expiresAt: number };

/** A grant by its handle, with whose it is. */
export type GrantPlace = { handle: string; accountId: string; clientId: string };

type AllOf = { sessions: Held[]; grants: Held[] };

/**
 * What accounts and clients hold. Everything takes the connection or transaction that it is to run on; a commit makes all
 * caches forget (db.version), so nothing more has to be done after it.
 */
export function createHolding(dependencies: Dependencies) {
  const { codec } = dependencies;
  return {
    /** The handle of the session with that uid, and of the grant with that id. */
    sessionHandle: (uid: string): string => codec.keyOf('uid', uid).toString('hex'),
    grantHandle: (grantId: string): string => codec.keyOf('Grant', grantId).toString('hex'),
    ...createFinding(dependencies),
    ...createSweeping(dependencies),
    ...createEnding(dependencies),
  };
}

function createFinding(dependencies: Dependencies) {
  const { now } = dependencies;
  const [opened, live] = [createOpening(dependencies), createLive(dependencies)];

  async function sorted(db: Db, rows: readonly store.HeldRow[]): Promise<AllOf> {
    const all: AllOf = { sessions: [], grants: [] };
    for (const row of rows) all[row.model === models.Session ? 'sessions' : 'grants'].push(...(await opened(db, row)));
    return all;
  }

  return {
    /** The live sessions and grants of an account, in no order. */
    ofAccount: async (db: Db, accountId: string): Promise<AllOf> =>
      sorted(db, await store.findOfAccount(db, accountId, now())),

    /** Joins the transaction: the same, also those that are over and still there, and nobody changes its sessions until its end. */
    async lockOfAccountIn(tx: Db, accountId: string): Promise<AllOf> {
      await store.lockSessionsOf(tx, accountId);
      return sorted(tx, await store.findOfAccount(tx, accountId, 0));
    },

    /**
     * Joins the transaction: a session that nobody changes until its end, also one that is over and still there: to the
     * engine it lives 15 s longer.
     */
    async lockSessionIn(tx: Db, handle: string): Promise<Held | undefined> {
      const key = keyOfHandle(handle);
      const row = key && (await store.findSession(tx, key, true));
      return row && (await opened(tx, row))[0];
    },

    async sessionByHandle(db: Db, handle: string): Promise<Held | undefined> {
      const key = keyOfHandle(handle);
      return key && (await live(db, await store.findSession(db, key)))[0];
    },

    async grantByHandle(db: Db, handle: string): Promise<Held | undefined> {
      const key = keyOfHandle(handle);
      return key && (await live(db, await store.findGrant(db, key)))[0];
    },
  };
}

/** What is there of whomever, batch by batch. */
function createSweeping(dependencies: Dependencies) {
  const { now } = dependencies;
  const live = createLive(dependencies);
  return {
    /**
     * Live sessions of whomever by handle, at most `limit`, after that one ('' for the first); `next` when there may be more.
     */
    async sessionsAfter(db: Db, after: string, limit: number): Promise<{ sessions: Held[]; next: string | undefined }> {
      const rows = await store.findSessionsAfter(db, Buffer.from(after, 'hex'), now(), limit);
      const sessions: Held[] = [];
      for (const row of rows) sessions.push(...(await live(db, row)));
      return { sessions, next: rows.length < limit ? undefined : rows.at(-1)?.uid_key?.toString('hex') };
    },

    /**
     * Who has given something to which client, unopened: at most `limit` live grants in the order of their accounts, after
     * that one ('' for the first); `next` when there may be more.
     */
    async grantsAfter(db: Db, after: GrantPlace, limit: number): Promise<{ grants: GrantPlace[]; next?: GrantPlace }> {
      const rows = await store.findGrantsAfter(db, after.accountId, Buffer.from(after.handle, 'hex'), now(), limit);
      const grants = rows.map(({ key, account_id, client_id }) => ({
        ...{ handle: key.toString('hex'), accountId: account_id, clientId: client_id },
      }));
      const last = grants.at(-1);
      return { grants, ...(rows.length === limit && last && { next: last }) };
    },
  };
}

/** The row with its payload if it is live; nothing otherwise. */
function createLive(dependencies: Dependencies) {
  const opened = createOpening(dependencies);
  return async function live(db: Db, row: store.HeldRow | undefined): Promise<Held[]> {
    if (!row || (row.expires_at ?? Number.MAX_SAFE_INTEGER) <= dependencies.now()) return [];
    return opened(db, row);
  };
}

/** A row with its payload; nothing for one that can't be opened. */
function createOpening({ reading }: Dependencies) {
  return async function opened(db: Db, row: store.HeldRow): Promise<Held[]> {
    const expiresAt = row.expires_at ?? Number.MAX_SAFE_INTEGER;
    const isSession = row.model === models.Session;
    const json = await reading.decode(isSession ? 'Session' : 'Grant', row, db);
    if (json === undefined) return [];
    const handle = ((isSession ? row.uid_key : row.key) ?? row.key).toString('hex');
    return [{ handle, payload: JSON.parse(json) as Payload, expiresAt }];
  };
}

/** Each joins the caller's transaction. */
function createEnding(dependencies: Dependencies) {
  const { now, tombstoneUntil } = dependencies;
  const opened = createOpening(dependencies);
  return {
    /**
     * Joins the transaction, and keeps others from these until its end: up to `limit` sessions whose time is over. One that
     * can't be opened is removed.
     */
    async takeExpiredIn(tx: Db, limit: number): Promise<Held[]> {
      const found: Held[] = [];
      for (const row of await store.findExpiredSessions(tx, now(), limit)) {
        const [held] = await opened(tx, row);
        if (held) found.push(held);
        else if (row.uid_key) await removeByUid(tx, row.uid_key);
      }
      return found;
    },

    /** The number of sessions removed: 0 when it was over already. */
    removeSessionIn: (tx: Db, handle: string): Promise<number> => removeByUid(tx, Buffer.from(handle, 'hex')),

    /** All sessions of the account but that one; the number removed. */
    removeSessionsIn: (tx: Db, accountId: string, keep: string | undefined): Promise<number> =>
      store.removeSessions(tx, accountId, Buffer.from(keep ?? '', 'hex')),

    /** Like `revokeGrant`, for these handles; how many of them were there still. */
    async revokeGrantsIn(tx: Db, handles: Iterable<string>): Promise<number> {
      let count = 0;
      // In one order, so that two that revoke the same ones wait for each other instead of both failing.
      for (const handle of [...handles].sort()) {
        count += await revokeGrant(tx, Buffer.from(handle, 'hex'), now(), tombstoneUntil());
      }
      return count;
    },

    /** What a client holds without a grant: tokens for itself, device codes that nobody has confirmed. */
    removeUngrantedIn: (tx: Db, clientId: string): Promise<number> => store.removeUngranted(tx, clientId),

    /** All grants of an account or a client but those; the number revoked. */
    revokeGrantsOfIn: (tx: Db, holder: store.Holder, id: string, keep: string[] = []): Promise<number> =>
      store.revokeGrantsOf(tx, holder, id, { keep, now: now(), expiresAt: tombstoneUntil() }),
  };
}

/** Undefined for what can't be a handle. */
const keyOfHandle = (handle: string): Buffer | undefined =>
  /^[0-9a-f]{40}$/.test(handle) ? Buffer.from(handle, 'hex') : undefined;
