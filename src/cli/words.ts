/** How values are written for people at a terminal, and read from what they typed. */
import { PosternError } from '../base/errors.ts';

/** `2026-11-21 00:44 UTC`; nothing for no time. */
export const timeText = (at: number | undefined | null): string =>
  at === undefined || at === null ? '' : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `2026-11-21 00:44:12Z`. */
export const secondsText = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A time in epoch ms: `2026-11-21`, `2026-11-21T10:00` (UTC, or with an offset), or how long ago: `30m`, `24h`, `7d`. Throws
 * `invalid` (exit 64).
 */
export function timeFrom(flag: string, text: string, now: number): number {
  const [, amount, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * (units[unit] ?? 0);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/.test(text);
  const hasZone = isDay || /(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = isDay || isTime ? Date.parse(hasZone ? text : `${text}Z`) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw wrong(flag, 'must be a day (2026-11-21), a time (2026-11-21T10:00Z), or how long ago (30m, 24h, 7d)');
}

/** A whole number within bounds. Throws `invalid` (exit 64). */
export function numberFrom(flag: string, text: string, [least, most]: readonly [number, number]): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw wrong(flag, `must be a whole number from ${least} to ${most}`);
}

/** `name=value`, cut at the first equals sign. Throws `invalid` (exit 64). */
export function pairFrom(flag: string, text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw wrong(flag, 'must be name=value');
}

/** The problem of one flag, as a whole error: exit 64. */
export const wrong = (flag: string, message: string) =>
  new PosternError('invalid', 'Nothing was done.', { fields: [{ path: `--${flag}`, message }], exitStatus: 64 });

/** A change of nothing is a mistake: exit 64. */
export const nothingNamed = (noun: string) =>
  new PosternError('invalid', `Nothing to change. Name at least one thing: postern ${noun} change --help`, {
    exitStatus: 64,
  });

/** A value as text: texts as they are, anything else as JSON. */
export const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Who owns a row. */
export const originText = (origin: string): string =>
  ({ file: 'the file (postern.yaml)', sample: 'samples of dev', first_use: 'first use' })[origin] ?? 'administrators';
