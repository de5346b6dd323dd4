/** The OpenAPI 3.1 document, made from the operations and the schemas that check and convert what they take and answer. */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { apiScopes } from '../../domain/api-keys/api-keys.ts';
import { names, problem } from './answers.ts';
import type { Operation } from './operation.ts';

type Json = Record<string, unknown>;

const description = `Everything that the admin pages can do. Send an API key (\`pst_…\`) or an access token of Postern itself as
\`Authorization: Bearer …\`; with a person's token, changes need a recent sign-in (RFC 9470). Lists come in pages: hand
\`next\` on as \`after\` until it is null. Send the \`ETag\` of what you have as \`If-Match\` and nothing is changed that
somebody else has changed meanwhile (412). Errors are problem details (RFC 9457); \`errors\` names every problem of the
input at once. Times are ISO 8601 in UTC.`;

/** The document as text. `server` is the address that the paths are appended to. */
export function describeApi(operations: readonly Operation[], server: string): string {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    path[operation.method.toLowerCase()] = describeOperation(operation);
    paths[operation.path] = path;
  }
  const document = {
    openapi: '3.1.0',
    info: { title: 'Postern', version: '1', description },
    servers: [{ url: server }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...answerSchemas(), ...bodySchemas(operations) },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: `Scopes: ${apiScopes.join(', ')}.` },
      },
    },
  };
  return JSON.stringify(document);
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const uri = (name: string) => reference(name).$ref;

function answerSchemas(): Json {
  const { schemas } = z.toJSONSchema(names, { uri, io: 'output' });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, plain(schema)]));
}

/** Named after the operation. What refers to itself (any JSON) zod puts aside in $defs: it becomes a schema beside the body. */
function bodySchemas(operations: readonly Operation[]): Json {
  const schemas = operations.flatMap(({ id, body }): [string, Json][] => {
    if (body === undefined) return [];
    const name = bodyName(id);
    const text = JSON.stringify(plain(z.toJSONSchema(body, { io: 'input' })));
    const { $defs = {}, ...schema } = JSON.parse(text.replaceAll('"#/$defs/', `"${uri(name)}`)) as { $defs?: Json };
    const aside = Object.entries($defs).map(([part, described]): [string, Json] => [name + part, described as Json]);
    return [[name, schema], ...aside];
  });
  return Object.fromEntries(schemas);
}

const bodyName = (id: string): string => `${id.charAt(0).toUpperCase()}${id.slice(1)}Body`;

function plain({ $schema: _, $id: __, ...schema }: Json): Json {
  return schema;
}

function describeOperation(operation: Operation): Json {
  const { id, summary, tag, scopes, body, takes, isVersioned, method } = operation;
  const conditional = method === 'GET' ? 'If-None-Match' : 'If-Match';
  const parameters = [
    ...[...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter('path', name as string)),
    ...(operation.query ? queryParameters(operation.query) : []),
    ...(isVersioned && operation.status !== 201 ? [{ ...parameter('header', conditional), required: false }] : []),
  ];
  const content = body && { schema: reference(bodyName(id)) };
  const types = takes === 'merge-patch' ? ['application/merge-patch+json', 'application/json'] : ['application/json'];
  return {
    ...{ operationId: id, summary, tags: [tag] },
    ...(operation.description !== undefined && { description: operation.description }),
    security: [{ bearer: scopes }],
    ...(parameters.length > 0 && { parameters }),
    ...(content && {
      requestBody: { required: true, content: Object.fromEntries(types.map((type) => [type, content])) },
    }),
    responses: responsesOf(operation),
  };
}

const parameter = (place: 'path' | 'header', name: string): Json => ({
  ...{ name, in: place, required: true },
  schema: { type: 'string' },
});

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {} } = plain(z.toJSONSchema(query, { io: 'input' })) as { properties?: Record<string, Json> };
  const isRequired = (name: string) => !query.shape[name]?.safeParse(undefined).success;
  return Object.entries(properties).map(([name, { description: said, ...schema }]) => ({
    ...{ name, in: 'query', required: isRequired(name), schema },
    ...(said !== undefined && { description: said }),
  }));
}

function responsesOf({ status, answer, isVersioned, method, path, body }: Operation): Json {
  const tagged = isVersioned && status !== 204 && { headers: { ETag: { schema: { type: 'string' } } } };
  const name = answer && names.get(answer)?.id;
  const content = name !== undefined && { content: { 'application/json': { schema: reference(name) } } };
  const refusals = [
    ...[400, 401, 403],
    ...(path.includes('{') ? [404] : []),
    ...(body ? [413, 415, 422] : []),
    ...(method === 'GET' ? [] : [409]),
    ...(isVersioned && method !== 'GET' && status !== 201 ? [412] : []),
    429,
  ];
  return {
    [status]: { description: STATUS_CODES[status] ?? '', ...tagged, ...content },
    ...(isVersioned && method === 'GET' && { 304: { description: 'It is as you have it.' } }),
    ...Object.fromEntries(refusals.map((code) => [code, refusal(code)])),
  };
}

const refusal = (status: number): Json => ({
  description: STATUS_CODES[status] ?? '',
  content: { 'application/problem+json': { schema: reference(names.get(problem)?.id ?? '') } },
});
