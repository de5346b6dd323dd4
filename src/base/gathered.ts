/** Work that costs little more for many than for one, such as a commit: whoever asks within a moment is served together. */

type Asked<Item, Result> = { item: Item; resolve(result: Result): void; reject(error: unknown): void };

type Options<Item, Result> = {
  /** How long the first one waits for others. */
  milliseconds: number;
  /** How many are served together at most; who comes later is next. */
  most: number;
  /** Results in the order of the items; when it rejects, it has failed for all of them. */
  work(items: readonly Item[]): Promise<readonly Result[]>;
};

/** The function that comes back resolves with what `work` has made of that item. */
export function createGathered<Item, Result>({ milliseconds, most, work }: Options<Item, Result>) {
  const waiting: Asked<Item, Result>[] = [];
  let isAtWork = false;

  async function serve(): Promise<void> {
    while (waiting.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      const served = waiting.splice(0, most);
      try {
        const results = await work(served.map(({ item }) => item));
        for (const [at, { resolve }] of served.entries()) resolve(results[at] as Result);
      } catch (error) {
        for (const { reject } of served) reject(error);
      }
    }
    isAtWork = false;
  }

  return (item: Item): Promise<Result> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isAtWork) return;
      isAtWork = true;
      void serve();
    });
}
