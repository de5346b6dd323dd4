/** Puts together, for one key, what is known of every client that it matters to. */
import type { Clock } from '../../base/clock.ts';
import type { Db } from '../../db/db.ts';
import type { Client, Clients } from '../clients/clients.ts';
import type { Key, Keys } from '../keys/keys.ts';
import { resourcesWithoutServer, type SignedResource, verifies } from './clients.ts';
import { type Evidence, idleAfterMilliseconds, judge, type Place, readinessStates, type Verdict } from './judge.ts';
import { originsOf } from './places.ts';
import { type FetchRow, selectAddresses, selectFetches, selectIssues, selectLives } from './store.ts';

/** How sure it is that one client has the key, and on what that rests. Times are epoch ms, exact to a minute. */
export type ClientReadiness = Verdict & {
  clientId: string;
  name: string;
  /** When it was heard of last. */
  aliveAt?: number | undefined;
  /** Addresses and origins that it is known by, and from how many of them the key set was fetched with the key in it. */
  places: { known: number; withKey: number };
};

export type KeyReadiness = {
  kid: string;
  /** The least ready first; idle ones last. */
  clients: ClientReadiness[];
  /** How many of `total` are `fetched` or `proven`. */
  ready: number;
  /** Those that count: all that are not idle. */
  total: number;
  idle: number;
  /** Addresses, each counted once, that fetched the key set with the key in it and are those of no client. */
  unattributed: { sources: number; lastAt?: number | undefined };
  /** Resources whose tokens such a key signs and that no client stands for: nobody can see who verifies those. */
  unseenResources: string[];
};

export type ReadingDependencies = {
  db: Db;
  clock: Clock;
  keys: Pick<Keys, 'find'>;
  clients: Pick<Clients, 'all'>;
  /** Those with JWT access tokens. */
  resources: readonly SignedResource[];
};

/** See `of` in readiness.ts. */
export async function readinessOf(dependencies: ReadingDependencies, kid: string): Promise<KeyReadiness> {
  const { clients, clock, keys, resources } = dependencies;
  const key = await keys.find(kid);
  const all = await clients.all();
  const usable = all.filter(({ isUsable }) => isUsable);
  const facts = await gather(dependencies, key, all);
  // Nobody has to have what is not published any more.
  const concerned = key.state === 'removed' ? [] : usable.filter((one) => verifies(one, key.algorithm, resources));
  const times = { publishedAt: key.createdAt, now: clock.now() };
  const rows = concerned.map((client): ClientReadiness => {
    const evidence = facts.of(client);
    const withKey = evidence.places.filter(({ fetch }) => fetch?.hasKey).length;
    const about = { clientId: client.id, name: client.name, aliveAt: evidence.aliveAt };
    return { ...about, ...judge(evidence, times), places: { known: evidence.places.length, withKey } };
  });
  const idle = rows.filter(({ state }) => state === 'idle').length;
  return {
    kid,
    clients: rows.sort(byReadiness),
    ready: rows.filter(({ state }) => state === 'fetched' || state === 'proven').length,
    ...{ total: rows.length - idle, idle },
    unattributed: unattributedIn(facts.fetches, facts.isKnown),
    unseenResources: resourcesWithoutServer(usable, key.algorithm, resources),
  };
}

function byReadiness(one: ClientReadiness, other: ClientReadiness): number {
  const rank = ({ state }: ClientReadiness) => readinessStates.indexOf(state);
  return rank(one) - rank(other) || (one.clientId < other.clientId ? -1 : 1);
}

type Fetched = { source: string; at: number; hasKey: boolean };

/** What is stored, by client. What was seen before a client was registered was another client of that id. */
async function gather({ db, clock }: ReadingDependencies, { kid }: Key, clients: readonly Client[]) {
  const fetches = (await selectFetches(db)).map((row) => seenIn(row, kid));
  const fetchOf = new Map(fetches.map((fetch) => [fetch.source, fetch]));
  const lives = new Map((await selectLives(db)).map((row) => [row.clientId, row]));
  const issues = new Map((await selectIssues(db, kid)).map((row) => [row.clientId, row]));
  const since = new Map(clients.map(({ id, createdAt }) => [id, createdAt]));
  const addresses = (await selectAddresses(db, clock.now() - idleAfterMilliseconds)).filter(
    ({ clientId, at }) => at >= (since.get(clientId) ?? Number.POSITIVE_INFINITY),
  );
  const usersOf = new Map<string, Set<string>>();
  const noteUser = (source: string, clientId: string) =>
    usersOf.set(source, (usersOf.get(source) ?? new Set()).add(clientId));
  for (const { address, clientId } of addresses) noteUser(address, clientId);
  for (const client of clients) for (const origin of originsOf(client)) noteUser(origin, client.id);

  const placeOf = (clientId: string, kind: Place['kind'], source: string): Place => ({
    kind,
    sharedWith: [...(usersOf.get(source) ?? [])].filter((user) => user !== clientId),
    fetch: fetchOf.get(source),
  });

  return {
    fetches,
    isKnown: (source: string): boolean => usersOf.has(source),
    of(client: Client): Evidence {
      const { id, createdAt } = client;
      const life = lives.get(id);
      const issue = issues.get(id);
      const own = addresses.filter(({ clientId }) => clientId === id);
      return {
        aliveAt: life && life.at >= createdAt ? life.at : undefined,
        issuedAt: issue && issue.at >= createdAt ? Math.max(issue.issuedAt, createdAt) : undefined,
        use: life?.usedTokenAt === undefined ? undefined : { tokenIssuedAt: life.usedTokenAt, at: life.usedAt ?? 0 },
        places: [
          ...own.map(({ address, at }) => ({ ...placeOf(id, 'address', address), seenAt: at })),
          ...originsOf(client).map((origin) => placeOf(id, 'origin', origin)),
        ],
      };
    },
  };
}

const seenIn = ({ source, kids, at }: FetchRow, kid: string): Fetched => ({
  ...{ source, at },
  hasKey: kids.split(' ').includes(kid),
});

function unattributedIn(fetches: readonly Fetched[], isKnown: (source: string) => boolean) {
  const times = fetches.flatMap(({ source, at, hasKey }) => (hasKey && !isKnown(source) ? [at] : []));
  return { sources: times.length, ...(times.length > 0 && { lastAt: Math.max(...times) }) };
}
