import { PosternError } from '../../base/errors.ts';
import { attributeChange, attributeInput } from '../../domain/attributes/attributes.ts';
import { attribute, listOf } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';

const attributes = listOf('AttributeList', attribute);
const tag = 'Attributes';
const shared = { tag, answer: attribute, isVersioned: true } as const;
const one = '/attributes/{name}';

export function listAttributeOperations(rooms: Pick<ApiDependencies, 'attributes' | 'access'>): Operation[] {
  return [
    operation({
      ...{ id: 'listAttributes', method: 'GET', path: '/attributes', summary: 'All attributes, by name', tag },
      ...{ scopes: ['attributes:read'], status: 200, answer: attributes },
      handle: async () => ({ body: { items: await rooms.attributes.list() } }),
    }),
    operation({
      ...{ id: 'createAttribute', method: 'POST', path: '/attributes', summary: 'Define an attribute', ...shared },
      ...{ scopes: ['attributes:write'], status: 201, events: ['attribute.created'], body: attributeInput },
      handle: async ({ body, circumstances }) => {
        const created = await rooms.attributes.create(body, circumstances);
        return { body: created, version: created.version, location: `/attributes/${created.name}` };
      },
    }),
    operation({
      ...{ id: 'findAttribute', method: 'GET', path: one, summary: 'One attribute', ...shared },
      ...{ scopes: ['attributes:read'], status: 200 },
      handle: async ({ params: { name = '' } }) => {
        const found = await rooms.attributes.find(name);
        if (!found) throw new PosternError('not_found', 'There is no attribute of this name.');
        return { body: found, version: found.version };
      },
    }),
    operation({
      ...{ id: 'updateAttribute', method: 'PATCH', path: one, summary: 'Change its description', ...shared },
      ...{ scopes: ['attributes:write'], status: 200, events: ['attribute.updated'] },
      ...{ body: attributeChange, takes: 'merge-patch' },
      handle: async ({ params: { name = '' }, body, circumstances, ifVersion }) => {
        const updated = await rooms.attributes.update(name, body, { ...circumstances, ifVersion });
        return { body: updated, version: updated.version };
      },
    }),
    operation({
      ...{ id: 'removeAttribute', method: 'DELETE', path: one, summary: 'Remove an attribute', tag },
      description: 'Refused (409) while an account has a value of it or a client makes a claim of it.',
      ...{ scopes: ['attributes:write'], status: 204, events: ['attribute.deleted'], isVersioned: true },
      handle: async ({ params: { name = '' }, circumstances, ifVersion }) => {
        await rooms.access.removeAttribute(name, { ...circumstances, ifVersion });
        return {};
      },
    }),
  ];
}
