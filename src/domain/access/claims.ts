/** What a client's claim rules make of an account: pure, for every token and for the preview of one. */
import { type Account, claimsOf } from '../accounts/accounts.ts';
import { type ClaimRule, reservedClaims } from '../clients/clients.ts';

/** Where a claim goes to. */
export type ClaimUse = 'id_token' | 'userinfo' | 'access_token';

/** Claims to set, and names that stay empty whatever scope asks for them. A name is in one of the two at most. */
export type MappedClaims = { set: Record<string, unknown>; remove: string[] };

/**
 * Whose claims, with the roles that the client gives them; nobody's in a token that a client got for itself, where only
 * fixed values are left. `scopes` are those that were granted.
 */
export type ClaimSource = {
  account: Account | undefined;
  roles: readonly string[];
  rules: readonly ClaimRule[] | undefined;
  use: ClaimUse;
  scopes: ReadonlySet<string>;
};

const everywhere: readonly ClaimUse[] = ['id_token', 'userinfo', 'access_token'];

/**
 * Applies the rules of one client for one use. A rule alone decides about the claim of its name; of several rules with
 * one name the last that has something to say counts. Arrays stay arrays, also empty ones.
 */
export function mappedClaims({ account, roles, rules, use, scopes }: ClaimSource): MappedClaims {
  const set = new Map<string, unknown>();
  const named = new Set<string>();
  const asksForClaims = rules?.some(({ claim }) => claim !== undefined);
  const known = account && asksForClaims ? { ...claimsOf(account), roles: [...roles] } : {};
  for (const rule of rules ?? []) {
    const name = nameOf(rule);
    // What makes a token what it is can't be said by a rule, whoever stored it.
    if (name === undefined || reservedClaims.has(name)) continue;
    named.add(name);
    const applies = (rule.in ?? everywhere).includes(use) && (rule.scope === undefined || scopes.has(rule.scope));
    const value = applies ? shaped(sourceOf(rule, account, known), rule) : undefined;
    if (value !== undefined) set.set(name, value);
  }
  return { set: Object.fromEntries(set), remove: [...named].filter((name) => !set.has(name)) };
}

const nameOf = ({ name, claim, attribute }: ClaimRule): string | undefined => name ?? claim ?? attribute;

function sourceOf(
  { claim, attribute, value }: ClaimRule,
  account: Account | undefined,
  known: Record<string, unknown>,
): unknown {
  if (claim !== undefined) return Object.hasOwn(known, claim) ? known[claim] : undefined;
  if (attribute !== undefined)
    return account && Object.hasOwn(account.attributes, attribute) ? account.attributes[attribute] : undefined;
  return value;
}

/** Keeps what `only` lets through, then puts `prefix` in front; both are about text and leave other values alone. */
function shaped(value: unknown, { only, prefix = '' }: ClaimRule): unknown {
  if (only === undefined && prefix === '') return value;
  const isKept = (text: string) => only === undefined || only.some((pattern) => matches(pattern, text));
  if (typeof value === 'string') return isKept(value) ? prefix + value : undefined;
  if (!Array.isArray(value)) return value;
  return value
    .filter((item) => typeof item !== 'string' || isKept(item))
    .map((item) => (typeof item === 'string' ? prefix + item : item));
}

/** `*` at the end stands for any rest. */
const matches = (pattern: string, text: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
