import type { Context } from 'koa';
import { httpProblem } from './errors.ts';

const base = 'http://postern.invalid';
/** Whoever begins a sign-in keeps it in a cookie, which must stay small. */
const longest = 300;

/**
 * Where a person goes after a sign-in: a path of this origin and nothing else (security.md D14). `fallback` for anything
 * a browser could take for another origin, before or after it has resolved the dots. A long one loses its query.
 */
export function returnPath(wanted: string | undefined, fallback: string): string {
  if (wanted === undefined || !isPlainPath(wanted)) return fallback;
  const url = URL.parse(wanted, base);
  if (url?.origin !== base) return fallback;
  const whole = url.pathname + url.search;
  const path = whole.length > longest ? url.pathname : whole;
  // `/.//evil.example` is a plain path until the dots are gone.
  return path.length <= longest && isPlainPath(path) ? path : fallback;
}

/** Begins with one slash; holds nothing that browsers drop, and nothing they read as a second slash. */
const isPlainPath = (text: string): boolean => /^\/(?![/\\]|%2f|%5c)[!-[\]-~]*$/i.test(text);

export function seeOther(ctx: Context, location: string): void {
  ctx.redirect(location);
  ctx.status = 303;
}

/** `/admin/accounts/:id` with the parts put in. */
export function pathOf(pattern: string, params: Record<string, string>): string {
  return pattern.replace(/:(\w+)/g, (_, name: string) => pathPart(params[name] ?? ''));
}

/** A name as one part of a path. `new` is written so that it is not the address of the page that makes one. */
export const pathPart = (name: string): string => (name === 'new' ? '%6eew' : encodeURIComponent(name));

/** Path and query, without the question mark between them; further ones belong to the query. */
export function splitPath(path: string): { pathname: string; query: string } {
  const [pathname = ''] = path.split('?', 1);
  return { pathname, query: path.slice(pathname.length + 1) };
}

/** A path with these parameters set; empty and absent ones are left out. */
export function withQuery(path: string, parameters: Record<string, string | undefined>): string {
  const { pathname, query } = splitPath(path);
  const all = new URLSearchParams(query);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === '') all.delete(name);
    else all.set(name, value);
  }
  return all.size === 0 ? pathname : `${pathname}?${all}`;
}

/** A parameter of the address, which may be there once (RFC 6749 §3.1). Throws `invalid` (400) for more. */
export function single({ query }: Pick<Context, 'query'>, name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value)) throw httpProblem(400, `The parameter ${name} is there more than once. Send it once.`);
  return value;
}
