import type { ProblemReason } from '../../base/errors.ts';
import { characters, longestPassword, prepare } from './password.ts';

/** Words too short say nothing: "al" is part of half of all phrases. */
const shortestContextWord = 4;
/** What has to be left of a password when names of this place and person, digits and signs are taken out of it. */
const leastOwnLetters = 8;

export type PasswordProblem = {
  message: string;
  reason: ProblemReason & { kind: 'long' | 'control' | 'short' | 'name' | 'common' };
};

/**
 * What is wrong with a new password, as sentences to show; empty when it is good. Length and a list of passwords that
 * are tried first, no rules of composition (NIST SP 800-63B-4, ASVS 6.2). `context`: names of the product and the person.
 */
export async function passwordProblems(
  password: string,
  { minimumLength, context }: { minimumLength: number; context: readonly string[] },
): Promise<PasswordProblem[]> {
  const length = characters(password);
  if (length > longestPassword) {
    const message = `The password has ${length} characters; at most ${longestPassword} are possible.`;
    return [{ message, reason: { kind: 'long', values: { length, most: longestPassword } } }];
  }
  if (!password.isWellFormed() || /\p{Cc}/u.test(password)) {
    const message =
      'The password contains a control character. Letters, digits, signs and spaces of any script are fine.';
    return [{ message, reason: { kind: 'control' } }];
  }
  if (length < minimumLength) {
    const message = `The password has ${length} characters and needs at least ${minimumLength}. A few unrelated words do well.`;
    return [{ message, reason: { kind: 'short', values: { length, least: minimumLength } } }];
  }
  const folded = prepare(password).normalize('NFKC').toLowerCase();
  if (isMadeOf(folded, context)) {
    const message =
      'The password is little more than a name that belongs to this place or person. Choose unrelated words.';
    return [{ message, reason: { kind: 'name' } }];
  }
  const common = await commonPasswords();
  const unit = repeatedUnit(folded);
  if (common.includes(folded) || common.includes(unit) || Array.from(unit).length < shortestContextWord) {
    const message = 'The password is one of those that are tried first. Choose a few unrelated words.';
    return [{ message, reason: { kind: 'common' } }];
  }
  return [];
}

/** The words a person is known by: user name, display name and e-mail address, and their parts. */
export function contextOf(person: {
  username: string;
  name?: string | undefined;
  email?: string | undefined;
}): string[] {
  const whole = [person.username, person.name ?? '', person.email ?? ''];
  return [...whole, ...whole.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u))];
}

/** 49,000 passwords, most common first (the first 10,000 cover the list that guessing starts with); loaded when needed. */
async function commonPasswords(): Promise<readonly string[]> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return dictionary['passwords-common'] as string[];
}

/** True when taking out the context words leaves hardly a letter. Without such a word in it the answer is no. */
function isMadeOf(folded: string, context: readonly string[]): boolean {
  const words = context
    .map((word) => word.trim().normalize('NFKC').toLowerCase())
    .filter((word) => Array.from(word).length >= shortestContextWord)
    .sort((left, right) => right.length - left.length);
  const rest = words.reduce((text, word) => text.replaceAll(word, ' '), folded);
  return rest !== folded && Array.from(rest.replace(/[^\p{L}]+/gu, '')).length < leastOwnLetters;
}

/** The shortest text whose repetition (the last time perhaps cut short) gives this one: `abc` for `abcabcab`. */
function repeatedUnit(text: string): string {
  for (let length = 1; length <= text.length / 2; length++) {
    const unit = text.slice(0, length);
    if (unit.repeat(Math.ceil(text.length / length)).startsWith(text)) return unit;
  }
  // A password that is common and then begins again: 1234567890 12345.
  for (let length = Math.ceil(text.length / 2); length < text.length; length++) {
    if (text.startsWith(text.slice(length))) return text.slice(0, length);
  }
  return text;
}
