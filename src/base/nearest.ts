/** The known name that somebody probably meant, or undefined. Compares without case, hyphens, underscores and dots. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const bare = (name: string) => name.toLowerCase().replace(/[-_.]/g, '');
  const wanted = bare(word).slice(0, 80);
  if (wanted === '') return undefined;
  const tail = known.filter((name) => wanted.length >= 4 && bare(name).endsWith(wanted));
  if (tail.length === 1) return tail[0];
  const ranked = known
    .map((name) => ({ name, distance: editDistance(wanted, bare(name)) }))
    .sort((left, right) => left.distance - right.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(wanted.length / 4)) ? best.name : undefined;
}

/** Edits from one word to the other, where two swapped neighbours are one edit (optimal string alignment). */
function editDistance(left: string, right: string): number {
  const rows = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(row - 1, column - 1) + (isSame ? 0 : 1),
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(left.length, right.length);
}

/** `. Did you mean x?`, or nothing. */
export function suggestion(word: string, known: readonly string[], prefix = ''): string {
  const name = nearest(word, known);
  return name === undefined ? '' : `. Did you mean ${prefix}${name}?`;
}
