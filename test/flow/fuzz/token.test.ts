import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../support/world.ts';
import { createRange, junk, parameters, play, protectedState } from './fuzz.ts';

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
  ...['grant_type', 'client_id', 'client_secret', 'code', 'redirect_uri', 'code_verifier', 'refresh_token', 'scope'],
  ...['resource', 'audience', 'client_assertion', 'client_assertion_type', 'device_code', 'token', 'token_type_hint'],
  ...['assertion', 'username', 'password', 'subject_token', '__proto__', 'constructor', 'code[]', 'grant_type[x]'],
];
const grants = [
  ...['authorization_code', 'refresh_token', 'client_credentials', 'password', 'implicit'],
  ...['urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer', '__proto__'],
];

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Everything but a right secret: the header of a client that can't prove who it is. */
const authorizations: fc.Arbitrary<string | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom('Basic', 'Basic !!!', 'Basic =', 'Basic  YQ==', 'basic YXBwOg==', 'Bearer x', 'DPoP x', 'Negotiate'),
  junk.map((secret) => `Basic ${base64(`app:${secret}`)}`),
  junk.map((text) => `Basic ${base64(text)}`),
  junk.map((text) => `Basic ${base64(`${encodeURIComponent(text.toWellFormed())}:%zz`)}`),
  fc.string({ maxLength: 60 }).map((text) => `Basic ${text}`.trim()),
);
const types = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/x-www-form-urlencoded') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        'application/json',
        'text/plain',
        'multipart/form-data; boundary=x',
        'application/x-www-form-urlencoded;charset=utf-16',
      ],
    ),
  },
);

const shots = (path: string, right: Record<string, string>) =>
  fc.tuple(parameters(names, right), authorizations, types).map(([body, authorization, type]) => ({
    ...{ method: 'POST', path, body },
    headers: { 'content-type': type, accept: '*/*', ...(authorization !== undefined && { authorization }) },
  }));

/** No answer may hold a token: nobody has proven anything. */
async function expectNothing(path: string, right: Record<string, string>): Promise<void> {
  const before = await protectedState(world.postern.db);
  await play(shots(path, right), async (shot) => {
    const { status, text, headers } = await range.fire(shot);
    expect(text).not.toMatch(/"(access_token|refresh_token|id_token|request_uri)"\s*:/);
    if (status === 401 && shot.headers.authorization)
      expect(headers.get('www-authenticate')).toMatch(/^(Basic|DPoP|Bearer)/);
    if (text !== '') expect(headers.get('content-type')).toMatch(/^application\/json|^text\/(plain|html)/);
  });
  expect(await protectedState(world.postern.db)).toEqual(before);
}

describe('junk from somebody who proves nothing', () => {
  it.each(['app', 'spa'])('P02 gets no token at /token (client %s)', async (client) => {
    const right = {
      client_id: client,
      redirect_uri: 'https://rp.example/cb',
      code: 'x',
      code_verifier: 'v'.repeat(43),
    };
    const anyGrant = fc.constantFrom(...grants);
    const before = await protectedState(world.postern.db);
    await play(
      fc.tuple(anyGrant, fc.nat()).chain(([grant]) => shots('/token', { grant_type: grant, ...right })),
      async (shot) => {
        const { status, text } = await range.fire(shot);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(text).not.toMatch(/"(access_token|refresh_token|id_token)"\s*:/);
      },
    );
    expect(await protectedState(world.postern.db)).toEqual(before);
  });

  it('P02 gets nothing at /introspect and /revoke', async () => {
    await expectNothing('/introspect', { token: 'x', client_id: 'app' });
    await expectNothing('/revoke', { token: 'x', client_id: 'app' });
  }, 10_000);

  it('P03 gets no request_uri at /par for a confidential client', () =>
    expectNothing('/par', { ...Object.fromEntries(new URL(world.authorizeUrl('app')).searchParams) }));
});

describe('junk from a client that proves who it is', () => {
  it('P02 gets answers of 2xx and 4xx, and tokens for its own grant alone', async () => {
    const right = { grant_type: 'client_credentials', scope: 'openid' };
    const authorization = world.basic('app');
    await play(parameters(names, right), async (body) => {
      const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' };
      const { status, text } = await range.fire({ method: 'POST', path: '/token', body, headers });
      expect(status === 200 || status >= 400).toBe(true);
      if (status !== 200) return;
      expect(new URLSearchParams(body).getAll('grant_type')).toEqual(['client_credentials']);
      expect(JSON.parse(text)).not.toHaveProperty('refresh_token');
    });
  });

  it('P03 gets a request_uri for its own registered address alone', async () => {
    const right = Object.fromEntries(new URL(world.authorizeUrl('app')).searchParams);
    const authorization = world.basic('app');
    await play(
      parameters([...names, ...Object.keys(right), 'claims', 'request_uri', 'prompt'], right),
      async (body) => {
        const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' };
        const { status } = await range.fire({ method: 'POST', path: '/par', body, headers });
        if (status === 201) expect(new URLSearchParams(body).getAll('redirect_uri')).toEqual([right.redirect_uri]);
        else expect(status).toBeGreaterThanOrEqual(400);
      },
    );
  });
});
