/**
 * What a directory file may hold: lists of the rooms' own inputs, and the brand. Pure. What is wrong with an entry is told
 * when it is planned, together with everything else that is wrong; the types here are for whoever asks for the form alone.
 */
import { z } from 'zod';
import { parseInput } from '../../base/administered.ts';
import type { FieldProblem } from '../../base/errors.ts';
import { canonicalName } from '../../base/names.ts';
import { type AccountInput, accountInput } from '../accounts/accounts.ts';
import { type AttributeInput, attributeInput } from '../attributes/attributes.ts';
import { type ClientInput, clientInput } from '../clients/clients.ts';
import { type GroupInput, groupInput } from '../groups/groups.ts';
import type { BrandValues } from '../installation/installation.ts';

/**
 * The lists of a file. One that is absent is not managed by the file; an empty one says that there is none. A `brand` that
 * is null says that there is none any more.
 */
export type DirectoryFile = {
  groups?: readonly GroupInput[] | undefined;
  attributes?: readonly AttributeInput[] | undefined;
  accounts?: readonly AccountInput[] | undefined;
  clients?: readonly ClientInput[] | undefined;
  brand?: BrandValues | null | undefined;
};
type List = 'groups' | 'attributes' | 'accounts' | 'clients';

/** The file as somebody wrote it: nothing is known of its entries. */
export type WrittenFile = { readonly [Name in List]?: readonly unknown[] | undefined } & { readonly brand?: unknown };

const asItIs = (text: string) => text;

/** What no two entries of a list may have in common, and in which form it is compared. */
const identities: Readonly<Record<List, Readonly<Record<string, (text: string) => string>>>> = {
  groups: { name: (name) => name.normalize('NFC') },
  attributes: { name: asItIs },
  accounts: { username: canonicalName, id: asItIs },
  clients: { id: asItIs },
};

/** A member of an entry, where both are what they should be. */
export function textIn(entry: unknown, member: string): string | undefined {
  if (typeof entry !== 'object' || entry === null || !Object.hasOwn(entry, member)) return undefined;
  const value = (entry as Record<string, unknown>)[member];
  return typeof value === 'string' ? value : undefined;
}

/** Names that an entry before had already. */
export function repeatedNames(list: List, entries: readonly unknown[]): FieldProblem[] {
  return repeated(list, entries).map(([index, member]) => ({ path: `${list}[${index}].${member}`, message: twice }));
}

const twice = 'is there twice';

function repeated(list: List, entries: readonly unknown[]): [index: number, member: string][] {
  return Object.entries(identities[list]).flatMap(([member, form]) => {
    const seen = new Set<string>();
    return entries.flatMap((entry, index): [number, string][] => {
      const text = textIn(entry, member);
      if (text === undefined) return [];
      const isRepeated = seen.has(form(text));
      seen.add(form(text));
      return isRepeated ? [[index, member]] : [];
    });
  });
}

const notAList = { error: 'must be a list' };

/** A list in which no two entries have the same name; that is told even where one has the wrong form. */
const listOf = <Item extends z.ZodType>(list: List, item: Item) =>
  z.array(item, notAList).superRefine(
    (entries, context) => {
      for (const path of repeated(list, entries)) context.addIssue({ code: 'custom', path, message: twice });
    },
    { when: ({ value }) => Array.isArray(value) },
  );

/** Each list as its room has it, by its name in the file. */
export const entryTypes = {
  groups: listOf('groups', groupInput),
  attributes: listOf('attributes', attributeInput),
  accounts: listOf('accounts', accountInput),
  clients: listOf('clients', clientInput),
};

const anything = z.array(z.unknown(), notAList);

/** The same lists with anything in them, for whoever hands them to `plan` or `apply`. */
export const anyEntries = { groups: anything, attributes: anything, accounts: anything, clients: anything };

const address = (protocol: RegExp, error: string) => z.url({ protocol, error }).max(2000);
export const brandInput = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(60)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line of text'),
  accent: z
    .string()
    .regex(/^#([0-9a-f]{3}|[0-9a-f]{6})$/i, 'must be a colour like "#0b6e4f"')
    .optional(),
  helpUrl: address(/^(https|mailto)$/, 'must be an https or mailto URL').optional(),
  privacyUrl: address(/^https$/, 'must be an https URL').optional(),
});

const directoryFile = z.strictObject({
  groups: anything.optional(),
  attributes: anything.optional(),
  accounts: anything.optional(),
  clients: anything.optional(),
  brand: z.unknown().optional(),
});

/** The file that some data is. Throws `invalid` for what no file has; about its entries nothing is said here. */
export const parseDirectory = (data: unknown): WrittenFile =>
  parseInput(directoryFile, data, 'The file cannot be applied as it is.');
