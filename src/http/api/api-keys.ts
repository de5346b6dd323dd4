import { apiKeyInput } from '../../domain/api-keys/api-keys.ts';
import { apiKey, listOf, newApiKey } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';

const apiKeys = listOf('ApiKeyList', apiKey);
const tag = 'API keys';

export function listApiKeyOperations(rooms: Pick<ApiDependencies, 'apiKeys'>): Operation[] {
  return [
    operation({
      ...{ id: 'listApiKeys', method: 'GET', path: '/api-keys', summary: 'All API keys', tag },
      ...{ scopes: ['api-keys:read'], status: 200, answer: apiKeys },
      handle: async () => ({ body: { items: await rooms.apiKeys.list() } }),
    }),
    operation({
      ...{ id: 'createApiKey', method: 'POST', path: '/api-keys', summary: 'Make an API key', tag },
      description:
        'No key can make one that may do more or lasts longer than itself. It ends with the account, key or client that made it.',
      ...{ scopes: ['api-keys:write'], status: 201, events: ['api_key.created'], body: apiKeyInput, answer: newApiKey },
      handle: async ({ body, circumstances }) => {
        const { apiKey, secret } = await rooms.apiKeys.create(body, circumstances);
        return { body: { ...apiKey, secret } };
      },
    }),
    operation({
      ...{ id: 'revokeApiKey', method: 'DELETE', path: '/api-keys/{id}', summary: 'Revoke an API key', tag },
      description: 'The keys that it made end too.',
      ...{ scopes: ['api-keys:write'], status: 204, events: ['api_key.revoked'] },
      handle: async ({ params: { id = '' }, circumstances }) => {
        await rooms.apiKeys.revoke(id, circumstances);
        return {};
      },
    }),
  ];
}
