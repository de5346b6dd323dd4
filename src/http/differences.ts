/** Received beside expected: which part differs. Pure. */

/** The value in three parts; `changed` is what the other value has otherwise, and may be empty. */
type Marked = { before: string; changed: string; after: string };

/** Words of an address or a list of scopes: the parts that a person reads as one. */
function words(value: string): string[] {
  return value.match(/[\p{L}\p{N}_-]+|[^\p{L}\p{N}_-]/gu) ?? [];
}

function commonStart(one: string[], other: string[]): number {
  let index = 0;
  while (index < Math.min(one.length, other.length) && one[index] === other[index]) index += 1;
  return index;
}

/** Marks in both values the stretch between their common beginning and their common end, word by word. */
export function markDifference(received: string, expected: string): { received: Marked; expected: Marked } {
  const one = words(received);
  const other = words(expected);
  const start = commonStart(one, other);
  const end = commonStart(one.slice(start).reverse(), other.slice(start).reverse());
  const split = (parts: string[]): Marked => ({
    before: parts.slice(0, start).join(''),
    changed: parts.slice(start, parts.length - end).join(''),
    after: parts.slice(parts.length - end).join(''),
  });
  return { received: split(one), expected: split(other) };
}

/** The expected value that shares most with the received one; undefined when none shares anything. */
export function mostAlike(received: string, expected: string[]): string | undefined {
  const shared = (value: string) => {
    const { before, after } = markDifference(received, value).received;
    return before.length + after.length;
  };
  return expected.filter((value) => shared(value) > 0).toSorted((one, other) => shared(other) - shared(one))[0];
}
