/**
 * Who may not use an app any more is signed out of it. Access itself is asked at each use (C07); this is for the app, which
 * would go on with its own session.
 */
import type { Db } from '../../db/db.ts';
import type { Audit, AuditEventName } from '../audit/audit.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** After these somebody may have lost access to something. */
const changes: readonly AuditEventName[] = [
  ...(['account.updated', 'group.deleted', 'client.updated', 'client.disabled', 'directory.applied'] as const),
  ...(['installation.restored'] as const),
];

type Dependencies = {
  db: Db;
  audit: Pick<Audit, 'fingerprint'>;
  sessions: Pick<Sessions, 'endLost'>;
  entitled(accountId: string, clientId: string): Promise<boolean>;
};

/**
 * Looks at all sessions when access may have changed since the last look, and at the first look of this process; does
 * nothing otherwise. How often somebody was signed out of an app.
 */
export function createLostAccess({ db, audit, sessions, entitled }: Dependencies) {
  let seen: string | undefined;
  return async (signal?: AbortSignal): Promise<number> => {
    // Before the look: what happens during it is looked at the next time.
    const present = await audit.fingerprint(db, changes);
    if (present === seen) return 0;
    const known = new Map<string, Promise<boolean>>();
    const isLetIn = (accountId: string, clientId: string): Promise<boolean> => {
      const key = `${accountId}\0${clientId}`;
      const answer = known.get(key) ?? entitled(accountId, clientId);
      known.set(key, answer);
      return answer;
    };
    const count = await sessions.endLost(isLetIn, signal);
    if (!signal?.aborted) seen = present;
    return count;
  };
}
