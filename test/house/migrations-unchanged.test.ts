/**
 * A migration that has run somewhere is never edited: the next change is a new file. `migrations.sha256` remembers each
 * one; a new migration is added to it by `sha256sum migrations/*.js > test/house/migrations.sha256`.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { factsOf, readTree } from '../support/source-facts.ts';

const root = join(import.meta.dirname, '../..');
const migrations = readTree(join(root, 'migrations'), /./);
const names = Object.keys(migrations).sort();

function remembered(): Record<string, string> {
  const lines = readFileSync(join(import.meta.dirname, 'migrations.sha256'), 'utf8')
    .trim()
    .split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/\s+\*?migrations\//).reverse() as [string, string]));
}

it('every migration is the one that was remembered, and none is missing', () => {
  const present = names.map((name) => [
    name,
    createHash('sha256')
      .update(migrations[name] as string)
      .digest('hex'),
  ]);
  expect(Object.fromEntries(present)).toEqual(remembered());
});

it('migrations are numbered without gaps', () => {
  const expected = names.map((_name, index) => String(index + 1).padStart(4, '0'));
  expect(names.map((name) => name.match(/^(\d{4})_[a-z][a-z0-9_]*\.js$/)?.[1])).toEqual(expected);
});

it.each(names)('%s stands alone and only goes forward', async (name) => {
  const runtimeImports = factsOf(name, migrations[name] as string).imports.filter(({ typeOnly }) => !typeOnly);
  expect(runtimeImports).toEqual([]);
  const { up, down } = await import(join(root, 'migrations', name));
  expect(up).toBeTypeOf('function');
  expect(() => down()).toThrow('backup');
});
