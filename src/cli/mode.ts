import { PosternError } from '../base/errors.ts';
import { type Mode, modes } from '../base/mode.ts';

/** What `--mode` says, else `serve`: that is the database people mean, and where a mistake in a setting hurts. */
export function modeOf(name = 'serve'): Mode {
  const mode = modes.find((candidate) => candidate === name);
  if (!mode) throw new PosternError('invalid', `--mode must be one of ${modes.join(', ')}.`, { exitStatus: 64 });
  return mode;
}
