/** What the values of an attribute may be, pure: checked against its type, read from the text of a form or command, and back. */
import type { FieldProblem } from '../../base/errors.ts';

export const attributeTypes = ['string', 'number', 'boolean', 'date', 'strings', 'json'] as const;
export type AttributeType = (typeof attributeTypes)[number];

type Definition = { name: string; type: AttributeType };

const longestText = 4000;
const mostTexts = 200;
const longestJson = 16_384;

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= longestText;

const types: Record<AttributeType, { is(value: unknown): boolean; expected: string }> = {
  string: { is: isText, expected: `must be text of at most ${longestText} characters` },
  number: { is: (value) => Number.isFinite(value), expected: 'must be a number' },
  boolean: { is: (value) => typeof value === 'boolean', expected: 'must be true or false' },
  date: { is: (value) => typeof value === 'string' && isDate(value), expected: 'must be a day as YYYY-MM-DD' },
  strings: {
    is: (value) => Array.isArray(value) && value.length <= mostTexts && value.every(isText),
    expected: `must be a list of at most ${mostTexts} texts`,
  },
  json: {
    is: (value) => value !== undefined && JSON.stringify(value).length <= longestJson,
    expected: `must be JSON of at most ${longestJson} characters`,
  },
};

/** Everything wrong with the values: names that nobody defined, values of another type; paths `attributes.<name>`. */
export function attributeProblems(
  definitions: readonly Definition[],
  values: Readonly<Record<string, unknown>>,
): FieldProblem[] {
  const typeOf = new Map(definitions.map(({ name, type }) => [name, type]));
  return Object.entries(values).flatMap(([name, value]) => {
    const path = `attributes.${name}`;
    const type = typeOf.get(name);
    if (type === undefined) return [{ path, message: `is not defined: define the attribute ${name} first` }];
    return types[type].is(value) ? [] : [{ path, message: types[type].expected }];
  });
}

/** What a person wrote, as a value of that type: `strings` one a line. `problem` says what was expected instead. */
export function attributeFromText(type: AttributeType, text: string): { value: unknown } | { problem: string } {
  const value = parsedText(type, text);
  return types[type].is(value) ? { value } : { problem: types[type].expected };
}

function parsedText(type: AttributeType, text: string): unknown {
  const trimmed = text.trim();
  if (type === 'string') return text;
  if (type === 'number') return trimmed === '' ? undefined : Number(trimmed);
  if (type === 'boolean') return trimmed === 'true' || (trimmed === 'false' ? false : undefined);
  if (type === 'date') return trimmed;
  if (type === 'strings')
    return trimmed
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  try {
    return JSON.parse(trimmed);
  } catch {
    return undefined;
  }
}

/** A value as a person would write it: the reverse of `attributeFromText`. */
export function attributeText(type: AttributeType, value: unknown): string {
  if (type === 'strings' && Array.isArray(value)) return value.join('\n');
  return type === 'json' || typeof value !== 'string' ? JSON.stringify(value) : value;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
