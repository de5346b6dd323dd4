import { PosternError } from '../../base/errors.ts';
import { decodeCursor, encodeCursor, type PageOf, type PageRequest } from '../../base/paging.ts';
import type { Db } from '../../db/db.ts';
import type { GrantPlace, Held, Records } from '../records/records.ts';
import { type SessionInfo, sessionOf } from './session.ts';

/** Which clients a session was used for is sealed, so it is looked for: in steps of so many, and so many for one page. */
const step = 500;
const mostLookedAt = 5000;

type Source = { db: Db; held: Records['held'] };
type Filters = { accountId?: string | undefined; clientId?: string | undefined };

/** See `list` in sessions.ts. The order is that of the handles, which never change. */
export async function listSessions(
  source: Source,
  { limit, after, accountId, clientId }: PageRequest & Filters,
): Promise<PageOf<SessionInfo>> {
  const start = after === undefined ? '' : handleOf(after);
  const isAsked = (session: SessionInfo) => clientId === undefined || session.clientIds.includes(clientId);
  const found: SessionInfo[] = [];
  // Where the next look begins; undefined at the end.
  let place: string | undefined = start;
  let looked = 0;
  while (place !== undefined && found.length <= limit && looked < mostLookedAt) {
    const size: number = clientId === undefined ? limit + 1 : step;
    const batch: Batch =
      accountId === undefined ? await read(source, place, size) : await readOf(source, accountId, place);
    found.push(...batch.sessions.map(sessionOf).filter(isAsked));
    place = batch.next;
    looked += size;
  }
  const items = found.slice(0, limit);
  const next = found.length > limit ? items.at(-1)?.id : place;
  return { items, next: next === undefined ? undefined : encodeCursor([next]) };
}

type Batch = { sessions: Held[]; next: string | undefined };

const read = ({ db, held }: Source, after: string, size: number): Promise<Batch> => held.sessionsAfter(db, after, size);

/** All of one person at once. */
async function readOf({ db, held }: Source, accountId: string, after: string): Promise<Batch> {
  const { sessions } = await held.ofAccount(db, accountId);
  const rest = sessions.filter(({ handle }) => handle > after);
  return { sessions: rest.sort((a, b) => (a.handle < b.handle ? -1 : 1)), next: undefined };
}

function handleOf(cursor: string): string {
  const [handle] = decodeCursor(cursor, ['string']);
  if (/^[0-9a-f]{40}$/.test(String(handle))) return String(handle);
  const message = 'The cursor of this page is not one that was handed out. Start from the first page.';
  throw new PosternError('invalid', message, { cause: { httpStatus: 400 } });
}

/** Every live grant, in the order of accounts, in such steps too. */
export async function* sweepGrants({ db, held }: Source): AsyncGenerator<GrantPlace> {
  let place: GrantPlace | undefined = { handle: '', accountId: '', clientId: '' };
  while (place !== undefined) {
    const batch: { grants: GrantPlace[]; next?: GrantPlace } = await held.grantsAfter(db, place, step);
    yield* batch.grants;
    place = batch.next;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Every live session, in steps between which others get their turn; within a transaction nobody does. */
export async function* sweepSessions(source: Source): AsyncGenerator<Held> {
  let place: string | undefined = '';
  while (place !== undefined) {
    const batch: Batch = await read(source, place, step);
    yield* batch.sessions;
    place = batch.next;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
