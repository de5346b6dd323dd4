/** How things are named, described and compared by name: the same wherever somebody types it. */
import { z } from 'zod';

/** Looks like nothing, so a name with it looks like another name. */
const invisible = String.raw`\p{Default_Ignorable_Code_Point}`;

/** The name of a group, in the one Unicode form (NFC) in which it is stored and compared. */
export const groupName = z
  .string()
  .normalize('NFC')
  .regex(
    new RegExp(String.raw`^(?!.*${invisible})[\p{L}\p{N}][\p{L}\p{N}._:/-]{0,99}$`, 'u'),
    'must begin with a letter or digit, then letters, digits and . _ : / -, 100 in all',
  );

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line without control characters');

/** One line that says what something is for. */
export const description = line(500);

/** Why somebody does it. */
export const reasonInput = z.strictObject({ reason: line(200).optional().describe('For the audit log.') });

/**
 * One form for all ways to write a name: NFKC, then case folded. Upper before lower case also folds what has no single
 * lower-case letter (ß, ſ, final sigma), so `STRASSE` and `straße` are one name; lower case first, since the capital ẞ
 * stays as it is in upper case.
 */
export function canonicalName(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC').trim();
}
