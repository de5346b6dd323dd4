/** Sizes that keep a file readable in one sitting. Limits are inclusive and counted in lines. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { factsOf, readTree, type SourceFacts } from '../support/source-facts.ts';

const limits = { file: 300, medianFile: 90, function: 60, p90Function: 40 };

/** Folders whose files are measured; in tests a function may be a whole `describe`, so only the files count there. */
const measured = ['src', 'migrations', 'scripts', 'bin', 'bench', 'demo'];
const filesOnly = ['test'];

const root = join(import.meta.dirname, '../..');
const factsIn = (folders: readonly string[]) =>
  folders.flatMap((folder) =>
    Object.entries(readTree(join(root, folder))).map(([path, source]) => factsOf(`${folder}/${path}`, source)),
  );

/** The smallest value that `share` of the values do not exceed. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

const tooLongFiles = (files: readonly SourceFacts[]) =>
  files.filter(({ lines }) => lines > limits.file).map(({ path, lines }) => `${path} has ${lines} lines`);

const tooLongFunctions = (files: readonly SourceFacts[]) =>
  files.flatMap(({ path, functions }) =>
    functions
      .filter(({ lines }) => lines > limits.function)
      .map(({ name, lines }) => `${path}: ${name} has ${lines} lines`),
  );

describe('sizes', () => {
  const own = factsIn(measured);
  const source = own.filter(({ path }) => path.startsWith('src/'));

  it(`no file is longer than ${limits.file} lines`, () => {
    expect(tooLongFiles([...own, ...factsIn(filesOnly)])).toEqual([]);
  });

  it(`no function is longer than ${limits.function} lines`, () => {
    expect(tooLongFunctions(own)).toEqual([]);
  });

  it(`half of the files of src have at most ${limits.medianFile} lines, nine of ten functions at most ${limits.p90Function}`, () => {
    expect(
      quantile(
        source.map(({ lines }) => lines),
        0.5,
      ),
    ).toBeLessThanOrEqual(limits.medianFile);
    // One-line arrow functions would hide the long ones.
    const functions = source.flatMap((file) => file.functions.map(({ lines }) => lines)).filter((lines) => lines > 1);
    expect(quantile(functions, 0.9)).toBeLessThanOrEqual(limits.p90Function);
  });

  it('a file and a function that are one line too long are seen', () => {
    const body = (lines: number) => 'x();\n'.repeat(lines);
    expect(tooLongFiles([factsOf('a.ts', body(limits.file))])).toEqual([]);
    expect(tooLongFiles([factsOf('a.ts', body(limits.file + 1))])).toEqual(['a.ts has 301 lines']);
    expect(tooLongFunctions([factsOf('a.ts', `function long() {\n${body(limits.function - 2)}}\n`)])).toEqual([]);
    const arrow = `export const long = () => {\n${body(limits.function - 1)}};\n`;
    expect(tooLongFunctions([factsOf('a.ts', arrow)])).toEqual(['a.ts: long has 61 lines']);
    const method = `const x = { long() {\n${body(limits.function - 1)}} };\n`;
    expect(tooLongFunctions([factsOf('a.ts', method)])).toEqual(['a.ts: long has 61 lines']);
  });

  it('takes the quantile that a share of the values do not exceed', () => {
    expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 100], 0.9)).toBe(9);
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
  });
});
