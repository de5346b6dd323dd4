/** Judges a tree of facts by rules that are plain data (boundaries.test.ts) and says each problem in one sentence. */
import { posix } from 'node:path';
import type { Import, SourceFacts } from '../support/source-facts.ts';

/** A place in the tree: a ring (`db`), a room (`domain/keys`) or a file (`http/views.ts`). */
export type Place = string;
export type Rules = {
  /** Ring → rings below it that it may import. */
  rings: Record<string, readonly string[]>;
  /** Imports that the table of rings does not allow, or only as types. */
  exceptions: readonly { from: Place; to: Place; typeOnly?: true }[];
  /** Ring → the only file of it that others may import. */
  doors: Record<string, string>;
  /** Room → rooms whose door it may import. */
  edges: Record<string, readonly string[]>;
  /** Package → places that may import it. */
  packages: Record<string, readonly Place[]>;
  /** Node module → places that may import it; others are free. */
  nodeModules: Record<string, readonly Place[]>;
  globals: Record<string, readonly Place[]>;
  /** Places that may import a path that is not written out. */
  computedImports: readonly Place[];
  /** Table → the one place whose SQL may name it. */
  tables: Record<string, Place>;
};

export function findProblems(tree: readonly SourceFacts[], rules: Rules): string[] {
  const paths = new Set(tree.map((file) => file.path));
  const problems = tree.flatMap((file) => {
    if (!Object.hasOwn(rules.rings, ringOf(file.path)))
      return [`\`${file.path}\` lies in no ring; put it into one of them.`];
    return [
      ...file.imports.flatMap((imported) => importProblem(file.path, imported, paths, rules) ?? []),
      ...globalProblems(file, rules),
      ...tableProblems(file, rules),
    ];
  });
  return [...problems, ...edgeCycles(rules), ...findCycles(tree)];
}

/** `http/views.ts` → `http`, `app.ts` → `app`. */
function ringOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] as string) : path.replace(/\.ts$/, '');
}

function roomOf(path: string): string | undefined {
  const [ring, room, file] = path.split('/');
  return ring === 'domain' && file !== undefined ? room : undefined;
}

const lies = (path: string, place: Place) => path === place || path.startsWith(`${place}/`);
const liesInOne = (path: string, places: readonly Place[]) => places.some((place) => lies(path, place));

function importProblem(from: string, imported: Import, paths: Set<string>, rules: Rules): string | undefined {
  const { specifier } = imported;
  if (specifier === '(computed)') {
    return liesInOne(from, rules.computedImports) ? undefined : `\`${from}\` imports a computed path; name the file.`;
  }
  if (specifier.startsWith('node:')) return ownerProblem(from, specifier, rules.nodeModules[specifier]);
  if (!specifier.startsWith('.')) {
    const name = specifier.match(/^(@[^/]+\/[^/]+|[^/]+)/)?.[0] as string;
    const owners = rules.packages[name];
    if (!owners) return `\`${from}\` imports the package \`${name}\`, which has no owner; give it one in the list.`;
    return ownerProblem(from, name, owners);
  }
  const to = posix.join(posix.dirname(from), specifier);
  if (to.startsWith('../')) return `\`${from}\` imports \`${specifier}\`, which lies outside of src.`;
  if (!paths.has(to)) return `\`${from}\` imports \`${to}\`, which does not exist.`;
  return ringProblem(from, to, imported, rules) ?? roomProblem(from, to, rules);
}

