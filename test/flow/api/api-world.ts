/** The common world with keys for its API, and one working example of every operation. */

import type { PosternOptions } from '../../../src/testing/testing.ts';
import { ask } from '../../support/endpoint.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { createRequestApi } from '../../support/request-api.ts';
import { createWorld } from '../../support/world.ts';

export type ApiWorld = Awaited<ReturnType<typeof createApiWorld>>;
type Scopes = Parameters<Awaited<ReturnType<typeof createWorld>>['postern']['apiKeys']['create']>[0]['scopes'];

export const operator = { by: { type: 'operator' } } as const;

export async function createApiWorld(options: PosternOptions = {}, kind: 'sqlite' | 'postgresql' = 'sqlite') {
  const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
  const world = await createWorld({
    ...(server && { database: { url: server.url }, secret: ['a-secret-of-this-test-alone-0123456789-0123456789'] }),
    // Without that a next key signs at once, and none is ever pending.
    keys: { publishAheadSeconds: 3600 },
    ...options,
  });
  const { apiKeys } = world.postern;

  /** The secret of a new key. */
  const keyWith = async (...scopes: Scopes): Promise<string> =>
    (await apiKeys.create({ name: `for ${scopes.join(' and ')}`, scopes }, operator)).secret;
  const adminKey = await apiKeys.create({ name: 'for everything', scopes: ['admin:write'] }, operator);

  return {
    ...world,
    async stop() {
      await world.stop();
      await server?.drop();
    },
    adminKey,
    keyWith,
    /** Requests of a key that may do everything. */
    api: createRequestApi(world.issuer, adminKey.secret),
    apiWith: async (...scopes: Scopes) => createRequestApi(world.issuer, await keyWith(...scopes)),
    anonymous: createRequestApi(world.issuer),
    /** The OpenAPI document. */
    document: async () => (await ask(`${world.issuer}/api/v1/openapi.json`)).body as OpenApi,
  };
}

export type Described = {
  operationId: string;
  security: { bearer: string[] }[];
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  responses: Record<string, { content?: Record<string, { schema: { $ref: string } }>; headers?: object }>;
};
export type OpenApi = {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, object> };
};
export type Listed = Described & { method: string; path: string };

/** Every operation of the document, one after the other. */
export const operationsOf = ({ paths }: OpenApi): Listed[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ ...described, method: method.toUpperCase(), path })),
  );
