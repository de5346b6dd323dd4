import { describe, expect, it } from 'vitest';
import { createTable, printFacts, widthOf } from '../../src/cli/table.ts';

function recorder(columns?: number) {
  const written: string[] = [];
  const io = { out: (text: string) => void written.push(text), err: () => undefined, columns };
  return { io, lines: () => written.join('').split('\n').slice(0, -1) };
}
const columns = [{ title: 'name' }, { title: 'text', shrinks: true }, { title: 'id' }];

describe('a table', () => {
  it('is as wide as its cells; nothing is cut off where there is no terminal', () => {
    const { io, lines } = recorder();
    const table = createTable(io, columns);
    table.rows([
      ['bob', 'x'.repeat(200), 'acc_1'],
      ['a name', '', 'acc_2'],
    ]);
    table.rows([['a much longer name', 'y', 'acc_3']]);
    expect(lines()).toEqual([
      `NAME    TEXT${' '.repeat(196)}  ID`,
      `bob     ${'x'.repeat(200)}  acc_1`,
      `a name  ${' '.repeat(200)}  acc_2`,
      `a much longer name  y${' '.repeat(199)}  acc_3`,
    ]);
  });

  it('fits a terminal by cutting text, never an id', () => {
    const { io, lines } = recorder(40);
    createTable(io, columns).rows([['bob', 'one two three four five six seven', 'acc_abcdefghijklm']]);
    expect(widthOf(lines()[1] ?? '')).toBe(40);
    expect(lines()[1]).toBe('bob   one two three…   acc_abcdefghijklm');
    const narrow = recorder(10);
    createTable(narrow.io, columns).rows([['bob', 'one two three', 'acc_abcdefghijklm']]);
    expect(narrow.lines()[1]).toBe('bob   one two…  acc_abcdefghijklm');
  });

  it('aligns wide and combining characters', () => {
    expect(['abc', 'é', 'e\u0301', '日本', '👩‍👩‍👧', 'ﬀ'].map(widthOf)).toEqual([3, 1, 1, 4, 2, 1]);
    const { io, lines } = recorder();
    createTable(io, columns).rows([
      ['日本', 'x', '1'],
      ['bobby', 'x', '2'],
    ]);
    expect(lines()).toEqual(['NAME   TEXT  ID', '日本   x     1', 'bobby  x     2']);
  });

  it('stored text cannot steer the terminal', () => {
    const { io, lines } = recorder(80);
    createTable(io, columns).rows([['a\u001b[2Jb', 'c\nd', '\u202e']]);
    printFacts(io, [['Label', 'a\u001b[2J']]);
    expect(lines().join('')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(lines()[1]).toContain('c\\u000ad');
  });
});

it('facts have a label each; an empty one has no line, a long one several', () => {
  const { io, lines } = recorder();
  printFacts(io, [
    ['Name', 'bob'],
    ['Nothing', ''],
    ['Groups', 'a\nb'],
  ]);
  expect(lines()).toEqual(['Name    bob', 'Groups  a', '        b']);
});
