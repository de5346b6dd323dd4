import { z } from 'zod';

/** One line of text: no control characters and no marks that turn the direction of what follows. */
export const line = z
  .string()
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(200, { error: 'must not be longer than 200 characters' })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\x00-\x1f\x7f\u2028-\u202e\u2066-\u2069]*$/, { error: 'must be one line of text' });
