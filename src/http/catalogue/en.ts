/** English. Whole sentences; `{name}` is filled in and escaped; `strong` and `code` are the only markup. */
import { door } from './en/door.ts';
import { errors } from './en/errors.ts';
import { start } from './en/start.ts';

export const en = { ...door, ...errors, ...start };
