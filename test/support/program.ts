/**
 * The program as it is shipped, one bundle, for tests that start it as a process of its own: it starts in a third of the time
 * that the sources take. The test runner calls `setup` once.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../scripts/bundle.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The file that `node` starts. */
    program: string;
  }
}

const root = fileURLToPath(new URL('../../', import.meta.url));

export const program = (): string => inject('program');

/** Called by the test runner before the first file; the function it returns is called after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // As deep as the sources, and one for each run: several may go on at once.
  await mkdir(join(root, 'test-results'), { recursive: true });
  const directory = await mkdtemp(join(root, 'test-results', 'program-'));
  await bundle(join(root, 'src', 'main.ts'), directory);
  project.provide('program', join(directory, 'main.js'));
  return () => rm(directory, { recursive: true, force: true });
}
