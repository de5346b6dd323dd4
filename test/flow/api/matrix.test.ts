/** What must hold for every operation of the API, over the table of all of them: a new one without an example fails here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Answer } from '../../support/endpoint.ts';
import { createRequestApi } from '../../support/request-api.ts';
import { type ApiWorld, createApiWorld, type Listed, type OpenApi, operationsOf } from './api-world.ts';
import { examples } from './examples.ts';

let world: ApiWorld;
let document: OpenApi;
let operations: Listed[];

beforeAll(async () => {
  world = await createApiWorld();
  document = await world.document();
  operations = operationsOf(document);
});
afterAll(() => world.stop());

const isWrite = ({ security }: Listed): boolean => scopesOf(security).some((scope) => scope.endsWith(':write'));
const scopesOf = (security: Listed['security']): string[] => security.flatMap(({ bearer }) => bearer);
const exampleOf = async ({ operationId }: Listed) => {
  const make = examples[operationId];
  if (!make) throw new Error(`There is no example of ${operationId} in examples.ts`);
  return make(world);
};
/** What a GET shows of everything that could have been changed, less the log, which grows with each refused sign-in. */
const state = async (): Promise<unknown> => {
  const tables = [
    'accounts',
    'groups',
    'attributes',
    'clients',
    'api_keys',
    'account_links',
    'keys',
    'data_keys',
    'records',
    'revoked_grants',
  ];
  const rows = tables.map((table) => world.postern.db.all(`SELECT * FROM ${table} ORDER BY 1`));
  return JSON.parse(JSON.stringify(await Promise.all(rows), (name, value) => (name === 'last_used_at' ? 0 : value)));
};
/** Each row that a file changes, and each session of a client, has an event of its own besides. */
const hasEventsOfRows = new Set(['applyDirectory', 'endClientSessions']);
const expectProblem = (answer: Answer, status: number): void => {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body).toMatchObject({
    type: 'about:blank',
    status,
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect(answer.body.instance).toMatch(/^E-\w{4}-\w{4}$/);
};

describe('every operation', () => {
  it('is documented, is a route, and has an example', () => {
    const routes = world.postern.http.routes.filter(({ needs }) => needs === 'bearer');
    const listed = operations.map(({ method, path }) => `${method} /api/v1${path.replace(/\{(\w+)\}/g, ':$1')}`);
    expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(listed.sort());
    expect(Object.keys(examples).sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(operations.length);
    expect(JSON.stringify(document)).not.toContain('$defs');
    expect(references.filter(([, name]) => !Object.hasOwn(document.components.schemas, name ?? ''))).toEqual([]);
  });

  it('M01 answers 401 to nobody, 403 to a key without the scope and to one that may only read, and changes nothing', async () => {
    const [stranger, reader] = [await world.apiWith('api-keys:read'), await world.apiWith('admin:read')];
    const elsewhere = await world.apiWith('accounts:read');
    for (const operation of operations) {
      const { path, body } = await exampleOf(operation);
      const before = isWrite(operation) ? await state() : undefined;
      const asked = (api: ApiWorld['api']) => api(operation.method, path, { body });

      const nobody = await asked(world.anonymous);
      expectProblem(nobody, 401);
      expect(nobody.headers.get('www-authenticate'), operation.operationId).toBe('Bearer realm="Postern API"');

      const needed = scopesOf(operation.security);
      const other = needed.some((scope) => scope.startsWith('api-keys:')) ? elsewhere : stranger;
      const forbidden = await asked(other);
      expectProblem(forbidden, 403);
      for (const scope of needed) expect(forbidden.body.detail, operation.operationId).toContain(scope);
      expect(forbidden.headers.get('www-authenticate')).toContain(
        `error="insufficient_scope", scope="${needed.join(' ')}"`,
      );

      if (before === undefined) continue;
      expectProblem(await asked(reader), 403);
      expect(await state(), operation.operationId).toEqual(before);
    }
  });

  it('M13 writes exactly the event that it declares: who, from where, in which request', async () => {
    const { audit, db, http } = world.postern;
    for (const operation of operations) {
      const { path, body } = await exampleOf(operation);
      const [last] = (await audit.list(db, { limit: 1 })).items;
      const answer = await world.api(operation.method, path, { body });
      expect(answer.status, `${operation.operationId}: ${answer.text}`).toBeLessThan(300);
      const written = await audit.listSince(db, { since: last?.id ?? '', limit: 100 });
      const pattern = `/api/v1${operation.path.replace(/\{(\w+)\}/g, ':$1')}`;
      const route = http.routes.find((other) => other.method === operation.method && other.path === pattern);
      if (isWrite(operation)) expect(route?.events?.length, operation.operationId).toBeGreaterThan(0);

      const declared = written.filter(({ event }) => route?.events?.includes(event));
      expect(
        declared.map(({ event }) => event),
        operation.operationId,
      ).toHaveLength(route?.events ? 1 : 0);
      if (!hasEventsOfRows.has(operation.operationId)) expect(written).toEqual(declared);
      for (const event of written) {
        expect(event.actor).toEqual({ type: 'api_key', id: world.adminKey.apiKey.id });
        expect(event.ip).toBe('127.0.0.1');
        expect(event.requestId).toMatch(/^[\w-]{12}$/);
      }
    }
  });

  it('B16 takes and answers what its document says, and no cache keeps it', async () => {
    const { schemas } = document.components;
    const validators = new Map<string, z.ZodType>();
    const validatorOf = (reference: string): z.ZodType => {
      const known = validators.get(reference);
      if (known) return known;
      // z.fromJSONSchema makes its patterns without the flag u, which JSON Schema asks for.
      const withoutUnicode = (name: string, value: unknown) =>
        name === 'pattern' && String(value).includes('\\p{') ? undefined : value;
      const text = JSON.stringify(schemas, withoutUnicode);
      const $defs = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/'));
      const made = z.fromJSONSchema({ $defs, $ref: reference.replace('#/components/schemas/', '#/$defs/') });
      validators.set(reference, made);
      return made;
    };
    for (const operation of operations) {
      const { path, body } = await exampleOf(operation);
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
        expect(validatorOf(schema.$ref).safeParse(body).error?.issues ?? [], operation.operationId).toEqual([]);
      }
      const answer = await world.api(operation.method, path, { body });
      const described = operation.responses[answer.status];
      expect(described, `${operation.operationId} answers ${answer.status}: ${answer.text}`).toBeDefined();
      expect(answer.headers.get('cache-control'), 'B16').toBe('no-store');
      expect(answer.headers.has('etag'), operation.operationId).toBe(described?.headers !== undefined);
      const reference = described?.content?.['application/json']?.schema.$ref;
      if (reference === undefined) {
        expect(answer.text).toBe('');
        continue;
      }
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      const problems = validatorOf(reference).safeParse(answer.body).error?.issues ?? [];
      expect(problems, operation.operationId).toEqual([]);
    }
  });

  it('M04 shows no secret and no hash on any GET', async () => {
    const { db } = world.postern;
    const { apiKey, secret } = await world.postern.apiKeys.create({ name: 'seen', scopes: ['admin:read'] }, operator());
    const { token } = await world.postern.accounts.issueLink(world.people.alice.id, operator());
    const kept = await Promise.all([
      db.all<{ text: string }>('SELECT password_hash AS text FROM accounts WHERE password_hash IS NOT NULL'),
      db.all<{ text: string }>('SELECT hash AS text FROM api_keys'),
      db.all<{ text: string }>('SELECT id AS text FROM account_links'),
    ]);
    const secrets = [secret, token, world.secrets.app, world.adminKey.secret, ...kept.flat().map(({ text }) => text)];
    const clients = await db.all<{ secrets: string }>('SELECT secrets FROM clients');
    secrets.push(
      ...clients.flatMap((row) => [...row.secrets.matchAll(/"hash":"([^"]+)"/g)].map((match) => match[1] ?? '')),
    );
    expect(apiKey.id).toMatch(/^key_/);
    expect(secrets.length).toBeGreaterThan(10);
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      const { path } = await exampleOf(operation);
      const { status, text } = await world.api('GET', path.replace(/limit=\d+/, 'limit=200'));
      expect(status).toBe(200);
      for (const hidden of secrets)
        expect(text.includes(hidden), `${operation.operationId} shows a secret`).toBe(false);
      expect(text).not.toMatch(/"(password|passwordHash|secret|secretHash|hash|token|privateKey|d)":/i);
    }
  });

  it('M07 takes no password of anybody', async () => {
    const bodies = operations.flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
    for (const { schema } of bodies) {
      const text = JSON.stringify(document.components.schemas[schema.$ref.replace('#/components/schemas/', '')]);
      expect(text, schema.$ref).not.toMatch(/"password\w*":/i);
    }
    const password = 'quiet lantern over nine';
    const sql = 'SELECT password_hash AS hash FROM accounts WHERE password_hash IS NOT NULL';
    const hash = (await world.postern.db.get<{ hash: string }>(sql, []))?.hash;
    const members = { password, passwordHash: hash, newPassword: password };
    for (const operation of operations.filter(({ requestBody }) => requestBody)) {
      const { path, body } = await exampleOf(operation);
      for (const [name, value] of Object.entries(members)) {
        const answer = await world.api(operation.method, path, { body: { ...(body as object), [name]: value } });
        expectProblem(answer, 422);
        expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(name);
      }
    }
    for (const path of ['/directory/plan', '/directory/apply']) {
      const accounts = [{ username: 'eve', password, passwordHash: hash }];
      const answer = await world.api('POST', path, { body: { accounts } });
      expectProblem(answer, 422);
      expect(answer.body.errors.map((error: { path: string }) => error.path)).toEqual([
        'accounts[0].password',
        'accounts[0].passwordHash',
      ]);
    }
    expect(await world.postern.accounts.findByUsername('eve')).toBeUndefined();
  });

  it('G02 changes nothing by GET or HEAD: 404 or 405 where only other methods are', async () => {
    const byPath = new Map<string, Set<string>>();
    for (const { method, path } of operations) byPath.set(path, (byPath.get(path) ?? new Set()).add(method));
    for (const operation of operations.filter(
      ({ method, path }) => method !== 'GET' && !byPath.get(path)?.has('GET'),
    )) {
      const { path } = await exampleOf(operation);
      const before = await state();
      for (const method of ['GET', 'HEAD']) {
        const answer = await world.api(method, path);
        // `/deliveries/replay` could be a delivery of that name, but is none.
        expect([404, 405], `${method} ${path}`).toContain(answer.status);
        if (answer.status === 405) expect(answer.headers.get('allow')?.split(', ')).toContain(operation.method);
      }
      expect(await state()).toEqual(before);
    }
  });

  it('M05 takes its credential from the header alone: no cookie, no query, no form', async () => {
    const secret = world.adminKey.secret;
    for (const operation of operations) {
      const { path, body } = await exampleOf(operation);
      const withQuery = `${path}${path.includes('?') ? '&' : '?'}access_token=${secret}`;
      const cookies = ['session', 'postern.admin', 'admin', 'key', 'authorization'].map((name) => `${name}=${secret}`);
      const headers = { cookie: cookies.join('; ') };
      expectProblem(await world.anonymous(operation.method, withQuery, { body, headers }), 401);
    }
    const basic = Buffer.from(`key:${secret}`).toString('base64');
    const bare = createRequestApi(world.issuer);
    expectProblem(await bare('GET', '/groups', { headers: { authorization: `Basic ${basic}` } }), 401);
  });

  it('G15 is for no other origin: no CORS header, and no preflight is let through', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'GET' };
    for (const operation of operations) {
      const { path } = await exampleOf(operation);
      for (const answer of [
        await world.api('OPTIONS', path, { headers }),
        await world.anonymous('OPTIONS', path, { headers }),
      ]) {
        expect(answer.status).toBe(405);
        expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      }
    }
    const answer = await world.api('GET', '/groups', { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

const operator = () => ({ by: { type: 'operator' } }) as const;
