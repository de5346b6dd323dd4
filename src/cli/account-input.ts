/** The flags that say what an account is, as the room takes it: for `account add` and `account change`. */
import type { Account, AccountChange, AccountInput, App } from '../app.ts';
import { type FieldProblem, PosternError } from '../base/errors.ts';
import type { Given } from './arguments.ts';
import { pairFrom } from './words.ts';

export const accountFlags = {
  name: { value: 'full name', help: 'what people are called', clears: true },
  email: { value: 'address', help: 'e-mail address', clears: true },
  'email-verified': { help: 'the address is known to be theirs; they can sign in by it', negates: true },
  group: { value: 'a,b', help: 'all groups they are in', many: 'list', clears: true },
  claim: {
    value: 'name=value',
    help: 'standard claim, for example locale=de or address.country=Finland',
    many: 'each',
  },
  attribute: { value: 'name=value', help: 'attribute; one of type strings may be given several times', many: 'each' },
} as const;
type Flags = Given<typeof accountFlags>;
type Values = Record<string, unknown>;

/** What `account add` hands to the room. Throws `invalid` for attributes that cannot be read as their type. */
export async function accountInputOf(app: App, username: string, flags: Flags): Promise<AccountInput> {
  const { name, email, groups, emailVerified, ...values } = await fieldsOf(app, flags);
  const said = {
    name,
    email,
    groups,
    emailVerified,
    claims: present(values.claims),
    attributes: present(values.attributes),
  };
  return { username, ...present(said) } as AccountInput;
}

/** What `account change` hands to the room: `null` takes away. Throws like `accountInputOf`. */
export async function accountChangeOf(
  app: App,
  account: Account,
  flags: Flags & { username?: string | undefined; addGroup?: readonly string[]; removeGroup?: readonly string[] },
): Promise<AccountChange> {
  const { groups: all, ...fields } = await fieldsOf(app, flags, account.claims.address);
  const [addGroup, removeGroup] = [asStored(flags.addGroup), asStored(flags.removeGroup)];
  const isMoved = all !== undefined || addGroup.length > 0 || removeGroup.length > 0;
  const groups = [...new Set([...(all ?? account.groups), ...addGroup])].filter(
    (group) => !removeGroup.includes(group),
  );
  const said = { ...fields, username: flags.username, groups: isMoved ? groups : undefined };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

/** A shell may hand over a group's name in another Unicode form. */
const asStored = (names: readonly string[] = []): string[] => names.map((name) => name.normalize('NFC'));

async function fieldsOf(app: App, flags: Flags, address: Values = {}) {
  const pairs = (flags.attribute ?? []).map((text) => pairFrom('attribute', text));
  const attributes = pairs.length === 0 ? undefined : await attributesOf(app, pairs);
  const claims = (flags.claim ?? []).map((text) => pairFrom('claim', text));
  return {
    name: cleared(flags.name),
    email: cleared(flags.email),
    emailVerified: flags['email-verified'],
    groups: flags.group && [...flags.group],
    claims: claims.length === 0 ? undefined : claimsOf(claims, address),
    attributes,
  };
}

const cleared = (text: string | undefined): string | null | undefined => (text === '' ? null : text);

/** An empty value takes the claim away; of the address, the parts that are not named stay. */
function claimsOf(pairs: readonly (readonly [string, string])[], address: Values): Values {
  const claims: Values = {};
  for (const [name, text] of pairs) {
    const part = /^address\.(.+)$/.exec(name)?.[1];
    const isSwitch = name === 'phone_number_verified' && /^(true|false)$/.test(text);
    if (part === undefined) claims[name] = isSwitch ? text === 'true' : cleared(text);
    else claims.address = { ...address, ...(claims.address as Values), [part]: text === '' ? undefined : text };
  }
  return claims;
}

async function attributesOf(app: App, pairs: readonly (readonly [string, string])[]): Promise<Values> {
  const { attributeFromText } = await import('../app.ts');
  const definitions = await app.attributes.list();
  const texts = Map.groupBy(pairs, ([name]) => name);
  const problems: FieldProblem[] = [];
  const entries = [...texts].map(([name, given]) => {
    const text = given.map(([, value]) => value).join('\n');
    const type = definitions.find((definition) => definition.name === name)?.type;
    // Of one that nobody defined, the room says so.
    if (text === '' || type === undefined) return [name, cleared(text)] as const;
    const read = attributeFromText(type, text);
    if ('value' in read) return [name, read.value] as const;
    problems.push({ path: `attributes.${name}`, message: read.problem });
    return [name, undefined] as const;
  });
  if (problems.length === 0) return Object.fromEntries(entries);
  throw new PosternError('invalid', 'Nothing was done.', { fields: problems, exitStatus: 64 });
}

function present(values: Values | undefined): Values | undefined {
  const said = Object.entries(values ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
