/** What a client lets whom do and tells about them: its access rule, its roles, its claims. Schemas only; access decides. */
import { z } from 'zod';
import { groupName } from '../groups/groups.ts';
import { line } from './text.ts';

/** Claims that make a token what it is, or say who it was issued to: no rule may touch them (RFC 7519 §4.1, RFC 7662 §2.2). */
export const reservedClaims: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'nonce', 'auth_time', 'acr', 'amr', 'azp', 'sid'],
  ...['at_hash', 'c_hash', 's_hash', 'client_id', 'scope', 'cnf', 'act', 'events', 'typ'],
  ...['active', 'token_type', 'username', 'postern_grant'],
  // Names that every object has: the engine's merge drops them, or takes the whole for no plain object.
  ...['__proto__', 'constructor', 'prototype'],
]);

/** What a rule can take from a person: the standard claims (OpenID Connect Core §5.1), groups and roles. */
export const mappableClaims = [
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
  ...['website', 'email', 'email_verified', 'gender', 'birthdate', 'zoneinfo', 'locale', 'phone_number'],
  ...['phone_number_verified', 'address', 'updated_at', 'groups', 'roles'],
] as const;

const longestValue = 4096;
const mostRules = 50;
const mostRoles = 200;
const claimName = line.refine((name) => !reservedClaims.has(name), {
  error: 'must not be a claim that makes the token what it is: choose another name',
});
const listOf = <Item extends z.ZodType>(item: Item, most = 100) =>
  z.array(item).max(most, { error: `must not be more than ${most}` });

const claimRuleMembers = z.strictObject({
  claim: z
    .enum(mappableClaims, { error: `must be one of ${mappableClaims.join(', ')}` })
    .optional()
    .describe('The standard claim, groups or roles that it is taken from.'),
  attribute: line.optional().describe('The attribute that it is taken from.'),
  value: z
    .unknown()
    .refine((value) => value === undefined || isSmallJson(value), {
      error: `must be JSON of at most ${longestValue} characters, and not null`,
    })
    .optional()
    .describe('The same value for everybody, any JSON.'),
  name: claimName.optional().describe('Its name in the token, for example https://app.example/groups.'),
  in: listOf(
    z.enum(['id_token', 'userinfo', 'access_token'], { error: 'must be id_token, userinfo or access_token' }),
    3,
  )
    .optional()
    .describe('Where it goes. Default: everywhere. An empty list takes the claim of that name out.'),
  only: listOf(
    z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^*]*\*?$/, { error: 'must have * at its end or not at all' }),
  )
    .optional()
    .describe('Which values go in: exact, or up to a * at the end.'),
  prefix: z.string().min(1).max(100).optional().describe('What is put in front of each value.'),
  scope: z
    .string()
    .max(200)
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'must be one scope' })
    .optional()
    .describe('Only where this scope was granted.'),
});
export type ClaimRule = z.output<typeof claimRuleMembers>;

/** One claim of this client's tokens and where it comes from: a claim, an attribute or a fixed value. */
export const claimRule = claimRuleMembers.superRefine((rule, context) => {
  for (const { path, message } of ruleProblems(rule)) context.addIssue({ code: 'custom', path: [path], message });
});
function ruleProblems(rule: ClaimRule): { path: string; message: string }[] {
  const sources = (['claim', 'attribute', 'value'] as const).filter((source) => rule[source] !== undefined);
  if (sources.length === 0) return [{ path: 'claim', message: 'must be there, or attribute or value instead' }];
  const problems: { path: string; message: string }[] = sources
    .slice(1)
    .map((path) => ({ path, message: `must be left out beside ${sources[0]}` }));
  if (rule.value === undefined) {
    // Without a name of its own it has the attribute's, which nobody has checked.
    if (rule.name === undefined && rule.attribute !== undefined && reservedClaims.has(rule.attribute))
      problems.push({ path: 'name', message: `must be there: ${rule.attribute} is a claim of the token itself` });
    return problems;
  }
  if (rule.name === undefined) problems.push({ path: 'name', message: 'must be there for a value' });
  for (const path of ['only', 'prefix'] as const) {
    if (rule[path] !== undefined) problems.push({ path, message: 'must be left out beside value' });
  }
  return problems;
}

/** Without recursion of our own: what is nested too deeply for JSON is no JSON. */
function isSmallJson(value: unknown): boolean {
  try {
    const text = JSON.stringify(value);
    return value !== null && typeof text === 'string' && text.length <= longestValue;
  } catch {
    return false;
  }
}

const names = listOf(groupName);

export const policyMembers = {
  access: z
    .union([z.enum(['everybody', 'nobody']), names], { error: 'must be everybody, nobody or a list of groups' })
    .optional()
    .describe(
      'Who may sign in: everybody, nobody or the groups of a list. Default: nobody; in dev and testing everybody.',
    ),
  roles: z
    .record(line, names)
    .refine((roles) => Object.keys(roles).length <= mostRoles, { error: `must not be more than ${mostRoles}` })
    .optional()
    .describe('Which groups have which role here: role → groups.'),
  claims: listOf(claimRule, mostRules)
    .optional()
    .describe(
      'Claims of its tokens that differ from what scopes give. A rule alone decides about the claim of its name.',
    ),
};
type Policy = { access?: unknown; roles?: Record<string, string[]> | undefined; claims?: ClaimRule[] | undefined };

/** The groups that access rule and roles name, with the place of each. */
export function groupsNamed({ access, roles = {} }: Policy): { group: string; path: string }[] {
  const listed: string[] = Array.isArray(access) ? access : [];
  return [
    ...listed.map((group, index) => ({ group, path: `access[${index}]` })),
    ...Object.entries(roles).flatMap(([role, groups]) =>
      groups.map((group, index) => ({ group, path: `roles.${role}[${index}]` })),
    ),
  ];
}

/** The attributes that claim rules name, with the place of each. */
export function attributesNamed({ claims = [] }: Policy): { attribute: string; path: string }[] {
  return claims.flatMap(({ attribute }, index) =>
    attribute === undefined ? [] : [{ attribute, path: `claims[${index}].attribute` }],
  );
}
