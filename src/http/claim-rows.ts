/** The claims of an ID token in the order in which a reader asks for them, each with what it means. Pure. */
import { scopeClaims } from '../domain/accounts/accounts.ts';
import type { createText } from './catalogue.ts';
import type { Html } from './html.ts';
import type { Formats } from './locale.ts';

type ClaimRow = { name: string; value: string; meaning: Html };

/** Claims of the token itself, in reading order; each has a sentence `claim.<name>`. */
const tokenClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'sid', 'at_hash'];

const scopeOf = new Map(
  Object.entries(scopeClaims).flatMap(([scope, claims]) => claims.map((claim): [string, string] => [claim, scope])),
);

/** `["admins", "engineering"]`: JSON with room to break between the items. */
function onOneLine(value: unknown): string {
  const lines = JSON.stringify(value, undefined, 1);
  return lines
    .replace(/([[{])\n\s*/g, '$1')
    .replace(/\n\s*([\]}])/g, '$1')
    .replace(/\n\s*/g, ' ');
}

/** One row per claim. Times are explained against `now` (epoch ms). */
export function claimRows(
  claims: Record<string, unknown>,
  { text, formats, now }: { text: ReturnType<typeof createText>; formats: Formats; now: number },
): ClaimRow[] {
  const rank = (name: string) => (tokenClaims.includes(name) ? tokenClaims.indexOf(name) : tokenClaims.length);
  return Object.keys(claims)
    .toSorted((one, other) => rank(one) - rank(other))
    .map((name) => {
      const value = claims[name];
      const written = typeof value === 'string' ? value : onOneLine(value);
      const scope = scopeOf.get(name);
      const seconds = typeof value === 'number' ? value : Number.NaN;
      const times = Number.isFinite(seconds)
        ? { time: formats.time(seconds * 1000), when: formats.fromNow(seconds - now / 1000) }
        : {};
      if (tokenClaims.includes(name)) return { name, value: written, meaning: text(`claim.${name}`, times) };
      return { name, value: written, meaning: scope ? text('claim.by-scope', { scope }) : text('claim.other') };
    });
}
