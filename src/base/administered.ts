/** What all that administrators keep has in common: who owns the row, its version, and how input is refused. Knows no room. */
import { isPosternError, PosternError } from './errors.ts';
import { type Issue, inWords, problemsOf } from './problems.ts';

/** Who owns a row: the people who administer, the file that `postern apply` reads, or the samples of `dev`. */
export type Origin = 'admin' | 'file' | 'sample';

/** Throws `conflict` when the row belongs to the file and the change does not come from it. `what` names the row. */
export function refuseDeclared(what: string, origin: string, source: 'file' | undefined): void {
  if (origin !== 'file' || source === 'file') return;
  throw new PosternError(
    'conflict',
    `${what} is declared in the file (postern.yaml, or what a program applied by the API): change it there and apply it.`,
  );
}

/** Throws `conflict` (HTTP status 412, RFC 9110 §13.1.1) when the row is not in the version that the caller has seen. */
export function refuseStale(version: number, ifVersion: number | undefined): void {
  if (ifVersion === undefined || ifVersion === version) return;
  throw new PosternError('conflict', 'Somebody else changed it meanwhile. Load it again.', {
    cause: { httpStatus: 412 },
  });
}

/** Whether the row is in another version than the caller had seen: what `refuseStale` throws. */
export function isStale(error: unknown): boolean {
  return isPosternError(error) && (error.cause as { httpStatus?: number } | undefined)?.httpStatus === 412;
}

type Schema<Output> = {
  safeParse(
    input: unknown,
    words: typeof inWords,
  ): { success: true; data: Output } | { success: false; error: { issues: Issue[] } };
};

/** The input as the schema has it, defaults filled in. Throws `invalid` with `sentence` and every problem in `fields`. */
export function parseInput<Output>(schema: Schema<Output>, input: unknown, sentence: string): Output {
  const parsed = schema.safeParse(input, inWords);
  if (parsed.success) return parsed.data;
  throw new PosternError('invalid', sentence, { fields: problemsOf(schema, parsed.error.issues) });
}
