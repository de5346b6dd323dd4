/**
 * rehearsals: hostile key sets played against a client, in `dev` and `testing`, to see what it does when keys change. Holds
 * which one runs, and what was seen of the client meanwhile; judges that (verdict.ts). One runs at a time, and ends by
 * itself. Owns the table `rehearsals`. Does not know who signs and serves the key set, nor which clients there are.
 */
import type { Circumstances } from '../audit/audit.ts';
import { absent, end, type RehearsalInput, start } from './life.ts';
import { createPresent } from './present.ts';
import { type Rehearsal, type Result, rehearsalOf, resultOf, type Summary, summaryOf } from './result.ts';
import type { StepDetail } from './step.ts';
import { addStep, findRehearsal, findRunning, listOf, type StoredRehearsal } from './store.ts';
import type { RehearsalsDependencies } from './tools.ts';

export type { KeySet, PublishedKey } from './key-set.ts';
export type { RehearsalInput } from './life.ts';
export type { PresentRehearsal } from './present.ts';
export type { ClientVerdict, Rehearsal, Result, Summary } from './result.ts';
export type { SignOfLife, Step, StepDetail } from './step.ts';
export {
  isVariant,
  type Variant,
  type VariantName,
  variantNames,
  variants,
} from './variants.ts';
export { coolDownSeconds, type Outcome, type Verdict, verdictOf } from './verdict.ts';

export type Rehearsals = ReturnType<typeof createRehearsals>;

/** The room. What changes something opens its own transaction, and ends when this process has followed. */
export function createRehearsals(dependencies: RehearsalsDependencies) {
  const { db, clock } = dependencies;

  const seen = (stored: StoredRehearsal): Rehearsal => rehearsalOf(stored, clock.now());
  const note = (id: string, step: StepDetail): Promise<void> => addStep(db, id, step, clock.now());

  async function find(id: string): Promise<Rehearsal> {
    const stored = await findRehearsal(db, id);
    if (!stored) throw absent();
    return seen(stored);
  }

  return {
    /**
     * Begins one: from now on the key set is another for everybody, and a key of the rehearsal signs the ID tokens and JWT
     * access tokens of `clientId`, or of every client. It ends after `seconds` (300 unless told, an hour at most). Throws
     * `forbidden` in `serve`, `invalid` for what is wrong with the input, `conflict` while another one runs.
     */
    async start(input: RehearsalInput, change: Circumstances): Promise<Rehearsal> {
      const id = await start(dependencies, input, change);
      await dependencies.keys.announce();
      return find(id);
    },

    /** Puts everything back. One that has ended stays as it is. Throws `not_found`. */
    async end(id: string, change: Circumstances): Promise<Rehearsal> {
      await end(dependencies, id, change);
      await dependencies.keys.announce();
      return find(id);
    },

    /** Throws `not_found`. */
    find,

    /** The one that runs, if one does. */
    async running(): Promise<Rehearsal | undefined> {
      const stored = await findRunning(db);
      return stored && seen(stored).endedAt === undefined ? seen(stored) : undefined;
    },

    /** Notes what a person or a test has seen of the last sign-in: nobody knows better. */
    tell: (id: string, signedIn: boolean): Promise<void> => note(id, { kind: 'told', signedIn }),

    /** What was seen, and what it says. `isOver`: nobody waits for more. Throws `not_found`. */
    result: async (id: string, { isOver = false } = {}): Promise<Result> => resultOf(await find(id), isOver),

    /** How a client did in the latest rehearsal of each variant that was played against it by name. */
    lastOf: async (clientId: string): Promise<Summary> => summaryOf((await listOf(db, clientId)).map(seen)),

    ...createPresent(dependencies),

    /** Notes a step of a client. */
    note,
  };
}
