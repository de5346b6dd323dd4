/** Bodies of any kind to every operation that takes one: refused or taken, and never a server error (checked by `ask`). */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, createApiWorld, type Listed, type OpenApi, operationsOf } from './api-world.ts';
import { examples } from './examples.ts';

const membersOf = (document: OpenApi, { requestBody }: Listed): string[] => {
  const { $ref } = Object.values(requestBody?.content ?? {})[0]?.schema ?? { $ref: '' };
  const schema = document.components.schemas[$ref.replace('#/components/schemas/', '')] as { properties: object };
  return Object.keys(schema.properties);
};

/** FUZZ_SEED plays another run. */
const seed = Number(process.env.FUZZ_SEED ?? 20_261_120);

const strange: unknown[] = [
  ...[null, true, -1, 1e300, '', '\n', 'x'.repeat(5000), '\u202e😀', "' OR 1=1 --"],
  ...[[null], [{}], { constructor: { prototype: { polluted: true } } }, { toString: 1, length: 3 }],
  ...[Array.from({ length: 500 }, () => 'g'), { a: { b: { c: { d: [1, { e: null }] } } } }],
];

/**
 * Made before there is a server: fast-check takes seconds of the event loop for its first text of any characters, and a
 * connection that has been idle for as long is closed just when the next request goes out on it.
 */
const anyBody = fc.oneof(fc.json({ maxDepth: 4 }), fc.string({ unit: 'binary', maxLength: 200 }));
const anyValue = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('-1', '1e3', '%', '_', 'WyIiXQ', 'null'),
);

describe.each(['sqlite', 'postgresql'] as const)('the API under strange input, on %s', (kind) => {
  let world: ApiWorld;
  let document: OpenApi;
  let operations: Listed[];

  beforeAll(async () => {
    world = await createApiWorld({}, kind);
    document = await world.document();
    operations = operationsOf(document).filter(({ requestBody }) => requestBody);
  });
  afterAll(() => world?.stop());

  const exampleOf = ({ operationId }: Listed) => {
    const make = examples[operationId];
    if (!make) throw new Error(`There is no example of ${operationId}`);
    return make(world);
  };

  it('answers a wrong value of every member with 4xx, or takes it', async () => {
    for (const operation of operations) {
      const { path, body } = await exampleOf(operation);
      for (const member of membersOf(document, operation)) {
        for (const value of strange) {
          await world.api(operation.method, path, { body: { ...(body as object), [member]: value } });
        }
      }
    }
  }, 120_000);

  it('answers any JSON at all with 4xx, or takes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1000 }), anyBody, async (pick, body) => {
        const operation = operations[pick % operations.length] as Listed;
        const path = operation.path.replace(/\{\w+\}/g, 'app');
        const answer = await world.api(operation.method, path, { body });
        expect(answer.status).toBeLessThan(500);
      }),
      { seed, numRuns: 150 },
    );
  }, 60_000);

  it('answers any query with 4xx, or takes it', async () => {
    const lists = operationsOf(document).filter(({ method }) => method === 'GET');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1000 }),
        fc.constantFrom(
          'limit',
          'after',
          'search',
          'group',
          'event',
          'from',
          'to',
          'since',
          'accountId',
          'clientId',
          'state',
          'signOutId',
          'ip',
          'x',
        ),
        anyValue,
        async (pick, name, value) => {
          const { path } = lists[pick % lists.length] as Listed;
          const query = new URLSearchParams({ [name]: value.toWellFormed() });
          expect((await world.api('GET', `${path.replace(/\{\w+\}/g, 'app')}?${query}`)).status).toBeLessThan(500);
        },
      ),
      { seed, numRuns: 150 },
    );
  }, 60_000);

  it('refuses what is too large, too deep or not JSON, before any room sees it', async () => {
    const most = 1024 * 1024;
    for (const operation of operations) {
      const { path } = await exampleOf(operation);
      const send = async (body: string, headers = {}) =>
        (await world.api(operation.method, path, { body, headers })).status;
      expect(await send(`{"name":"${'x'.repeat(most)}"}`)).toBe(413);
      expect(await send(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)).toBe(400);
      expect(await send('{"__proto__":{"disabled":false}}')).toBe(400);
      expect(await send('{"name"')).toBe(400);
      expect(await send('[]')).toBe(422);
      expect(await send('{}', { 'content-type': 'text/plain' })).toBe(415);
      expect(await send('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(415);
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  }, 60_000);

  it('names the first 200 of 20,000 problems', async () => {
    const groups = Array.from({ length: 20_000 }, (_, index) => ({ name: ` bad ${index}` }));
    const answer = await world.api('POST', '/directory/plan', { body: { groups } });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toHaveLength(200);
    expect(answer.body.detail).toContain('the first 200 of 20000 problems');
  }, 60_000);
});
