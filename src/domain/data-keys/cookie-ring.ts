/**
 * The keys that sign and seal cookies. A new one is read by every process before it signs, so that nobody is signed out by
 * a process that does not know it yet; an old one goes on to open as long as a cookie of it can live.
 */
import type { KeyObject } from 'node:crypto';
import { parseInput } from '../../base/administered.ts';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { reasonInput } from '../../base/names.ts';
import type { Database } from '../../db/db.ts';
import { type Audit, type Circumstances, causedBy } from '../audit/audit.ts';
import {
  type DataKeyRow,
  insertDataKey,
  lockDataKeys,
  removeCookieKeys,
  retireCookieKeys,
  selectDataKeys,
} from './store.ts';
import type { Wrapping } from './wrapping.ts';

/** Every process looks for new keys more often than that. */
const publishAheadMilliseconds = 10_000;

/** A key of the ring, without the key. Times are epoch ms. */
export type CookieKey = { id: string; createdAt: number; retiredAt: number | undefined };
type Opened = CookieKey & { key: KeyObject };
type Change = Circumstances & { reason?: string | undefined };

type Dependencies = { db: Database; clock: Clock; audit: Audit; wrapping: Wrapping; rows: readonly DataKeyRow[] };
export type CookieRing = ReturnType<typeof createCookieRing>;

export function createCookieRing(dependencies: Dependencies) {
  const { db, clock, wrapping } = dependencies;
  let opened = openAll(wrapping, dependencies.rows);

  /** The youngest that everybody knows, then the others. While there is none of those the eldest, which is known soonest. */
  function inOrder(): Opened[] {
    const knownSince = clock.now() - publishAheadMilliseconds;
    const isKnown = ({ createdAt }: Opened) => createdAt <= knownSince;
    return [...opened.filter(isKnown), ...opened.filter((key) => !isKnown(key)).reverse()];
  }

  async function refresh(): Promise<void> {
    const found = openAll(wrapping, await selectDataKeys(db));
    // None at all: another process has changed the secret. What this one has goes on until it is started anew.
    if (found.length > 0) opened = found;
  }

  async function renew(change: Change): Promise<CookieKey> {
    const { reason } = parseInput(reasonInput, { reason: change.reason }, 'No key was made.');
    const { id, created_at: createdAt } = await rotate(dependencies, { ...change, reason });
    await refresh();
    return { id, createdAt, retiredAt: undefined };
  }

  return {
    /** What signs. */
    newest: (): KeyObject => (inOrder()[0] as Opened).key,
    /** What signs, then what opens besides. */
    all: (): KeyObject[] => inOrder().map(({ key }) => key),
    list: (): CookieKey[] => opened.map(({ key: _key, ...info }) => info),
    /** Looks for what other processes have changed. A key that this process's secret does not open is left out. */
    refresh,

    /** A new key that signs as soon as every process knows it. Throws `conflict` when the secret was changed meanwhile. */
    rotate: renew,

    /** A new key when the youngest is older than that; the end of those that no living cookie can be of. */
    async advance({ rotateSeconds, keepSeconds }: { rotateSeconds: number; keepSeconds: number }): Promise<void> {
      const now = clock.now();
      const youngest = Math.max(...opened.map(({ createdAt }) => createdAt));
      if (youngest + rotateSeconds * 1000 <= now) await renew({ by: { type: 'system' }, reason: 'scheduled' });
      if ((await removeCookieKeys(db, now - keepSeconds * 1000)) > 0) await refresh();
    },
  };
}

function openAll(wrapping: Wrapping, rows: readonly DataKeyRow[]): Opened[] {
  return rows
    .filter(({ purpose }) => purpose === 'cookies')
    .flatMap((row) => {
      const key = wrapping.tryOpen(row);
      return key ? [{ id: row.id, createdAt: row.created_at, retiredAt: row.retired_at ?? undefined, key }] : [];
    });
}

function rotate({ db, clock, audit, wrapping }: Dependencies, change: Change): Promise<DataKeyRow> {
  return db.transaction(async (tx) => {
    await lockDataKeys(tx);
    const present = await selectDataKeys(tx);
    // Sealed under this process's secret, it could not be opened by those that know the present one alone.
    if (present.some(({ secret_id }) => secret_id !== wrapping.newestId)) throw secretChanged();
    const now = clock.now();
    const cookies = present.filter(({ purpose }) => purpose === 'cookies');
    const [youngest] = cookies;
    // Somebody who asked at the same time was faster: that key is the new one.
    if (youngest && cookies.length > 1 && youngest.created_at > now - publishAheadMilliseconds) return youngest;
    await retireCookieKeys(tx, now);
    const row = wrapping.make('cookies', present, now);
    await insertDataKey(tx, row);
    const detail = { keyId: row.id, ...(change.reason !== undefined && { reason: change.reason }) };
    await audit.record(tx, { ...causedBy(change), event: 'key.cookie_created', detail });
    return row;
  });
}

const secretChanged = () =>
  new PosternError(
    'conflict',
    'Another process has changed the secret of this database. Start this one with the new secret first; nothing was changed.',
  );
