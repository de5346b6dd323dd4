/**
 * What was noticed since the last write, in memory: to note something costs a look into a map. Bounded; what finds no room
 * is not noted, and comes again.
 */
import { isOwnClient } from '../../base/own-clients.ts';
import type { AddressRow, IssueRow, LifeRow } from './store.ts';

/** Somebody was served the key set. `address` as the connection has it, `origin` as the browser sent it. */
export type Fetch = { address: string; origin?: string | undefined; kids: readonly string[] };
export type SeenFetch = Fetch & { at: number };

export type Noted = { issues: IssueRow[]; lives: LifeRow[]; addresses: AddressRow[]; fetches: SeenFetch[] };

/** Of each kind, between two writes. */
const mostAtOnce = 2000;
const longestOrigin = 300;

function createShelves() {
  return {
    issues: new Map<string, IssueRow>(),
    lives: new Map<string, LifeRow>(),
    addresses: new Map<string, AddressRow>(),
    fetches: new Map<string, SeenFetch>(),
  };
}
type Shelves = ReturnType<typeof createShelves>;

export function createNotes(now: () => number) {
  const shelves = createShelves();
  const { issues, lives, addresses, fetches } = shelves;

  function lifeOf(clientId: string): LifeRow {
    const life = lives.get(clientId) ?? { clientId, at: 0 };
    life.at = now();
    put(lives, clientId, life);
    return life;
  }

  return {
    fetch({ address, origin, kids }: Fetch): void {
      const page = origin?.slice(0, longestOrigin);
      put(fetches, page ?? address, { address, origin: page, kids, at: now() });
    },

    /** Postern's own pages need no key set. */
    life(clientId: string, address: string | undefined): void {
      if (isOwnClient(clientId)) return;
      const { at } = lifeOf(clientId);
      if (address !== undefined) put(addresses, `${clientId} ${address}`, { clientId, address, at });
    },

    use(clientId: string, tokenIssuedAt: number): void {
      if (isOwnClient(clientId)) return;
      const life = lifeOf(clientId);
      if (tokenIssuedAt <= (life.usedTokenAt ?? 0)) return;
      life.usedTokenAt = tokenIssuedAt;
      life.usedAt = life.at;
    },

    issue(clientId: string, kid: string): void {
      if (isOwnClient(clientId)) return;
      const { at } = lifeOf(clientId);
      const key = `${clientId} ${kid}`;
      put(issues, key, { clientId, kid, issuedAt: issues.get(key)?.issuedAt ?? at, at });
    },

    /** All that was noted since it was asked last. */
    take: (): Noted => ({
      issues: takeAll(issues),
      lives: takeAll(lives),
      addresses: takeAll(addresses),
      fetches: takeAll(fetches),
    }),

    putBack: (noted: Noted): void => putBack(shelves, noted),
  };
}

/** What was not written comes again, beside what was noted since. */
function putBack({ issues, lives, addresses, fetches }: Shelves, noted: Noted): void {
  for (const row of noted.issues) {
    const key = `${row.clientId} ${row.kid}`;
    put(issues, key, { ...(issues.get(key) ?? row), issuedAt: row.issuedAt });
  }
  for (const row of noted.lives) {
    const newer = lives.get(row.clientId) ?? row;
    const { usedTokenAt, usedAt } = (row.usedTokenAt ?? 0) > (newer.usedTokenAt ?? 0) ? row : newer;
    put(lives, row.clientId, { ...newer, usedTokenAt, usedAt });
  }
  for (const row of noted.addresses) putOlder(addresses, `${row.clientId} ${row.address}`, row);
  for (const fetch of noted.fetches) putOlder(fetches, fetch.origin ?? fetch.address, fetch);
}

function takeAll<Note>(notes: Map<string, Note>): Note[] {
  const all = [...notes.values()];
  notes.clear();
  return all;
}

function put<Note>(notes: Map<string, Note>, key: string, note: Note): void {
  if (notes.size < mostAtOnce || notes.has(key)) notes.set(key, note);
}

function putOlder<Note>(notes: Map<string, Note>, key: string, note: Note): void {
  if (!notes.has(key)) put(notes, key, note);
}
