/**
 * A Cookie header without the cookies that are in it more than once. A neighbour (another host of the same site, another
 * port of the same host) can toss a second cookie of our name at a browser, and the order does not tell which one is ours:
 * then neither counts (security.md G16). Ours are never twice on one path.
 */
export function withoutTwins(header: string): string {
  const pairs = header.split(';').map((pair) => pair.trim());
  const names = pairs.map((pair) => pair.split('=', 1)[0]);
  const seen = new Set<string | undefined>();
  const twins = new Set(names.filter((name) => seen.size === seen.add(name).size));
  return twins.size === 0 ? header : pairs.filter((_, index) => !twins.has(names[index])).join('; ');
}
