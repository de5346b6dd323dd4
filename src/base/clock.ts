/** Time for the rooms: the system clock, or one that a test winds by hand. The only reader of Date.now. */
export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after that many milliseconds of this clock. */
  sleep(milliseconds: number): Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** A clock that stands still until `advance` is called; sleepers wake when their time is reached. */
export function createManualClock(startAt = 1_700_000_000_000) {
  let now = startAt;
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: (milliseconds: number) =>
      new Promise<void>((wake) => {
        sleepers.push({ until: now + milliseconds, wake });
      }),
    advance(milliseconds: number) {
      now += milliseconds;
      const due = sleepers.filter((sleeper) => sleeper.until <= now);
      sleepers = sleepers.filter((sleeper) => sleeper.until > now);
      for (const sleeper of due) sleeper.wake();
    },
  } satisfies Clock & { advance(milliseconds: number): void };
}
