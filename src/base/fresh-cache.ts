/**
 * A cache that never outlives what it was read from. Whoever fills it takes a mark first, before the read or the write:
 * what was removed or changed in between makes the mark stale, and the value is not kept.
 */
export type Mark = number;
export type FreshCache<Value> = ReturnType<typeof createFreshCache<Value>>;

/** `version` changes when something may have changed behind the cache's back; undefined means "keep nothing". */
export function createFreshCache<Value>(source: { version(): number | undefined }, capacity: number) {
  const entries = new Map<string, Value>();
  let version = source.version();
  let epoch = 0;

  /** The present epoch, after a look at the version; undefined where nothing may be kept. */
  function mark(): Mark | undefined {
    const now = source.version();
    if (now === undefined) return undefined;
    if (now !== version) clear();
    version = now;
    return epoch;
  }

  function clear(): void {
    entries.clear();
    epoch++;
  }

  function set(place: string, value: Value, taken: Mark | undefined): void {
    if (taken === undefined || taken !== mark()) return;
    if (entries.size >= capacity) entries.delete(entries.keys().next().value as string);
    entries.set(place, value);
  }

  return {
    mark,
    clear,
    get: (place: string): Value | undefined => (mark() === undefined ? undefined : entries.get(place)),
    /** What was read; what is there already was written later. */
    fill(place: string, value: Value, taken: Mark | undefined): void {
      if (!entries.has(place)) set(place, value, taken);
    },
    /** What was written. */
    set,
    remove(place: string): void {
      entries.delete(place);
      epoch++;
    },
  };
}
