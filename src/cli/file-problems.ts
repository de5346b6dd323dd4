import { isPosternError, PosternError } from '../base/errors.ts';
import { unknownName } from '../base/problems.ts';
import type { LoadedConfig } from '../config/config.ts';

const ofTheFile = /^(groups|attributes|accounts|clients|brand)($|[[.])/;

/** The error with every path of the file as the place where it stands: `postern.yaml:3:7 accounts[0].name`. */
export function inFile(error: unknown, place: LoadedConfig['place']): unknown {
  if (!isPosternError(error) || error.fields.length === 0) return error;
  const fields = error.fields.map(({ path, message }) => ({
    // A name that nothing has is wrong itself, and not what follows it.
    path: ofTheFile.test(path) ? place(path, message.startsWith(unknownName) ? 'key' : undefined) : path,
    message,
  }));
  return new PosternError(error.code, error.message, { cause: error, fields, exitStatus: error.exitStatus ?? 78 });
}
