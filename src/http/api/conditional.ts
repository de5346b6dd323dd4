/** Versions of things as entity tags: If-Match and If-None-Match (RFC 9110 §13.1), and changes that depend on them. */
import { isStale } from '../../base/administered.ts';
import { httpProblem } from '../errors.ts';

/** The entity tag of a version. */
export const entityTag = (version: number): string => `"${version}"`;

const mostDigits = 15;
const oneTag = new RegExp(`^"([1-9]\\d{0,${mostDigits - 1}})"$`);

/**
 * The version that the header If-Match demands; undefined for none and for `*`. A weak tag or one that was never handed
 * out matches nothing: 0, which no version is. Throws `invalid` (400) for a header that holds no entity tag.
 */
export function demandedVersion(header: string | undefined): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '' || text === '*') return undefined;
  const version = oneTag.exec(text)?.[1];
  if (version !== undefined) return Number(version);
  if (/^(W\/)?"[\x21\x23-\x7e]*"$/.test(text)) return 0;
  throw httpProblem(400, 'If-Match must hold one entity tag: the ETag of the thing as you have it, quotes included.');
}

/** Whether the header If-None-Match names this version (weak comparison, as for every GET). */
export function isKnownVersion(header: string | undefined, version: number): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(entityTag(version));
}

const mostAttempts = 5;

/**
 * Changes a thing as it was just found, in that version and no other: whether the caller may was decided by what was found.
 * When somebody was faster it is found and decided anew, unless the caller demands a version (`ifVersion`), which then is
 * the one that counts. Throws what `find` and `work` throw.
 */
export async function changePresent<Thing extends { version: number }, Result>(
  find: () => Promise<Thing>,
  ifVersion: number | undefined,
  work: (present: Thing, ifVersion: number) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const present = await find();
    try {
      return await work(present, ifVersion ?? present.version);
    } catch (error) {
      if (ifVersion !== undefined || attempt === mostAttempts || !isStale(error)) throw error;
    }
  }
}
