/** Tables and lists of facts for people at a terminal. What a script reads is JSON. */
import { type Io, printable } from './output.ts';

export type Column = {
  readonly title: string;
  /** May be cut off where the terminal is too narrow. Names and ids that somebody types again must not be. */
  readonly shrinks?: boolean;
};

const gap = '  ';
const leastWidth = 8;

/**
 * A table that is written page by page: the first rows decide how wide its columns are. Without a terminal nothing is cut
 * off.
 */
export function createTable(io: Io, columns: readonly Column[]) {
  let widths: number[] | undefined;
  const lineOf = (cells: readonly string[]) => {
    const last = columns.length - 1;
    const texts = columns.map(({ shrinks }, index) => {
      const [cell, width] = [cells[index] ?? '', widths?.[index] ?? 0];
      const text = shrinks && io.columns !== undefined ? cut(cell, width) : cell;
      return index === last ? text : text + ' '.repeat(Math.max(0, width - widthOf(text)));
    });
    return `${texts.join(gap).trimEnd()}\n`;
  };
  return {
    rows(rows: readonly (readonly string[])[]): void {
      const shown = rows.map((row) => row.map((cell) => printable(cell)));
      const titles = columns.map(({ title }) => title.toUpperCase());
      const isFirst = widths === undefined && shown.length > 0;
      if (isFirst) widths = fitted(columns, [titles, ...shown], io.columns);
      io.out((isFirst ? [titles, ...shown] : shown).map(lineOf).join(''));
    },
  };
}

/** As wide as the widest cell; on a terminal that is narrower, the widest column that may shrink gives way first. */
function fitted(columns: readonly Column[], rows: readonly (readonly string[])[], room: number | undefined): number[] {
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => widthOf(row[index] ?? ''))));
  if (room === undefined) return widths;
  let excess = widths.reduce((sum, width) => sum + width, gap.length * (columns.length - 1)) - room;
  while (excess > 0) {
    const candidates = columns.flatMap(({ shrinks }, index) => {
      const width = widths[index] ?? 0;
      return shrinks && width > leastWidth ? [{ index, width }] : [];
    });
    const widest = candidates.sort((a, b) => b.width - a.width)[0];
    if (widest === undefined) break;
    widths[widest.index] = widest.width - 1;
    excess -= 1;
  }
  return widths;
}

/** Label and value, one a line; an empty value has no line. */
export function printFacts(io: Io, facts: readonly (readonly [label: string, value: string])[]): void {
  const shown = facts.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([label]) => widthOf(label)));
  for (const [label, value] of shown) {
    const [first, ...more] = value.split('\n').map((line) => printable(line));
    io.out(`${label}${' '.repeat(width - widthOf(label))}${gap}${first}\n`);
    for (const line of more) io.out(`${' '.repeat(width)}${gap}${line}\n`);
  }
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60]|\p{Emoji_Presentation}/u;

const cellsOf = (character: string): number => (wide.test(character) ? 2 : /^\p{M}/u.test(character) ? 0 : 1);

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  // Most texts are plain, and a table may have 100,000 rows.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return Array.from(segmenter.segment(text), ({ segment }) => cellsOf(segment)).reduce((sum, width) => sum + width, 0);
}

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let taken = 0;
  for (const { segment } of segmenter.segment(text)) {
    taken += cellsOf(segment);
    if (taken > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
