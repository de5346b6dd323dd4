/** The part of a client's forms that says who may open it. */
import type { Client } from '../../domain/clients/clients.ts';
import type { Group } from '../../domain/groups/groups.ts';
import type { AccessFields } from '../views.ts';
import type { Read, Typed } from './client-rules.ts';

export function accessFieldsOf(access: Client['access'], groups: readonly Group[]): AccessFields {
  const chosen = typeof access === 'string' ? [] : access;
  return { access: typeof access === 'string' ? access : 'groups', groups: ticks(groups, chosen) };
}

export function accessTyped({ form, lists }: Typed, groups: readonly Group[]): AccessFields {
  const access = (['everybody', 'nobody', 'groups'] as const).find((word) => word === form.access) ?? '';
  return { access, groups: ticks(groups, lists.accessGroups ?? []) };
}

const ticks = (groups: readonly Group[], chosen: readonly string[]) =>
  groups.map(({ name, description }) => ({ name, description, checked: chosen.includes(name) }));

/** Who may open it. That the choice and the ticks below it go together only the form knows. */
export function accessOf({ form, lists }: Typed, before: Client['access']): Read<Client['access']> {
  const groups = lists.accessGroups ?? [];
  const wrong = (message: string) => ({ value: before, problems: [{ path: 'access', message }] });
  if (form.access === 'groups') {
    if (groups.length > 0) return { value: inOrderOf(typeof before === 'string' ? [] : before, groups), problems: [] };
    return wrong('must have at least one group ticked, or be nobody');
  }
  if (form.access !== 'everybody' && form.access !== 'nobody') return wrong('must be everybody, nobody or groups');
  if (groups.length === 0) return { value: form.access, problems: [] };
  return wrong(`is ${form.access}, but groups are ticked: choose "people in these groups", or take the ticks out`);
}

/** A form lists things in its own order; what was there keeps the order that it had. */
export function inOrderOf(before: readonly string[], chosen: readonly string[]): string[] {
  return [
    ...before.filter((name) => chosen.includes(name)),
    ...[...new Set(chosen)].filter((name) => !before.includes(name)),
  ];
}
