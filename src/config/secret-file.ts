/** secret-file: reads what `…_FILE` names and judges who else can read it. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import type { Mode } from '../base/mode.ts';

const maxBytes = 65_536;

type SecretText = { readonly text: string; readonly problem?: undefined; readonly warning: string | undefined };
type SecretProblem = { readonly problem: string };

/**
 * The text of a file without the line break at its end, or the problem with it. A file that others may read is refused
 * in `serve`, one that its group may read is a warning; so is either one in the other modes.
 */
export function readSecretFile(file: string, mode: Mode): SecretText | SecretProblem {
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a named pipe that nobody writes to would hold the start for ever.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return { problem: `cannot be read: ${reasonOf(error)}` };
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { problem: 'is not a regular file' };
    const exposure = exposureOf(stats, mode);
    if (exposure?.refused) return { problem: exposure.message };
    const text = readText(descriptor).replace(/\r?\n$/, '');
    return text === '' ? { problem: 'is an empty file' } : { text, warning: exposure?.message };
  } catch (error) {
    return { problem: `cannot be read: ${reasonOf(error)}` };
  } finally {
    closeSync(descriptor);
  }
}

/** Who can read a file with secrets besides its owner, or undefined. Windows has no such modes. */
export function exposureOf(stats: Stats, mode: Mode): { refused: boolean; message: string } | undefined {
  if (process.platform === 'win32') return undefined;
  const bits = (stats.mode & 0o777).toString(8).padStart(4, '0');
  const mend = `(mode ${bits}). Allow its owner only: chmod 600, or mode 0400 where a container mounts it`;
  if ((stats.mode & 0o007) !== 0) {
    return { refused: mode === 'serve', message: `is open to everybody on this machine ${mend}` };
  }
  return (stats.mode & 0o070) === 0 ? undefined : { refused: false, message: `is open to its group ${mend}` };
}

function readText(descriptor: number): string {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += read;
    if (length > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
    if (read === 0) return buffer.toString('utf8', 0, length);
  }
}

/** The reason an operating system gives, in words, without the path. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  return error instanceof Error ? error.message : 'unknown reason';
}
