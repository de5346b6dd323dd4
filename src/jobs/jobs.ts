/** The list of jobs. */
import type { Records } from '../domain/records/records.ts';
import type { Throttles } from '../domain/throttles/throttles.ts';
import type { Job } from './runner.ts';

type JobDependencies = {
  records: Records;
  throttles: Throttles;
  db: { optimize(): Promise<void> };
  purge: { intervalSeconds: number; batch: number };
};

export function listJobs({ records, throttles, db, purge }: JobDependencies): Job[] {
  return [
    {
      name: 'purge records',
      intervalSeconds: purge.intervalSeconds,
      run: async (signal) => {
        await records.purge({ batch: purge.batch, signal });
      },
    },
    {
      name: 'purge throttles',
      intervalSeconds: purge.intervalSeconds,
      run: async (signal) => {
        while (!signal.aborted && (await throttles.purge(purge.batch)) === purge.batch);
      },
    },
    { name: 'optimize the database', intervalSeconds: 86_400, run: () => db.optimize() },
  ];
}
