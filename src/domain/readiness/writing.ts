/** Brings notes to the tables, each row at most once a minute: who calls a thousand times costs one write. */
import type { Clock } from '../../base/clock.ts';
import type { Db } from '../../db/db.ts';
import type { Clients } from '../clients/clients.ts';
import type { Noted, SeenFetch } from './notes.ts';
import { foreignPage, originsOf, usualAddress } from './places.ts';
import { type FetchRow, upsertAddress, upsertFetch, upsertIssue, upsertLife } from './store.ts';

const minute = 60_000;
const mostRemembered = 10_000;

type WritingDependencies = { db: Db; clock: Clock; clients: Pick<Clients, 'all'> };

/**
 * One row that is to be written. `mark`: what makes it worth a write at once when it is another than the last time. Without
 * `postpone` it says nothing else than the row that was written less than a minute ago.
 */
type Due = { key: string; mark?: string; upsert(): Promise<number>; postpone?(): void };

/**
 * Returns `write(noted)`, which answers with what it has left for later: what is new in rows that were written less than a
 * minute ago, unless it is to write `all`. Rejects when the database does; to write the same again does no harm.
 */
export function createWriting({ db, clock, clients }: WritingDependencies) {
  const written = new Map<string, { at: number; mark: string | undefined }>();

  function isFresh({ key, mark }: Due): boolean {
    const last = written.get(key);
    return last !== undefined && last.mark === mark && clock.now() - last.at < minute;
  }

  async function writeRow({ key, mark, upsert }: Due): Promise<void> {
    await upsert();
    written.delete(key);
    if (written.size >= mostRemembered) written.delete(written.keys().next().value as string);
    written.set(key, { at: clock.now(), mark });
  }

  return async function write(noted: Noted, { all }: { all: boolean }): Promise<Noted> {
    const later: Noted = { issues: [], lives: [], addresses: [], fetches: [] };
    for (const row of [...dueOf(db, noted, later), ...(await dueFetches({ db, clients }, noted))]) {
      if (!all && isFresh(row)) row.postpone?.();
      else await writeRow(row);
    }
    return later;
  };
}

function dueOf(db: Db, { issues, lives, addresses }: Noted, later: Noted): Due[] {
  return [
    ...issues.map((row) => ({
      key: `issue ${row.clientId} ${row.kid}`,
      upsert: () => upsertIssue(db, row),
    })),
    ...lives.map((row) => ({
      key: `life ${row.clientId}`,
      upsert: () => upsertLife(db, row),
      postpone: () => void later.lives.push(row),
    })),
    ...addresses.flatMap((row) => {
      const address = usualAddress(row.address);
      if (address === undefined) return [];
      return { key: `address ${row.clientId} ${address}`, upsert: () => upsertAddress(db, { ...row, address }) };
    }),
  ];
}

/** One row for each place; a page counts as its origin, whoever has it open. */
async function dueFetches(
  { db, clients }: Pick<WritingDependencies, 'db' | 'clients'>,
  { fetches }: Noted,
): Promise<Due[]> {
  const isByPage = fetches.some(({ origin }) => origin !== undefined);
  const origins = new Set(isByPage ? (await clients.all()).flatMap(originsOf) : []);
  const last = new Map<string, SeenFetch>();
  for (const fetch of fetches) {
    const source = sourceOf(fetch, origins);
    if (source !== undefined && (last.get(source)?.at ?? 0) <= fetch.at) last.set(source, fetch);
  }
  return [...last].map(([source, fetch]) => {
    const row: FetchRow = { source, kids: fetch.kids.join(' '), at: fetch.at };
    return { key: `fetch ${source}`, mark: row.kids, upsert: () => upsertFetch(db, row) };
  });
}

function sourceOf({ address, origin }: SeenFetch, origins: ReadonlySet<string>): string | undefined {
  if (origin === undefined) return usualAddress(address);
  return origins.has(origin) ? origin : foreignPage;
}
