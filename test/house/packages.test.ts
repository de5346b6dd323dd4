/** What `npm ci` needs to work from a fresh clone on any platform. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

type Locked = { version?: string; resolved?: string; optionalDependencies?: Record<string, string> };

const lock = readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8');
const packages: Record<string, Locked> = JSON.parse(lock).packages;

it('the lock file has every optional package of every platform, or npm ci refuses it', () => {
  const found = (path: string, name: string) =>
    packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`];
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      // Platform binaries ask for one exact version; another one's entry does not do.
      .filter(([name, range]) => !found(path, name) || (/^\d/.test(range) && found(path, name)?.version !== range))
      .map(([name, range]) => `${name}@${range} of ${path}`),
  );
  expect(missing).toEqual([]);
});

it('the lock file names versions, not the addresses of one registry', () => {
  const odd = Object.entries(packages).filter(([path, { version, resolved }]) => path && (!version || resolved));
  expect(odd.map(([path]) => path)).toEqual([]);
});
