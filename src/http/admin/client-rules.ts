/** The rows of a client's form: claim rules and roles, from what is stored to fields, and from what was typed to the room. */
import type { FieldProblem } from '../../base/errors.ts';
import { type ClaimRule, mappableClaims } from '../../domain/clients/clients.ts';
import type { Problem } from '../errors.ts';
import type { Visit } from '../own-door.ts';
import type { RoleFields, RuleFields } from '../views.ts';

export type Typed = Pick<Visit, 'form' | 'lists'>;
/** What the room shall take, and what was typed that can't even be handed to it. */
export type Read<Value> = { value: Value; problems: FieldProblem[] };

/** As many rules as the room takes, and the empty one below them: the fields that may be repeated are known beforehand. */
const mostRows = 51;
const places = ['id_token', 'userinfo', 'access_token'] as const;
const texts = ['value', 'name', 'only', 'prefix', 'scope'] as const;

/** Names of the repeated fields, for `FormShape`. */
export const ruleLists = Array.from({ length: mostRows }, (_, at) => `claims[${at}].in`);
/** Groups and roles first: they are what rules are made for. */
export const claimSources = ['groups', 'roles', ...mappableClaims.filter((claim) => !/^(groups|roles)$/.test(claim))];

export function ruleFields(rule: ClaimRule): RuleFields {
  const { claim, attribute, value, name = '', only = [], prefix = '', scope = '' } = rule;
  const source = claim === undefined ? `attribute:${attribute}` : `claim:${claim}`;
  return {
    from: value === undefined ? source : 'value',
    value: value === undefined ? '' : JSON.stringify(value),
    ...{ name, in: [...(rule.in ?? places)], only: only.join('\n'), prefix, scope },
  };
}

/** The rules as they were typed, without the rows that were left empty or are to go. */
export function rulesTyped({ form, lists }: Typed): RuleFields[] {
  const rows = Array.from({ length: mostRows }, (_, at): RuleFields | undefined => {
    const typed = (field: string) => form[`claims[${at}].${field}`];
    const [from, value = '', name = '', only = '', prefix = '', scope = ''] = ['from', ...texts].map(typed);
    if (from === undefined || from === 'remove') return undefined;
    return { from, value, name, only, prefix, scope, in: [...(lists[`claims[${at}].in`] ?? [])] };
  });
  return rows.filter(
    (row) => row !== undefined && (row.from !== '' || texts.some((field) => row[field] !== '')),
  ) as RuleFields[];
}

/** Rules for the room. What is no JSON is a problem; the room gets the text instead, so that it says what else is wrong. */
export function rulesOf(rows: readonly RuleFields[]): Read<Partial<ClaimRule>[]> {
  const problems: FieldProblem[] = [];
  const value = rows.map((row, at) => {
    const [kind, ...name] = row.from.split(':');
    const isEverywhere = places.every((place) => row.in.includes(place));
    const only = linesOf(row.only);
    const fixed = kind === 'value' ? jsonOf(row.value) : undefined;
    if (fixed && 'problem' in fixed) problems.push({ path: `claims[${at}].value`, message: fixed.problem });
    return present({
      claim: kind === 'claim' ? name.join(':') : undefined,
      attribute: kind === 'attribute' ? name.join(':') : undefined,
      value: fixed && ('problem' in fixed ? row.value : fixed.value),
      name: row.name.trim() || undefined,
      in: isEverywhere ? undefined : row.in,
      only: only.length === 0 ? undefined : only,
      prefix: row.prefix || undefined,
      scope: row.scope.trim() || undefined,
    }) as Partial<ClaimRule>;
  });
  return { value, problems };
}

function jsonOf(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'must be JSON: text stands in quotes, for example "gold", 7 or ["a", "b"]' };
  }
}

export const roleFields = (roles: Record<string, string[]>): RoleFields[] =>
  Object.entries(roles).map(([name, groups]) => ({ name, groups: groups.join(', ') }));

/** The roles as they were typed, without the rows that were left empty; as many as the form has, so that none is lost. */
export function rolesTyped({ form }: Typed): RoleFields[] {
  const places = Object.keys(form).flatMap((field) => /^roles\[(\d{1,4})\]\.(?:name|groups)$/.exec(field)?.[1] ?? []);
  const rows = [...new Set(places.map(Number))]
    .sort((one, other) => one - other)
    .map((at) => ({
      name: form[`roles[${at}].name`]?.trim() ?? '',
      groups: form[`roles[${at}].groups`]?.trim() ?? '',
    }));
  return rows.filter(({ name, groups }) => name !== '' || groups !== '');
}

/** Roles for the room: role → groups. A name that stands there twice would swallow one of them. */
export function rolesOf(rows: readonly RoleFields[]): Read<Record<string, string[]>> {
  const names = rows.map(({ name }) => name);
  const problems = rows.flatMap(({ name }, at): FieldProblem[] => {
    if (names.indexOf(name) === at) return [];
    return [{ path: `roles[${at}].name`, message: 'stands there twice: put its groups into one row' }];
  });
  const value = rows.map(({ name, groups }) => [name, groups.split(/[\s,]+/).filter(Boolean)] as const);
  return { value: Object.fromEntries(value), problems };
}

/** The problem with the places of the room turned into those of the form: a source has one field, a role its row. */
export function inForm(problem: Problem, roles: readonly RoleFields[]): Problem {
  return { ...problem, fields: problem.fields.map(({ path, message }) => ({ path: placeOf(path, roles), message })) };
}

function placeOf(path: string, roles: readonly RoleFields[]): string {
  const source = /^(claims\[\d+\])\.(claim|attribute)$/.exec(path);
  if (source) return `${source[1]}.from`;
  const at = roles.findIndex(({ name }) => path === `roles.${name}` || path.startsWith(`roles.${name}[`));
  if (at < 0) return path;
  return `roles[${at}].${path === `roles.${roles[at]?.name}` ? 'name' : 'groups'}`;
}

export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

const present = (values: object) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
