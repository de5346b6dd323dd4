import type { Database } from '../../db/db.ts';

const capacity = 10_000;

/**
 * Unsealed payloads (JSON text) of one process, written through. Valid as long as no transaction and no other process has
 * changed the database: then it starts empty again. Holds nothing where other nodes may write without notice.
 */
export function createCache(db: Pick<Database, 'version'>) {
  const entries = new Map<string, string>();
  let version = db.version();

  const current = (): boolean => {
    const now = db.version();
    if (now === undefined) return false;
    if (now !== version) {
      entries.clear();
      version = now;
    }
    return true;
  };

  return {
    get: (place: string): string | undefined => (current() ? entries.get(place) : undefined),
    put(place: string, json: string): void {
      if (!current()) return;
      if (entries.size >= capacity) entries.delete(entries.keys().next().value as string);
      entries.set(place, json);
    },
    remove: (place: string) => void entries.delete(place),
    clear: () => entries.clear(),
  };
}
