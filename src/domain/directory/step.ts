/** What a plan consists of: one step for each row that is to be added, changed or removed. */
import { isStale } from '../../base/administered.ts';
import { type FieldProblem, isPosternError } from '../../base/errors.ts';
import type { Db } from '../../db/db.ts';
import type { Circumstances } from '../audit/audit.ts';
import type { FieldDifference } from './differences.ts';

export type Kind = 'group' | 'attribute' | 'account' | 'client' | 'brand';
/** `adopt`: the row is there and becomes the file's, with the changes listed. */
export type Action = 'add' | 'change' | 'remove' | 'adopt';

/** One row, as a plan shows it. `id`: its name, user name or client id. Secrets are shown as `(set)`. */
export type Change = { kind: Kind; id: string; action: Action; fields?: FieldDifference[] };

export type Write = (tx: Db, circumstances: Circumstances) => Promise<unknown>;

export type Step = {
  change: Change;
  /** Where its entry stands in the file, like `accounts[3]`; for what the file no longer names, the list. */
  place: string;
  /** It takes a name that somebody has now, so another step has to come first. */
  waits?: boolean;
  /** What has to be done before the transaction (hashing); answers what to do in it. */
  prepare(): Promise<Write>;
};

/** What there is to do about one kind of rows, and everything that is wrong with its entries. */
export type Draft = { steps: Step[]; problems: FieldProblem[] };

/** Stands for a secret in a plan. */
export const hidden = '(set)';

export const withPrefix = (place: string, fields: readonly FieldProblem[]): FieldProblem[] =>
  fields.map(({ path, message }) => ({ path: path === '' ? place : `${place}.${path}`, message }));

/** What is said of a place already need not be said again in other words. */
export function besides(problems: readonly FieldProblem[], more: readonly FieldProblem[]): FieldProblem[] {
  const told = new Set(problems.map(({ path }) => path));
  return more.filter(({ path }) => !told.has(path));
}

/** Adds what a room finds wrong with an entry to `problems`; throws anything else on. */
export async function orProblems<Result>(
  place: string,
  problems: FieldProblem[],
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    const found = problemsOf(error, place);
    if (found === undefined) throw error;
    problems.push(...found);
    return undefined;
  }
}

/** What a room refused about the entry at that place; undefined for any other error, and for a row that moved meanwhile. */
export function problemsOf(error: unknown, place: string): FieldProblem[] | undefined {
  if (!isPosternError(error) || isStale(error)) return undefined;
  if (error.code !== 'invalid' && error.code !== 'conflict') return undefined;
  return error.fields.length > 0 ? withPrefix(place, error.fields) : [{ path: place, message: error.message }];
}
