import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { PosternError } from '../../base/errors.ts';
import { accountIdPrefix } from '../../base/ids.ts';
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

const group = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._:/-]{0,99}$/u, 'must be letters, digits and . _ : / -');

/** What it takes to make an account. `password` is plain and checked against the policy; `passwordHash` is an argon2 PHC string. */
export const accountInput = z
  .strictObject({
    username: line(64).regex(/^\S*$/u, 'must not contain spaces'),
    name: line(256).optional(),
    email: z.email().max(254).optional(),
    emailVerified: z.boolean().default(false),
    groups: z.array(group).max(200).default([]),
    disabled: z.boolean().default(false),
    claims: standardClaims.default({}),
    password: z.string().min(1).optional(),
    passwordHash: z.string().refine(isPhcString, 'must be an argon2 hash in PHC form').optional(),
  })
  .refine((input) => input.password === undefined || input.passwordHash === undefined, {
    path: ['passwordHash'],
    message: 'must not be given together with a password',
  });
export type AccountInput = z.input<typeof accountInput>;

/** A person as the other rooms see one: without the password. Times are epoch ms. */
export type Account = {
  id: string;
  username: string;
  name: string | undefined;
  email: string | undefined;
  emailVerified: boolean;
  claims: StandardClaims;
  groups: string[];
  disabled: boolean;
  createdAt: number;
  updatedAt: number;
};

/** The input with defaults filled in. Throws `invalid` with every problem and where it is. */
export function parseAccount(input: AccountInput): z.output<typeof accountInput> {
  const parsed = accountInput.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new PosternError('invalid', 'This account cannot be created as it is.', {
    fields: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  });
}

/**
 * One form for all ways to write a name: NFKC, then case folded. Upper before lower case also folds what has no single
 * lower-case letter (ß, ſ, final sigma), so `STRASSE` and `straße` are one name.
 */
export function canonicalName(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').trim();
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