function ownerProblem(from: string, name: string, owners: readonly Place[] | undefined): string | undefined {
  if (!owners || liesInOne(from, owners)) return undefined;
  return `\`${from}\` imports \`${name}\`, which belongs to ${owners.map((owner) => `\`${owner}\``).join(', ')}.`;
}

function ringProblem(from: string, to: string, { typeOnly }: Import, rules: Rules): string | undefined {
  const [fromRing, toRing] = [ringOf(from), ringOf(to)];
  if (fromRing === toRing) return undefined;
  const exception = rules.exceptions.find((rule) => lies(from, rule.from) && lies(to, rule.to));
  if (!exception && !rules.rings[fromRing]?.includes(toRing)) {
    return `\`${from}\` imports \`${to}\`, but \`${fromRing}\` may not import \`${toRing}\`.`;
  }
  if (exception?.typeOnly && !typeOnly)
    return `\`${from}\` may import \`${to}\` for its types only; use \`import type\`.`;
  const door = rules.doors[toRing];
  if (!exception && door && to !== door)
    return `\`${from}\` reaches past the door of \`${toRing}\`; import \`${door}\`.`;
  return undefined;
}

function roomProblem(from: string, to: string, rules: Rules): string | undefined {
  const [fromRoom, toRoom] = [roomOf(from), roomOf(to)];
  if (toRoom === undefined || fromRoom === toRoom) return undefined;
  const door = `domain/${toRoom}/${toRoom}.ts`;
  if (to !== door) return `\`${from}\` reaches past the door of \`${toRoom}\`; import \`${door}\`.`;
  if (fromRoom === undefined || rules.edges[fromRoom]?.includes(toRoom)) return undefined;
  return `\`${from}\` imports the room \`${toRoom}\`, but there is no edge from \`${fromRoom}\` to \`${toRoom}\`.`;
}

function globalProblems(file: SourceFacts, rules: Rules): string[] {
  return [...new Set(file.globals)].flatMap((name) => {
    const owners = rules.globals[name] ?? [];
    if (liesInOne(file.path, owners)) return [];
    return [`\`${file.path}\` uses \`${name}\`, which belongs to ${owners.map((owner) => `\`${owner}\``).join(', ')}.`];
  });
}

/** Table names that a text of SQL names: after keywords in capitals, or in any case once it opens as a statement. */
function tablesIn(text: string): string[] {
  const opens = /^\s*(?:select\b.*\bfrom|insert\s+into|update\b.*\bset|delete\s+from|with\b.*\bas)\b/is;
  const flags = opens.test(text) ? 'gi' : 'g';
  const named = new RegExp('\\b(?:FROM|INTO|JOIN|UPDATE|TABLE|REFERENCES|ON)\\s+"?([a-z][a-z0-9_]*)', flags);
  return [...text.matchAll(named)].map((match) => match[1] as string);
}

function tableProblems(file: SourceFacts, rules: Rules): string[] {
  const named = new Set(file.texts.flatMap(tablesIn));
  return Object.entries(rules.tables).flatMap(([table, owner]) => {
    if (!named.has(table) || lies(file.path, owner)) return [];
    return [`\`${file.path}\` asks the table \`${table}\`, which belongs to \`${owner}\`; call that room.`];
  });
}

/** Cycles in the list of edges itself: the list must stay a hierarchy even before anyone uses an edge. */
function edgeCycles(rules: Rules): string[] {
  const graph = new Map(Object.entries(rules.edges).map(([room, rooms]) => [room, [...rooms]]));
  return cyclesOf(graph).map((cycle) => `The listed edges form a cycle: ${cycle.join(' → ')}.`);
}

function findCycles(tree: readonly SourceFacts[]): string[] {
  const graph = new Map(
    tree.map(({ path, imports }) => {
      const inner = imports.filter(({ specifier }) => specifier.startsWith('.'));
      return [path, inner.map(({ specifier }) => posix.join(posix.dirname(path), specifier))];
    }),
  );
  return cyclesOf(graph).map((cycle) => `These files import each other in a circle: ${cycle.join(' → ')}.`);
}

/** One cycle per place where the search comes back to its own path. */
function cyclesOf(graph: Map<string, string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]) => {
    const seenAt = path.indexOf(name);
    if (seenAt >= 0) cycles.push([...path.slice(seenAt), name]);
    if (seenAt >= 0 || done.has(name)) return;
    for (const next of graph.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of graph.keys()) visit(name, []);
  return cycles;
}
