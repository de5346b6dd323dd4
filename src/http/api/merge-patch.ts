/** JSON merge patch (RFC 7396), pure. */

type Members = Record<string, unknown>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the patch makes of the target; neither is changed. A member that is null in the patch is taken out. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

/**
 * The change that a merge patch means for a thing: for each member that the patch names the new value, or null where it
 * is to be taken out. Objects inside are merged with what they are now.
 */
export function changeOf(current: Members, patch: Members): Members {
  const entries = Object.entries(patch).map(([name, value]) => [
    name,
    value === null ? null : mergePatch(Object.hasOwn(current, name) ? current[name] : undefined, value),
  ]);
  return Object.fromEntries(entries);
}
