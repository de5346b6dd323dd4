/** In what two states of one thing differ, for people to read. Pure; secrets never come in here. */
import { isDeepStrictEqual } from 'node:util';

/** One field of a change; a side on which it is not set is left out. */
export type FieldDifference = { path: string; before?: unknown; after?: unknown };

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields that differ, by path. Fields named in `nested` are compared member by member (`claims.locale`), those in `sets`
 * without regard to order.
 */
export function differences(
  before: Fields,
  after: Fields,
  { nested = [], sets = [] }: { nested?: readonly string[]; sets?: readonly string[] } = {},
): FieldDifference[] {
  const flatBefore = flattened(before, nested);
  const flatAfter = flattened(after, nested);
  const paths = [...new Set([...flatBefore.keys(), ...flatAfter.keys()])];
  return paths.flatMap((path) => {
    const [was, is] = [flatBefore.get(path), flatAfter.get(path)];
    const isSame = sets.includes(path) ? isDeepStrictEqual(asSet(was), asSet(is)) : isDeepStrictEqual(was, is);
    if (isSame) return [];
    return [{ path, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

const asSet = (value: unknown) => (Array.isArray(value) ? new Set(value) : value);

/** What is absent, undefined or empty counts as not there. */
function flattened(fields: Fields, nested: readonly string[]): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  for (const [name, value] of Object.entries(fields)) {
    if (!nested.includes(name)) flat.set(name, value);
    else for (const [inner, part] of Object.entries(value ?? {})) flat.set(`${name}.${inner}`, part);
  }
  for (const [path, value] of flat) if (value === undefined || value === null) flat.delete(path);
  return flat;
}
