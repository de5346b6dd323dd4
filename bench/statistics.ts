/** Small statistics for measured samples. Pure. */

function sorted(samples: readonly number[]): number[] {
  return [...samples].sort((left, right) => left - right);
}

/** The sample below which the share `part` (0 to 1) of all samples lies; NaN without samples. */
export function quantile(samples: readonly number[], part: number): number {
  const ordered = sorted(samples);
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * part))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export const mean = (samples: readonly number[]): number =>
  samples.reduce((sum, sample) => sum + sample, 0) / samples.length;

function variance(samples: readonly number[]): number {
  const middle = mean(samples);
  return samples.reduce((sum, sample) => sum + (sample - middle) ** 2, 0) / (samples.length - 1);
}

/**
 * Two-sided p-value of Welch's test that both samples have the same mean. Uses the normal distribution, which is close
 * enough from about 100 samples a side.
 */
export function welch(left: readonly number[], right: readonly number[]): number {
  const spread = Math.sqrt(variance(left) / left.length + variance(right) / right.length);
  const distance = Math.abs(mean(left) - mean(right)) / spread;
  return complementaryError(distance / Math.SQRT2);
}

/** erfc by Abramowitz and Stegun 7.1.26; error below 1.5e-7. */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return series * Math.exp(-x * x);
}

/** `median (min–max)` with the given number of decimals. */
export function spread(samples: readonly number[], decimals = 0): string {
  if (samples.length === 0) return '–';
  const text = (value: number) => value.toFixed(decimals);
  return `${text(median(samples))} (${text(Math.min(...samples))}–${text(Math.max(...samples))})`;
}
