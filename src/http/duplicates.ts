/**
 * True when a query names a parameter twice (RFC 6749 §3.1 forbids it). Guards the engine's resume routes, which answer
 * 500 to it (security.md finding 5, A19); takes `search` with or without the question mark.
 */
export function hasDuplicateParameters(search: string): boolean {
  if (!search.includes('&')) return false;
  const names = [...new URLSearchParams(search).keys()];
  return new Set(names).size !== names.length;
}
