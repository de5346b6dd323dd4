import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../support/world.ts';
import { createRange, parameters, play, protectedState } from './fuzz.ts';

let world: World;
let range: ReturnType<typeof createRange>;
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  range = createRange(world);
});
afterAll(async () => {
  range.close();
  await world.stop();
});

const names = [
  ...[
    'client_id',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
    'nonce',
    'code_challenge',
    'code_challenge_method',
  ],
  ...['prompt', 'max_age', 'ui_locales', 'claims_locales', 'login_hint', 'id_token_hint', 'acr_values', 'claims'],
  ...['request', 'request_uri', 'response_mode', 'resource', 'registration', 'display', 'dpop_jkt', 'audience'],
  ...['user_code', 'code', 'grant_type', 'client_secret', 'token', 'iss', 'sid', 'xsrf', 'logout', 'abort'],
  ...['__proto__', 'constructor', 'toString', 'client_id[]', 'redirect_uri[0]', 'scope[a][b]'],
];

const rightOf = (client: 'app' | 'spa' | 'cli') => Object.fromEntries(new URL(world.authorizeUrl(client)).searchParams);

describe('junk at the authorization endpoint', () => {
  it.each(['app', 'cli'] as const)('P01 gets no server error, no echo and no access (client %s)', async (client) => {
    const before = await protectedState(world.postern.db);
    const accept = fc.constantFrom('text/html', '*/*', 'application/json', 'image/png;q=x', '');
    const shots = fc.tuple(parameters(names, rightOf(client)), accept);
    await play(shots, async ([query, accepted]) => {
      const { headers } = await range.fire({
        method: 'GET',
        path: `/authorize?${query}`,
        headers: { accept: accepted },
      });
      expect(headers.get('location') ?? '').not.toMatch(/[?&#](code|access_token|id_token)=/);
    });
    expect(await protectedState(world.postern.db)).toEqual(before);
  });

  it('P01 gets no server error where a request goes on, nor at the pages of interactions', async () => {
    const path = fc.constantFrom(
      '/authorize/x',
      '/interaction/x',
      '/authorize/',
      '/authorize/..%2f',
      '/AUTHORIZE',
      '/start',
    );
    const method = fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS');
    const type = fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'multipart/form-data', 'x');
    const before = await protectedState(world.postern.db);
    const shots = fc.tuple(method, path, parameters(names, rightOf('app')), type);
    await play(shots, async ([verb, place, query, contentType]) => {
      const hasBody = verb === 'POST' || verb === 'PUT';
      const shot = hasBody ? { body: query, headers: { 'content-type': contentType } } : {};
      await range.fire({ method: verb, path: `${place}?${hasBody ? '' : query}`, ...shot });
    });
    expect(await protectedState(world.postern.db)).toEqual(before);
  });
});
