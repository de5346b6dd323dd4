import type { App, Verdict } from '../app.ts';

type Rehearsals = App['rehearsals'];
type Rehearsal = Awaited<ReturnType<Rehearsals['start']>>;

/** A rehearsal that a test runs. `await using` ends it. */
export type Run = Rehearsal &
  AsyncDisposable & {
    /**
     * How the client did by now. `signedIn`: whether it let the person in at the last sign-in, where the test has seen it;
     * without, it is told from what the client asked for since.
     */
    verdict(seen?: { signedIn?: boolean | undefined }): Promise<Verdict>;
    end(): Promise<void>;
  };

/** The room, with a `start` whose answer judges and ends itself. */
export function createRehearsing(rehearsals: Rehearsals) {
  type Input = Parameters<Rehearsals['start']>[0];
  type Change = Parameters<Rehearsals['start']>[1];
  const system: Change = { by: { type: 'system' } };

  return {
    ...rehearsals,

    /** As the room's; what the client gets is another from the moment that it answers. */
    async start(input: Input, change: Change = system): Promise<Run> {
      const rehearsal = await rehearsals.start(input, change);
      const { id } = rehearsal;
      const end = async () => void (await rehearsals.end(id, change));
      return {
        ...rehearsal,
        async verdict({ signedIn } = {}) {
          if (signedIn !== undefined) await rehearsals.tell(id, signedIn);
          return (await rehearsals.result(id, { isOver: true })).verdict;
        },
        end,
        [Symbol.asyncDispose]: end,
      };
    },

    /** As the room's: puts everything back. */
    end: (id: string, change: Change = system): Promise<Rehearsal> => rehearsals.end(id, change),
    /** What was seen of the client so far, and what it says. */
    result: (id: string, options = { isOver: true }) => rehearsals.result(id, options),
  };
}
