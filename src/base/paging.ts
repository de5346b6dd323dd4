/** Pages by keyset: a cursor says after which row the next page begins. It is plain, so it says nothing that is not shown. */
import { PosternError } from './errors.ts';

/** At most `limit` things, beginning after the place that the cursor `after` names. */
export type PageRequest = { limit: number; after?: string | undefined };
/** One page, and the cursor of the next one; undefined on the last. */
export type PageOf<Item> = { items: Item[]; next: string | undefined };

type Part = string | number;
/** No key of any table is longer; more is made up. */
const longestCursor = 2048;

/** The cursor that stands for the sort key of the last row of a page. */
export const encodeCursor = (parts: readonly Part[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');

/**
 * The sort key that `encodeCursor` was given: one part for each entry of `shape`. Throws `invalid` (HTTP status 400) for
 * any other text.
 */
export function decodeCursor(text: string, shape: readonly ('string' | 'number')[]): Part[] {
  const parts = text.length <= longestCursor ? read(text) : undefined;
  if (!Array.isArray(parts) || parts.length !== shape.length) throw forged();
  if (parts.some((part, index) => !isPart(part, shape[index]))) throw forged();
  // One spelling each: what decodes alike but was not made here is refused as well.
  if (encodeCursor(parts) !== text) throw forged();
  return parts;
}

function read(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function isPart(part: unknown, kind: string | undefined): boolean {
  if (kind === 'number') return Number.isSafeInteger(part);
  return typeof part === 'string' && !part.includes('\0');
}

const forged = () =>
  new PosternError('invalid', 'The cursor of this page is not one that was handed out. Start from the first page.', {
    cause: { httpStatus: 400 },
  });

/** The page of the rows that were read, one more than `limit` if there are so many; `keyOf` is the sort key of a row. */
export function pageOf<Item>(rows: Item[], limit: number, keyOf: (item: Item) => readonly Part[]): PageOf<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : undefined };
}
