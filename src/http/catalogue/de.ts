/** German, to "Sie". Each sentence stands for the English one of the same name. */
import { door } from './de/door.ts';
import { errors } from './de/errors.ts';
import { start } from './de/start.ts';
import type { en } from './en.ts';

export const de: Record<keyof typeof en, string> = { ...door, ...errors, ...start };
