/** Who signs in by which name, before and after: names that two would have, and in which order they get free. Pure. */
import type { FieldProblem } from '../../base/errors.ts';
import { canonicalName } from '../../base/names.ts';
import type { Somebody } from './state.ts';

/** Names that two accounts would have; `places` tells where in the file an account stands, by id. */
export function nameProblems(everybody: Iterable<Somebody>, places: ReadonlyMap<string, string>): FieldProblem[] {
  const owners = new Map<string, Somebody>();
  const problems: FieldProblem[] = [];
  for (const person of everybody) {
    for (const name of person.names) {
      const owner = owners.get(name);
      owners.set(name, owner ?? person);
      if (owner === undefined) continue;
      // One of the two changes; of two that both do, the later one in the file is told.
      const place = places.get(person.id) ?? places.get(owner.id);
      if (place === undefined) continue;
      const told = places.has(person.id) ? person : owner;
      const message = `belongs to another account already, which signs in as “${name}”: choose another`;
      problems.push({ path: `${place}.${memberOf(told, name)}`, message });
    }
  }
  return problems;
}

/** An account that is there and gets other names. */
export type Move = { place: string; before: Somebody; after: Somebody };

/**
 * The changes in an order in which every name is free before somebody else takes it. `problems`: those that wait for each
 * other, since names cannot change places in one step.
 */
export function freedFirst(moves: readonly Move[]): { places: string[]; problems: FieldProblem[] } {
  const giverOf = new Map(
    moves.flatMap((move) => without(move.before, move.after).map((name) => [name, move] as const)),
  );
  const waitingFor = new Map<Move, Move[]>();
  const missing = new Map<Move, number>();
  for (const move of moves) {
    const givers = without(move.after, move.before).flatMap((name) => giverOf.get(name) ?? []);
    missing.set(move, givers.length);
    for (const giver of givers) waitingFor.set(giver, [...(waitingFor.get(giver) ?? []), move]);
  }
  const ready = moves.filter((move) => missing.get(move) === 0);
  for (const move of ready) {
    for (const next of waitingFor.get(move) ?? []) {
      const left = (missing.get(next) ?? 0) - 1;
      missing.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  const stuck = moves.filter((move) => (missing.get(move) ?? 0) > 0);
  const problems = stuck.flatMap((move) =>
    without(move.after, move.before)
      .filter((name) => giverOf.has(name))
      .map((name): FieldProblem => {
        const holder = giverOf.get(name)?.before.username;
        const message = `is still a name of ${holder}, which waits for another in turn: give one of them a free name, apply, and then this one`;
        return { path: `${move.place}.${memberOf(move.after, name)}`, message };
      }),
  );
  return { places: ready.map(({ place }) => place), problems };
}

const without = (one: Somebody, other: Somebody): string[] => one.names.filter((name) => !other.names.includes(name));

const memberOf = ({ username }: Somebody, name: string): string =>
  canonicalName(username) === name ? 'username' : 'email';
