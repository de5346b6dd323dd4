/** Files and folders for this user alone (security.md N10). Both throw `unavailable` (exit status 78) where nothing may be written. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PosternError } from '../base/errors.ts';

export function makeFolder(folder: string): void {
  orNotWritable(folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
}

/** Mode 0600, on disk when this returns; the folder is made with it. */
export function writePrivate(path: string, text: string): void {
  const folder = dirname(path);
  makeFolder(folder);
  orNotWritable(folder, () => writeFileSync(path, text, { mode: 0o600, flush: true }));
}

function orNotWritable(folder: string, work: () => unknown): void {
  try {
    work();
  } catch (cause) {
    const message = `The directory ${folder} cannot be made or written. Choose another with --data.`;
    throw new PosternError('unavailable', message, { cause, exitStatus: 78 });
  }
}
