import type { Handle } from './batch.ts';

type UpkeepOptions = {
  writer: Handle;
  /** Runs `work` in the batch when its turn has come. */
  perform: <Result>(work: () => Result) => Promise<Result>;
  flush: () => Promise<void>;
};

/** The answer of PRAGMA auto_vacuum where a file was made to give pages back; a database in memory is not. */
const incremental = 2;
/** Kept for what is written next: giving every page back would only make the file shrink and grow. */
const keptPages = 256;
const fewestPages = 16;
/** A step with its commit stops the event loop; the next one is made smaller when it took longer than this. */
const stepMilliseconds = 5;

/** What keeps a SQLite file small and its queries well planned while requests go on. */
export function createUpkeep({ writer, perform, flush }: UpkeepOptions) {
  return {
    async reclaim(signal?: AbortSignal): Promise<void> {
      if (writer.pragma('auto_vacuum', { simple: true }) !== incremental) return;
      for (let pages = fewestPages; !signal?.aborted; ) {
        const startedAt = performance.now();
        if ((await perform(() => freeSome(writer, pages))) <= keptPages) return;
        await flush();
        const tookMilliseconds = performance.now() - startedAt;
        pages =
          tookMilliseconds > stepMilliseconds ? Math.max(fewestPages, Math.floor(pages / 2)) : pages + fewestPages;
        await new Promise((resolve) => setTimeout(resolve, tookMilliseconds));
      }
    },

    /** SQLite itself limits how long this takes. */
    optimize: (): Promise<void> => perform(() => void writer.pragma('optimize')),
  };
}

/** Returns how many pages were free before. */
function freeSome(writer: Handle, pages: number): number {
  const free = writer.pragma('freelist_count', { simple: true }) as number;
  if (free > keptPages) writer.pragma(`incremental_vacuum(${Math.min(pages, free - keptPages)})`);
  return free;
}
