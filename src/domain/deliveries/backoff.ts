/** When an app that did not confirm is asked again. Pure. */

const minute = 60_000;
const hour = 60 * minute;

/** After the first attempt, the second, …; the last holds for all that follow. */
const waits = [
  ...[2000, 5000, 15_000, 30_000, minute, 2 * minute, 5 * minute, 10 * minute, 20 * minute, 30 * minute],
  ...[hour, 2 * hour],
] as const;

/** How much earlier or later than that: apps that went down together are not asked together. */
const jitter = 0.2;

/** Milliseconds until the next attempt, after so many; `random` is from 0 to 1. */
export function waitAfter(attempts: number, random: number): number {
  const wait = waits[Math.min(Math.max(attempts, 1), waits.length) - 1] as number;
  return Math.round(wait * (1 - jitter + 2 * jitter * random));
}
