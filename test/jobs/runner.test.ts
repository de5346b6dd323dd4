import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { listJobs } from '../../src/jobs/jobs.ts';
import { createRunner, type Job } from '../../src/jobs/runner.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function room(...jobs: Job[]) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', stream: { write: (line: string) => void lines.push(line) } });
  return { runner: createRunner({ jobs, log, mayWork: async () => true }), lines };
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

const dayMilliseconds = 86_400_000;

type Questions = { isReady: unknown; isUsed(algorithm: string): Promise<boolean> };

describe('the list', () => {
  const rooms = () => ({
    records: { purge: vi.fn(async () => 3) },
    throttles: { purge: vi.fn().mockResolvedValueOnce(7).mockResolvedValueOnce(7).mockResolvedValue(2) },
    apiKeys: { purge: vi.fn().mockResolvedValueOnce(7).mockResolvedValue(0) },
    accounts: { purgeLinks: vi.fn().mockResolvedValueOnce(7).mockResolvedValue(0) },
    audit: { purge: vi.fn().mockResolvedValueOnce(7).mockResolvedValue(0) },
    clock: { now: () => 400 * dayMilliseconds },
    db: { optimize: vi.fn(async () => undefined), flush: vi.fn(async () => undefined) },
    watchBrand: vi.fn(async () => undefined),
    sessions: { reap: vi.fn().mockResolvedValueOnce(50).mockResolvedValue(3) },
    access: { endLost: vi.fn(async () => 0) },
    logout: { deliverDue: vi.fn(async () => undefined) },
    deliveries: { purge: vi.fn().mockResolvedValueOnce(50).mockResolvedValue(0) },
    signOutDays: 30,
    keys: { advance: vi.fn(async () => undefined) },
    cookieKeys: { advance: vi.fn(async () => undefined) },
    followKeys: vi.fn(async () => undefined),
    clients: { usesOfAlgorithm: vi.fn(async (name: string) => (name === 'RS256' ? [{ clientId: 'app' }] : [])) },
    readiness: {
      isReady: vi.fn(async () => true),
      writeDue: vi.fn(async () => undefined),
      purge: vi.fn(async () => undefined),
    },
    cookieTimes: { rotateSeconds: 90, keepSeconds: 30 },
  });
  const purge = { intervalSeconds: 60, batch: 7 };
  const { signal } = new AbortController();

  it('purges records, throttles and the log as the settings say, and once a day has the database optimized', async () => {
    const { records, throttles, audit, db, ...others } = rooms();
    const jobs = listJobs({ ...others, records, throttles, audit, db, purge, retentionDays: 365 } as never);
    expect(jobs.map((job) => job.intervalSeconds)).toEqual([
      ...[60, 60, 60, 60, 60, 30, 2, 0.5, 60, 2, 1, 5, 60, 5, 60, 86_400],
    ]);
    for (const job of jobs) await job.run(signal);
    expect(records.purge).toHaveBeenCalledExactlyOnceWith({ batch: 7, signal });
    expect(throttles.purge).toHaveBeenCalledTimes(3);
    expect(others.accounts.purgeLinks.mock.calls).toEqual([[7], [7]]);
    expect(audit.purge.mock.calls).toEqual([
      [db, 35 * dayMilliseconds, 7],
      [db, 35 * dayMilliseconds, 7],
    ]);
    expect(others.apiKeys.purge.mock.calls).toEqual([
      [35 * dayMilliseconds, 7],
      [35 * dayMilliseconds, 7],
    ]);
    expect(others.watchBrand).toHaveBeenCalledOnce();
    expect(others.sessions.reap).toHaveBeenCalledTimes(2);
    expect(others.access.endLost).toHaveBeenCalledExactlyOnceWith(signal);
    expect(others.logout.deliverDue).toHaveBeenCalledOnce();
    expect(others.deliveries.purge.mock.calls).toEqual([
      [370 * dayMilliseconds, 50],
      [370 * dayMilliseconds, 50],
    ]);
    expect(others.keys.advance).toHaveBeenCalledOnce();
    const [[questions]] = others.keys.advance.mock.calls as unknown as [[Questions]];
    expect(questions.isReady).toBe(others.readiness.isReady);
    expect(await questions.isUsed('RS256')).toBe(true);
    expect(await questions.isUsed('ES256')).toBe(false);
    expect(others.readiness.writeDue).toHaveBeenCalledOnce();
    expect(others.readiness.purge).toHaveBeenCalledExactlyOnceWith({ batch: 7, signal });
    expect(others.followKeys).toHaveBeenCalledOnce();
    expect(others.cookieKeys.advance).toHaveBeenCalledExactlyOnceWith({ rotateSeconds: 90, keepSeconds: 30 });
    expect(jobs.filter((job) => job.isExclusive).map(({ name }) => name)).toEqual([
      ...['end expired sessions', 'end lost access', 'tell apps of sign-outs', 'purge deliveries', 'advance keys'],
      'renew the cookie key',
    ]);
    expect(db.optimize).toHaveBeenCalledOnce();
  });

  it('keeps the log and ended API keys for ever when its retention is 0', async () => {
    const { audit, ...others } = rooms();
    const jobs = listJobs({ ...others, audit, purge, retentionDays: 0 } as never);
    for (const job of jobs) await job.run(signal);
    expect(audit.purge).not.toHaveBeenCalled();
    expect(others.apiKeys.purge).not.toHaveBeenCalled();
  });
});
