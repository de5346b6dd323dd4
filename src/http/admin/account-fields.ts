/** The forms of an account: from an account to fields, from what was typed to what the room takes, and back to the form. */
import { PosternError } from '../../base/errors.ts';
import { type Account, type AccountChange, standardClaims } from '../../domain/accounts/accounts.ts';
import { type Attribute, attributeFromText, attributeText } from '../../domain/attributes/attributes.ts';
import type { Group } from '../../domain/groups/groups.ts';
import type { FormShape } from '../form.ts';
import type { Visit } from '../own-door.ts';
import type { AccountFields, ClaimKind } from '../views.ts';

/** What may stand in the forms besides what an account has: the groups and attributes there are. */
export type Offered = { groups: readonly Group[]; attributes: readonly Attribute[] };
type Typed = Pick<Visit, 'form' | 'lists'>;

/** A person may be in 200 groups and have long attributes. */
export const accountForm: FormShape = { lists: ['groups'], mostKib: 128 };

const addressParts = ['formatted', 'street_address', 'locality', 'region', 'postal_code', 'country'] as const;
const kinds: Record<string, ClaimKind> = {
  ...{ profile: 'url', picture: 'url', website: 'url', phone_number: 'tel', phone_number_verified: 'check' },
  ...{ formatted: 'textarea', street_address: 'textarea' },
};
const plainClaims = Object.keys(standardClaims.shape).filter((claim) => claim !== 'address');
const claimFields = [
  ...plainClaims.map((claim) => ({ path: `claims.${claim}`, claim, kind: kinds[claim] ?? 'text' })),
  ...addressParts.map((part) => ({ path: `claims.address.${part}`, claim: part, kind: kinds[part] ?? 'text' })),
];

/** The form of an account; without one, an empty form. */
export function fieldsOf(account: Account | undefined, offered: Offered): AccountFields {
  const claims = { ...account?.claims, ...prefixed('address.', account?.claims.address) };
  const claimAt = (path: string) => claims[path.slice('claims.'.length) as keyof typeof claims];
  const values = account?.attributes ?? {};
  return {
    username: account?.username ?? '',
    name: account?.name ?? '',
    email: account?.email ?? '',
    emailVerified: account?.emailVerified ?? false,
    groups: groupFields(offered, account?.groups ?? []),
    claims: claimFields.map((field) => ({ ...field, value: String(claimAt(field.path) ?? '') })),
    attributes: offered.attributes.map(({ name, type, description }) => ({
      ...{ path: `attributes.${name}`, name, type, description },
      value: values[name] === undefined ? '' : attributeText(type, values[name]),
    })),
  };
}

/** The same form with what was typed into it. */
export function fieldsTyped({ form, lists }: Typed, offered: Offered): AccountFields {
  const typed = (name: string) => form[name] ?? '';
  return {
    ...{ username: typed('username'), name: typed('name'), email: typed('email') },
    emailVerified: form.emailVerified !== undefined,
    groups: groupFields(offered, lists.groups ?? []),
    claims: claimFields.map((field) => ({ ...field, value: typed(field.path) })),
    attributes: offered.attributes.map(({ name, type, description }) => ({
      ...{ path: `attributes.${name}`, name, type, description, value: typed(`attributes.${name}`) },
    })),
  };
}

/**
 * What was typed, for the room: every field of the form, `null` for an empty one. Fields that the form does not have are
 * not looked at (M03). Throws `invalid` for attributes that are not what they are to be.
 */
export function changeOf({ form, lists }: Typed, { attributes }: Offered): AccountChange & { username: string } {
  const textOf = (name: string): string | null => plain(form[name] ?? '') || null;
  const email = textOf('email');
  return {
    username: textOf('username') ?? '',
    name: textOf('name'),
    email,
    emailVerified: email !== null && form.emailVerified !== undefined,
    groups: [...(lists.groups ?? [])],
    claims: {
      ...Object.fromEntries(plainClaims.map((claim) => [claim, textOf(`claims.${claim}`)])),
      phone_number_verified: textOf('claims.phone_number') && form['claims.phone_number_verified'] !== undefined,
      address: addressOf(textOf),
    },
    attributes: attributesOf(attributes, textOf),
  } as AccountChange & { username: string };
}

/**
 * The change without the parts whose fields stand as the page showed them: what a program wrote and no field can say (a space
 * at an end, a line break inside one of several texts) is not changed by saving something else.
 */
export function touchedOnly(change: AccountChange, { form }: Typed, shown: AccountFields): AccountChange {
  const isAsShown = ({ path, value }: { path: string; value: string }) => plain(form[path] ?? '') === plain(value);
  const address = shown.claims.filter(({ path }) => path.startsWith('claims.address.'));
  const kept = new Set(shown.attributes.filter(isAsShown).map(({ name }) => name));
  const attributes = Object.entries(change.attributes ?? {}).filter(([name]) => !kept.has(name));
  const claims = Object.entries(change.claims ?? {}).filter(
    ([name]) => name !== 'address' || !address.every(isAsShown),
  );
  return { ...change, attributes: Object.fromEntries(attributes), claims: Object.fromEntries(claims) } as AccountChange;
}

/** A text as it comes back from a field that nobody has touched. */
const plain = (text: string): string => text.replaceAll('\r\n', '\n').trim();

function addressOf(textOf: (name: string) => string | null): Record<string, string> | null {
  const parts = addressParts.map((part) => [part, textOf(`claims.address.${part}`)] as const);
  const given = parts.filter((part): part is [(typeof addressParts)[number], string] => part[1] !== null);
  return given.length === 0 ? null : Object.fromEntries(given);
}

function attributesOf(attributes: readonly Attribute[], textOf: (name: string) => string | null) {
  const values: Record<string, unknown> = {};
  const fields: { path: string; message: string }[] = [];
  for (const { name, type } of attributes) {
    const path = `attributes.${name}`;
    const text = textOf(path);
    const read = text === null ? { value: null } : attributeFromText(type, text);
    if ('problem' in read) fields.push({ path, message: read.problem });
    else values[name] = read.value;
  }
  if (fields.length > 0) throw new PosternError('invalid', 'This account cannot be saved as it is.', { fields });
  return values;
}

/** What creates an account has no `null`: what is empty is left out. */
export function withoutEmpty(change: ReturnType<typeof changeOf>): Record<string, unknown> & { username: string } {
  const filled = (values: object) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
  const { claims, attributes, ...rest } = change;
  return {
    ...filled(rest),
    username: change.username,
    claims: filled(claims ?? {}),
    attributes: filled(attributes ?? {}),
  };
}

const groupFields = ({ groups }: Offered, chosen: readonly string[]) =>
  groups.map(({ name, description }) => ({ name, description, checked: chosen.includes(name) }));

const prefixed = (prefix: string, values: object | undefined) =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [prefix + name, value]));
