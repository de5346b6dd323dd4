import { PosternError } from '../../base/errors.ts';
import { groupChange, groupInput } from '../../domain/groups/groups.ts';
import { group, listOf } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';

const groups = listOf('GroupList', group);
const tag = 'Groups';
const shared = { tag, answer: group, isVersioned: true } as const;

export function listGroupOperations(rooms: Pick<ApiDependencies, 'groups' | 'access'>): Operation[] {
  return [
    operation({
      ...{ id: 'listGroups', method: 'GET', path: '/groups', summary: 'All groups, by name', tag },
      ...{ scopes: ['groups:read'], status: 200, answer: groups },
      handle: async () => ({ body: { items: await rooms.groups.list() } }),
    }),
    operation({
      ...{ id: 'createGroup', method: 'POST', path: '/groups', summary: 'Create a group', ...shared },
      ...{ scopes: ['groups:write'], status: 201, events: ['group.created'], body: groupInput },
      handle: async ({ body, circumstances }) => {
        const created = await rooms.groups.create(body, circumstances);
        return { body: created, version: created.version, location: `/groups/${encodeURIComponent(created.name)}` };
      },
    }),
    operation({
      ...{ id: 'findGroup', method: 'GET', path: '/groups/{name}', summary: 'One group', ...shared },
      ...{ scopes: ['groups:read'], status: 200 },
      handle: async ({ params: { name = '' } }) => {
        const found = await rooms.groups.find(name);
        if (!found) throw new PosternError('not_found', 'There is no group of this name.');
        return { body: found, version: found.version };
      },
    }),
    operation({
      ...{
        id: 'updateGroup',
        method: 'PATCH',
        path: '/groups/{name}',
        summary: 'Change a group’s description',
        ...shared,
      },
      ...{ scopes: ['groups:write'], status: 200, events: ['group.updated'], body: groupChange, takes: 'merge-patch' },
      handle: async ({ params: { name = '' }, body, circumstances, ifVersion }) => {
        const updated = await rooms.groups.update(name, body, { ...circumstances, ifVersion });
        return { body: updated, version: updated.version };
      },
    }),
    operation({
      ...{ id: 'removeGroup', method: 'DELETE', path: '/groups/{name}', summary: 'Remove a group', tag },
      description: 'Its members leave it. Refused (409) while a client names it.',
      ...{ scopes: ['groups:write'], status: 204, events: ['group.deleted'], isVersioned: true },
      handle: async ({ params: { name = '' }, caller, circumstances, ifVersion }) => {
        rooms.access.requirePower(caller.scopes, { groups: [name] });
        await rooms.access.removeGroup(name, { ...circumstances, ifVersion });
        return {};
      },
    }),
  ];
}
