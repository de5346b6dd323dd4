/**
 * readiness: which clients have fetched a signing key, and which have used what it signed. Owns the tables
 * `key_set_fetches`, `client_addresses`, `client_life` and `client_key_uses`. Knows no request: what was seen is noted in
 * memory, by whoever saw it, and written every few seconds; what a crash takes with it comes again. A client is recognised
 * by the addresses that it calls from and by the origins of its redirect URIs; how sure that is, is said of each (judge.ts).
 */
import type { Database } from '../../db/db.ts';
import type { Key } from '../keys/keys.ts';
import { createNotes, type Fetch } from './notes.ts';
import { type KeyReadiness, type ReadingDependencies, readinessOf } from './reading.ts';
import { purges } from './store.ts';
import { createWriting } from './writing.ts';

export type { SignedResource } from './clients.ts';
export { type ReadinessState, readinessStates } from './judge.ts';
export type { ClientReadiness, KeyReadiness } from './reading.ts';

type ReadinessDependencies = ReadingDependencies & { db: Database };
export type Readiness = ReturnType<typeof createReadiness>;

const keptMilliseconds = 90 * 86_400_000;

export function createReadiness(dependencies: ReadinessDependencies) {
  const { db, clock } = dependencies;
  const { notes, writeDue, flush } = createLedger(dependencies);

  /** How ready all are for a key, with what this process has seen up to now. Throws `not_found`. */
  async function of(kid: string): Promise<KeyReadiness> {
    await flush();
    return readinessOf(dependencies, kid);
  }

  return {
    /** Somebody was served the key set, with the keys `kids`, or told that what they have is still it (304). */
    noteFetch: (fetch: Fetch): void => notes.fetch(fetch),

    /** The client itself has asked for something and got it. `address`: from where, unless it was a page of it. */
    noteLife: ({ clientId, address }: { clientId: string; address?: string | undefined }): void =>
      notes.life(clientId, address),

    /**
     * A token of the client that was issued at `issuedAt` (epoch ms), in an answer that had an ID token as well, was used:
     * so that ID token was good to it.
     */
    noteUse: ({ clientId, issuedAt }: { clientId: string; issuedAt: number }): void => notes.use(clientId, issuedAt),

    /** The client was handed an ID token that this key has signed. */
    noteIssued: ({ clientId, kid }: { clientId: string; kid: string }): void => notes.issue(clientId, kid),

    ...{ writeDue, flush, of },

    /** Whether every client that counts has fetched the key, as far as is known for sure. Throws `not_found`. */
    async isReady({ kid }: Pick<Key, 'kid'>): Promise<boolean> {
      const { ready, total } = await of(kid);
      return ready === total;
    },

    /** Deletes what was not seen for 90 days, and what there is too much of, `batch` rows at a time. */
    async purge({ batch, signal }: { batch: number; signal: AbortSignal }): Promise<void> {
      const before = clock.now() - keptMilliseconds;
      for (const purge of purges) while (!signal.aborted && (await purge(db, before, batch)) === batch);
    },
  };
}

/** The notes of this process and their way to the tables, one write after the other. */
function createLedger(dependencies: ReadinessDependencies) {
  const notes = createNotes(() => dependencies.clock.now());
  const write = createWriting(dependencies);
  let writing: Promise<void> = Promise.resolve();

  async function writeNotes(all: boolean): Promise<void> {
    const noted = notes.take();
    try {
      notes.putBack(await write(noted, { all }));
    } catch (error) {
      notes.putBack(noted);
      throw error;
    }
  }

  function inTurn(all: boolean): Promise<void> {
    const turn = writing.then(() => writeNotes(all));
    writing = turn.catch(() => undefined);
    return turn;
  }

  return {
    notes,
    /** Writes what was noted, each row at most once a minute. Throws `unavailable`; then nothing is lost yet. */
    writeDue: (): Promise<void> => inTurn(false),
    /** Writes all that was noted, for example when the process ends. Throws like `writeDue`. */
    flush: (): Promise<void> => inTurn(true),
  };
}
