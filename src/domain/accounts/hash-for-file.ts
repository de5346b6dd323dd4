import { PosternError } from '../../base/errors.ts';
import { createPasswords, type PasswordSettings } from './password.ts';
import { passwordProblems } from './password-policy.ts';

/**
 * The hash of a password as a file declares it (`passwordHash`), an argon2id PHC string with the cost of the settings. Needs
 * no database. Throws `invalid` for a password that the policy refuses, because a hash can't be judged any more.
 */
export async function hashForFile(
  settings: PasswordSettings,
  password: string,
  contextWords: readonly string[],
): Promise<string> {
  const problems = await passwordProblems(password, { minimumLength: settings.minimumLength, context: contextWords });
  if (problems.length === 0) return createPasswords(settings).hash(password);
  const fields = problems.map((problem) => ({ path: 'password', ...problem }));
  throw new PosternError('invalid', 'This password cannot be used.', { fields });
}
