/** Runs jobs at intervals with jitter, one at a time each, until it is stopped. Knows no room. */
import type { Log } from '../base/log.ts';

export type Job = {
  name: string;
  intervalSeconds: number;
  /** One process at a time does it, however many share the database (db/lease.ts). */
  isExclusive?: true;
  run(signal: AbortSignal): Promise<void>;
};

/** Says whether this process may do that work now; kept for a while, so that it stays with one process. */
export type MayWork = (name: string, seconds: number) => Promise<boolean>;

export function createRunner({ jobs, log, mayWork }: { jobs: readonly Job[]; log: Log; mayWork: MayWork }) {
  const stopping = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  function schedule(job: Job): void {
    if (stopping.signal.aborted) return;
    // Nodes that were started together must not work together.
    const milliseconds = job.intervalSeconds * 1000 * (0.9 + Math.random() * 0.2);
    const timer = setTimeout(() => {
      timers.delete(timer);
      const work = perform(job);
      running.add(work);
      void work.finally(() => {
        running.delete(work);
        schedule(job);
      });
    }, milliseconds);
    timer.unref();
    timers.add(timer);
  }

  async function perform(job: Job): Promise<void> {
    try {
      if (!job.isExclusive || (await mayWork(job.name, leaseSeconds(job)))) await job.run(stopping.signal);
    } catch (error) {
      log.error({ error, name: job.name }, 'a job failed; it runs again');
    }
  }

  return {
    start: () => jobs.forEach(schedule),
    /** Starts nothing more and waits for what runs; jobs look at their signal between batches. */
    async stop(): Promise<void> {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

/** Longer than the wait for the next run, so that who has it keeps it; short enough that others do not wait long. */
const leaseSeconds = ({ intervalSeconds }: Job): number => Math.max(10, intervalSeconds * 2);
