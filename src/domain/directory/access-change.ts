/** Who gains and who loses the way to which client, from two states of accounts and clients. Pure. */
import { type AccessRule, mayOpen } from '../access/access.ts';

/** As much of an account as access depends on. */
export type Person = { id: string; username: string; groups: readonly string[]; disabled: boolean };
/** As much of a client as access depends on. */
export type Door = { id: string; access: AccessRule; disabled: boolean };
export type AccessState = { people: readonly Person[]; doors: readonly Door[] };

/** User names, the first of them by the alphabet, and how many there are in all. */
export type AccessChange = {
  clientId: string;
  gains: string[];
  loses: string[];
  gainsCount: number;
  losesCount: number;
};

const mostNames = 20;

/** Only clients for which something changes, by id. Disabled accounts and clients have no access. */
export function accessChanges(before: AccessState, after: AccessState): AccessChange[] {
  const personBefore = byId(before.people);
  const personAfter = byId(after.people);
  const doorBefore = byId(before.doors);
  const doorAfter = byId(after.doors);
  const everybody = new Set([...personBefore.keys(), ...personAfter.keys()]);
  const moved = [...everybody].filter((id) => hasMoved(personBefore.get(id), personAfter.get(id)));

  return [...new Set([...doorBefore.keys(), ...doorAfter.keys()])].sort().flatMap((clientId) => {
    const [was, is] = [doorBefore.get(clientId), doorAfter.get(clientId)];
    const isSameDoor = JSON.stringify([was?.access, was?.disabled]) === JSON.stringify([is?.access, is?.disabled]);
    const gains: string[] = [];
    const loses: string[] = [];
    for (const id of isSameDoor ? moved : everybody) {
      const [then, now] = [personBefore.get(id), personAfter.get(id)];
      const [could, can] = [isOpen(then, was), isOpen(now, is)];
      if (can && !could) gains.push((now ?? then)?.username ?? id);
      if (could && !can) loses.push((now ?? then)?.username ?? id);
    }
    return gains.length + loses.length === 0 ? [] : [{ clientId, ...counted(gains, loses) }];
  });
}

function byId<Item extends { id: string }>(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [item.id, item]));
}

/** By identity first: most people are the very same object in both states. */
function hasMoved(was: Person | undefined, is: Person | undefined): boolean {
  if (was === is) return false;
  return JSON.stringify([was?.groups, was?.disabled]) !== JSON.stringify([is?.groups, is?.disabled]);
}

const isOpen = (person: Person | undefined, door: Door | undefined): boolean =>
  person !== undefined &&
  door !== undefined &&
  !person.disabled &&
  !door.disabled &&
  mayOpen(person.groups, door.access).allowed;

function counted(gains: string[], loses: string[]) {
  const first = (names: string[]) => names.sort().slice(0, mostNames);
  return { gains: first(gains), loses: first(loses), gainsCount: gains.length, losesCount: loses.length };
}
