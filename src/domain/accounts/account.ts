import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Origin } from '../../base/administered.ts';
import { accountIdPrefix } from '../../base/ids.ts';
import { canonicalName } from '../../base/names.ts';
import { groupName } from '../groups/groups.ts';
import { isPhcString } from './password.ts';

const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cf}]*$/u, 'must be one line without control characters');
const webAddress = z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).max(2048);

const address = z.strictObject({
  formatted: z.string().max(1024).optional(),
  street_address: z.string().max(512).optional(),
  locality: line(256).optional(),
  region: line(256).optional(),
  postal_code: line(64).optional(),
  country: line(256).optional(),
});

/** The claims of OpenID Connect Core §5.1 that are not columns of their own. */
export const standardClaims = z.strictObject({
  given_name: line(256).optional(),
  family_name: line(256).optional(),
  middle_name: line(256).optional(),
  nickname: line(256).optional(),
  profile: webAddress.optional(),
  picture: webAddress.optional(),
  website: webAddress.optional(),
  gender: line(64).optional(),
  birthdate: z
    .string()
    .regex(/^\d{4}(-\d{2}-\d{2})?$/, 'must be YYYY-MM-DD, or YYYY; the year may be 0000')
    .optional(),
  zoneinfo: line(64).optional(),
  locale: line(35).optional(),
  phone_number: line(64).optional(),
  phone_number_verified: z.boolean().optional(),
  address: address.optional(),
});
type StandardClaims = z.output<typeof standardClaims>;

/** As it is compared and listed: compatibility forms grow, one character to as many as 18. */
const longestName = 64;
/** What no font draws is no part of a name: two people would look the same. (Of format characters `line` speaks.) */
const username = line(longestName)
  .regex(/^\S*$/u, 'must not contain spaces')
  .regex(/^[\P{Default_Ignorable_Code_Point}\p{Cf}]*$/u, 'must not contain characters that cannot be seen')
  .refine((name) => canonicalName(name).length <= longestName, {
    error: `must not be longer than ${longestName} characters when its letters are written out`,
  });
/** In how many groups somebody can be; no more are looked up when more are named. */
export const mostGroups = 200;
const groups = z.array(groupName).max(mostGroups);
/** By name; what each may be is said by its definition (room `attributes`). */
const attributes = z.record(z.string().max(64), z.json());

/** The fields of an account, each with its rule. Doors leave out those that they do not offer (`id`, the password). */
export const accountFields = z.strictObject({
  id: z
    .string()
    .regex(new RegExp(`^${accountIdPrefix}[a-z0-9]{1,64}$`), `must be ${accountIdPrefix} and small letters and digits`)
    .optional(),
  username,
  name: line(256).optional(),
  email: z.email().max(254).optional(),
  emailVerified: z.boolean().default(false),
  groups: groups.default([]),
  disabled: z.boolean().default(false),
  claims: standardClaims.default({}),
  attributes: attributes.default({}),
  password: z.string().min(1).optional(),
  passwordHash: z.string().refine(isPhcString, 'must be an argon2 hash in PHC form').optional(),
});

/** What it takes to make an account. `password` is plain and checked against the policy; `passwordHash` is an argon2 PHC string. */
export const accountInput = accountFields.refine(
  (input) => input.password === undefined || input.passwordHash === undefined,
  { path: ['passwordHash'], message: 'must not be given together with a password' },
);
export type AccountInput = z.input<typeof accountInput>;

type Nullable<Shape> = { [Name in keyof Shape]: Shape[Name] extends z.ZodType ? z.ZodNullable<Shape[Name]> : never };
const nullableClaims = Object.fromEntries(
  Object.entries(standardClaims.shape).map(([name, claim]) => [name, claim.nullable()]),
) as Nullable<typeof standardClaims.shape>;

/**
 * What may change: a field that is left out stays as it is, `null` removes it. `claims` and `attributes` change by name in
 * the same way; `groups` is the whole list. A new e-mail address is not verified unless it is said to be.
 */
export const accountChange = z.strictObject({
  username: username.optional(),
  name: line(256).nullable().optional(),
  email: z.email().max(254).nullable().optional(),
  emailVerified: z.boolean().optional(),
  groups: groups.nullable().optional(),
  disabled: z.boolean().optional(),
  claims: z.strictObject(nullableClaims).nullable().optional(),
  attributes: attributes.nullable().optional(),
});
export type AccountChange = z.input<typeof accountChange>;

/** A person as the other rooms see one: without the password. Times are epoch ms. */
export type Account = {
  id: string;
  username: string;
  name: string | undefined;
  email: string | undefined;
  emailVerified: boolean;
  claims: StandardClaims;
  /** Values by name; the definitions stand with the room `attributes`. */
  attributes: Record<string, unknown>;
  groups: string[];
  disabled: boolean;
  origin: Origin;
  /** Whether there is a password to sign in with. */
  hasPassword: boolean;
  /** What was issued before it is worth nothing. */
  tokensFrom: number | undefined;
  createdAt: number;
  updatedAt: number;
  /** Counts the changes of the row, for compare-and-set. */
  version: number;
};

/** The account with the change made to it. */
export function changedAccount(account: Account, change: z.output<typeof accountChange>): Account {
  const email = change.email === undefined ? account.email : (change.email ?? undefined);
  const emailVerified = change.emailVerified ?? (email === account.email && account.emailVerified);
  return {
    ...account,
    username: change.username ?? account.username,
    name: change.name === undefined ? account.name : (change.name ?? undefined),
    email,
    emailVerified: emailVerified && email !== undefined,
    groups: change.groups === undefined ? account.groups : unique(change.groups ?? []),
    disabled: change.disabled ?? account.disabled,
    claims: merged(account.claims, change.claims),
    attributes: merged(account.attributes, change.attributes),
  };
}

/** Values with others laid over them; `null` takes one away. */
export function merged<Values extends object>(values: Values, change: object | null | undefined): Values {
  if (change === null) return {} as Values;
  const entries = Object.entries({ ...values, ...change });
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined)) as Values;
}

export const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** What the log says of an account, field by field. The password is not among them. */
export function auditedFields(account: Account): Record<string, unknown> {
  const { username, name, email, emailVerified, groups, disabled, origin } = account;
  const named = (group: string, values: object) =>
    Object.entries(values).map(([key, value]) => [`${group}.${key}`, value] as const);
  return {
    ...{ username, name, email, emailVerified, groups, disabled, origin },
    ...Object.fromEntries([...named('claims', account.claims), ...named('attributes', account.attributes)]),
  };
}

/** What the person may type to sign in, canonical and without repetition: the user name and a verified e-mail address. */
export function signinNames(account: {
  username: string;
  email?: string | undefined;
  emailVerified: boolean;
}): string[] {
  const email = account.emailVerified ? account.email : undefined;
  return [...new Set([account.username, email].filter((name) => name !== undefined).map(canonicalName))];
}

/** What a search looks at: user name, name and e-mail address, in the form in which names are compared. */
export const searchText = (account: Pick<Account, 'username' | 'name' | 'email'>): string =>
  [account.username, account.name, account.email]
    .filter((text) => text !== undefined)
    .map(canonicalName)
    .join('\n');

const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** A new account id: 128 random bits. The prefix keeps account and client ids apart (RFC 9700 §4.15); never reused. */
export function newAccountId(): string {
  let bits = BigInt(`0x${randomBytes(16).toString('hex')}`);
  let id = '';
  for (let count = 0; count < 26; count++) {
    id += base32[Number(bits & 31n)];
    bits >>= 5n;
  }
  return accountIdPrefix + id;
}
