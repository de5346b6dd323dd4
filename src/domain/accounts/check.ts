/** Judges what is to become an account: every problem at once, before anything is hashed or written. */
import { createHmac } from 'node:crypto';
import { parseInput } from '../../base/administered.ts';
import { type FieldProblem, isPosternError, PosternError } from '../../base/errors.ts';
import { isStorable } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import { type Account, mostGroups } from './account.ts';
import { contextOf, passwordProblems } from './password-policy.ts';
import type { Services } from './services.ts';

type Schema<Output> = Parameters<typeof parseInput<Output>>[0];
type References = { groups?: unknown; attributes?: unknown };

/**
 * The input as the schema has it. Throws `invalid` with `sentence` and every problem: of form, and those that `more` finds
 * in the input as it was given.
 */
export async function checkedInput<Output>(
  schema: Schema<Output>,
  input: unknown,
  { sentence, more }: { sentence: string; more: (raw: Record<string, unknown>) => Promise<FieldProblem[]> },
): Promise<Output> {
  const fields: FieldProblem[] = [];
  let output: Output | undefined;
  try {
    output = parseInput(schema, input, sentence);
  } catch (error) {
    if (!isPosternError(error)) throw error;
    fields.push(...error.fields);
  }
  const isObject = typeof input === 'object' && input !== null;
  if (isObject) fields.push(...(await more(input as Record<string, unknown>)));
  if (fields.length > 0 || output === undefined) throw new PosternError('invalid', sentence, { fields });
  return output;
}

/** What is wrong with a new password for such a person; nothing when it is no text, which the schema says. */
export async function newPasswordProblems(
  { contextWords, minimumLength }: Services,
  password: unknown,
  person: Record<string, unknown>,
): Promise<FieldProblem[]> {
  if (typeof password !== 'string' || password === '') return [];
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const names = { username: text(person.username), name: text(person.name), email: text(person.email) };
  const context = [...contextWords, ...contextOf(names)];
  const problems = await passwordProblems(password, { minimumLength, context });
  return problems.map((problem) => ({ path: 'password', ...problem }));
}

/** Groups that are not there (unless they are made on the way), and attributes that are unknown or of another type. */
export async function referenceProblems(
  services: Services,
  db: Db,
  { groups, attributes }: References,
): Promise<FieldProblem[]> {
  const names = Array.isArray(groups) ? groups : [];
  const values = typeof attributes === 'object' && attributes !== null ? attributes : {};
  return [
    ...(services.createsGroups ? [] : await missingGroups(services, db, names)),
    ...(await attributeProblems(services, db, Object.entries(values))),
  ];
}

async function missingGroups({ groups }: Services, db: Db, given: unknown[]): Promise<FieldProblem[]> {
  const names = given.slice(0, mostGroups);
  const written = names.filter((name) => typeof name === 'string' && isStorable(name)) as string[];
  if (written.length === 0) return [];
  const missing = await groups.missing(db, written);
  return missing.map((name) => ({
    path: `groups[${names.indexOf(name)}]`,
    message: `there is no group ${name}; create it first: postern group add ${name}`,
  }));
}

async function attributeProblems(
  { attributes }: Services,
  db: Db,
  entries: [string, unknown][],
): Promise<FieldProblem[]> {
  // Null takes a value away: that needs no definition.
  const given = entries.filter(([, value]) => value !== null && value !== undefined);
  if (given.length === 0) return [];
  return attributes.problems(await attributes.listIn(db), Object.fromEntries(given));
}

/** What a transaction checks of an account before it writes it: definitions may have been made in the same one. */
export async function refuseDangling(services: Services, tx: Db, account: Account): Promise<void> {
  const fields = await referenceProblems(services, tx, account);
  if (fields.length > 0)
    throw new PosternError('invalid', `The account ${account.username} cannot be kept so.`, { fields });
}

/** What the file declared as the password, so that it can be told from another; not what anybody could guess from. */
export function declaredDigest(
  { key }: Services,
  input: { password?: string; passwordHash?: string },
): string | undefined {
  const declared = input.passwordHash ?? input.password;
  if (declared === undefined) return undefined;
  return createHmac('sha256', key).update(`declared-password\0${declared}`).digest('base64url');
}
