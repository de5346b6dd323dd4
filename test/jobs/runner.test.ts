import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { listJobs } from '../../src/jobs/jobs.ts';
import { createRunner, type Job } from '../../src/jobs/runner.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function room(...jobs: Job[]) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', stream: { write: (line: string) => void lines.push(line) } });
  return { runner: createRunner({ jobs, log }), lines };
}

describe('the runner', () => {
  it('runs a job again and again, about every interval and not before', async () => {
    const run = vi.fn(async () => {});
    const { runner } = room({ name: 'j', intervalSeconds: 10, run });
    runner.start();
    await vi.advanceTimersByTimeAsync(8_900);
    expect(run).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_200);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(110_000);
    expect(run.mock.calls.length).toBeGreaterThanOrEqual(9);
    await runner.stop();
  });

  it('never runs a job twice at once, however long it takes', async () => {
    const work = Promise.withResolvers<void>();
    const run = vi.fn(() => work.promise);
    const { runner } = room({ name: 'slow', intervalSeconds: 1, run });
    runner.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run).toHaveBeenCalledTimes(1);
    work.resolve();
    await vi.advanceTimersByTimeAsync(1_200);
    expect(run).toHaveBeenCalledTimes(2);
    await runner.stop();
  });

  it('logs a job that fails and runs it again, and the others all the same', async () => {
    const run = vi.fn(() => Promise.reject(new Error('no luck')));
    const other = vi.fn(async () => {});
    const { runner, lines } = room(
      { name: 'bad', intervalSeconds: 1, run },
      { name: 'good', intervalSeconds: 1, run: other },
    );
    runner.start();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(run.mock.calls.length).toBeGreaterThan(2);
    expect(other.mock.calls.length).toBeGreaterThan(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', name: 'bad', error: { message: 'no luck' } });
    await runner.stop();
  });

  it('R22 stop tells the running job, waits for it and starts nothing more', async () => {
    const work = Promise.withResolvers<void>();
    const seen: AbortSignal[] = [];
    const run = vi.fn((signal: AbortSignal) => {
      seen.push(signal);
      return work.promise;
    });
    const { runner } = room({ name: 'j', intervalSeconds: 1, run });
    runner.start();
    await vi.advanceTimersByTimeAsync(1_200);
    let stopped = false;
    const stopping = runner.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(seen[0]?.aborted).toBe(true);
    expect(stopped).toBe(false);
    work.resolve();
    await stopping;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(run).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('the list purges records and throttles as the settings say, and once a day has the database optimized', async () => {
  const records = { purge: vi.fn(async () => 3) };
  const throttles = { purge: vi.fn().mockResolvedValueOnce(7).mockResolvedValueOnce(7).mockResolvedValue(2) };
  const db = { optimize: vi.fn(async () => undefined) };
  const jobs = listJobs({ records, throttles, db, purge: { intervalSeconds: 60, batch: 7 } } as never);
  expect(jobs.map((job) => job.intervalSeconds)).toEqual([60, 60, 86_400]);
  const { signal } = new AbortController();
  for (const job of jobs) await job.run(signal);
  expect(records.purge).toHaveBeenCalledExactlyOnceWith({ batch: 7, signal });
  expect(throttles.purge).toHaveBeenCalledTimes(3);
  expect(db.optimize).toHaveBeenCalledOnce();
});
