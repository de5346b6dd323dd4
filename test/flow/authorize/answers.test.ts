import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/testing/sign-in.ts';
import { expectHarmless, expectSentBack } from '../../support/refusals.ts';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ mode: 'serve' });
});
afterAll(() => world.stop());

const { app } = redirectUris;
const ask = (changes: Record<string, string | undefined>): Promise<Answer> =>
  world.visitor().request(world.authorizeUrl('app', changes));

describe('A10 every answer says who gave it', () => {
  it('A10 a code comes with iss', async () => {
    const back = await world.signIn(world.visitor(), world.authorizeUrl('app'));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ state: 'a-state', iss: world.issuer });
    expect(back.searchParams.get('code')).toMatch(/^[\w-]{43}$/);
  });

  it.each([
    ['login_required', { prompt: 'none' }],
    ['invalid_request', { max_age: '-1' }],
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_request', { code_challenge: undefined, code_challenge_method: undefined }],
  ])('A10 the error %s comes with iss for %j', async (error, changes) => {
    expectSentBack(await ask(changes), app, { error, state: 'a-state', iss: world.issuer });
  });

  it('A10 a refusal comes with iss', async () => {
    const visitor = world.visitor();
    const page = await visitor.open(world.authorizeUrl('app'));
    const { url } = await visitor.submit(page, { do: 'cancel' });
    const back = new URL(url);
    expect(back.origin + back.pathname).toBe(app);
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'access_denied', iss: world.issuer });
  });

  it('A10 discovery promises it', async () => {
    const metadata = await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json();
    expect(metadata).toMatchObject({ issuer: world.issuer, authorization_response_iss_parameter_supported: true });
  });
});

describe('what is not offered', () => {
  it.each(['token', 'code token', 'id_token token', 'code id_token token', 'none'])(
    'A11 the response type %s is refused',
    async (responseType) => {
      const answer = await ask({ response_type: responseType });
      expectSentBack(answer, app, { error: 'unsupported_response_type', iss: world.issuer });
    },
  );

  it.each(['id_token', 'code id_token', 'id_token code'])(
    'A11 the response type %s is refused to a client that was not told it may, also when somebody is signed in',
    async (responseType) => {
      const visitor = world.visitor();
      await world.signIn(visitor, world.authorizeUrl('app'));
      for (const prompt of [undefined, 'none']) {
        const answer = await visitor.request(world.authorizeUrl('app', { response_type: responseType, prompt }));
        expectSentBack(answer, app, { error: 'invalid_request', iss: world.issuer });
      }
    },
  );

  it.each(['CODE', 'code\n', 'admin', '__proto__', 'code,token', ''])('A11 so is %j', async (responseType) => {
    const answer = await ask({ response_type: responseType });
    expectHarmless(answer);
    if (answer.status === 303) expect(answer.headers.get('location')).toMatch(/[?&#]error=/);
    else expect(answer.status).toBe(400);
  });

  it.each(['web_message', 'jwt', 'query.jwt', 'form_post.jwt', 'junk', '__proto__', 'constructor', 'query query'])(
    'A12 the response mode %s is refused',
    async (mode) => {
      const answer = await ask({ response_mode: mode });
      expectHarmless(answer);
      expect(answer.status).toBe(303);
      const error = new URL(answer.headers.get('location') ?? '').searchParams.get('error');
      expect(['invalid_request', 'unsupported_response_mode']).toContain(error);
    },
  );

  it('A12 response_mode=query for an id_token is refused', async () => {
    const answer = await ask({ response_type: 'id_token', response_mode: 'query' });
    expectSentBack(answer, app, { error: 'invalid_request' });
  });

  it('A14 request and request_uri are refused, and nobody is called', async () => {
    let connections = 0;
    const listener = createServer((_, response) => response.end('{}')).on('connection', () => connections++);
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.`;
    const refused = { error: 'request_not_supported', iss: world.issuer };
    expectSentBack(await ask({ request: unsigned }), app, refused);
    for (const uri of [`http://127.0.0.1:${port}/object`, `http://localhost:${port}/`, `https://127.0.0.1:${port}/`]) {
      expectSentBack(await ask({ request_uri: uri }), app, { ...refused, error: 'request_uri_not_supported' });
    }
    expect(connections).toBe(0);
    await new Promise((resolve) => listener.close(resolve));
  });
});

describe('prompt and max_age', () => {
  it('A15 prompt=none without a session is login_required', async () => {
    expectSentBack(await ask({ prompt: 'none' }), app, { error: 'login_required' });
  });

  it.each([
    { max_age: '-1' },
    { max_age: '1.5' },
    { max_age: 'NaN' },
    { max_age: '9'.repeat(40) },
    { prompt: 'none login' },
    { prompt: 'none consent' },
    { prompt: 'junk' },
  ])('A15 %j is invalid_request', async (changes) => {
    expectSentBack(await ask(changes), app, { error: 'invalid_request' });
  });

  it('A15 max_age=0 makes somebody who is signed in sign in again', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    const silent = await visitor.open(world.authorizeUrl('app', { prompt: 'none' }));
    expect(new URL(silent.url).searchParams.has('code')).toBe(true);
    const again = await visitor.open(world.authorizeUrl('app', { max_age: '0' }));
    expect(again.url).toContain('/interaction/');
    expect(again.text).toContain('name="password"');
    const silently = await visitor.request(world.authorizeUrl('app', { max_age: '0', prompt: 'none' }));
    expectSentBack(silently, app, { error: 'login_required' });
  });
});

describe('what the app sent along', () => {
  it.each([
    ['a%0d%0aX:1', 'a\r\nX:1'],
    ['a%0aSet-Cookie:%20x=1', 'a\nSet-Cookie: x=1'],
    ['a%00b', 'a\0b'],
    ['%E2%80%A8%22%3E%3Cscript%3E', '\u2028"><script>'],
  ])('A16 state=%s comes back encoded, in one Location', async (encoded, state) => {
    const url = world.authorizeUrl('app', { prompt: 'none', state: undefined });
    const raw = await rawHeaders(`${url}&state=${encoded}`);
    const locations = raw.filter(([name]) => name?.toLowerCase() === 'location');
    expect(locations).toHaveLength(1);
    const location = locations[0]?.[1] ?? '';
    expect(location).toMatch(/^[\x21-\x7e]+$/);
    expect(location).not.toMatch(/["<>]/);
    expect(new URL(location).searchParams.get('state')).toBe(state);
    expect(raw.some(([name]) => name?.toLowerCase() === 'x')).toBe(false);
    expect(raw.filter(([, value]) => value === 'x=1')).toEqual([]);
  });
});

function rawHeaders(url: string): Promise<string[][]> {
  return new Promise((resolve, reject) => {
    request(url, (response) => {
      response.resume();
      const raw = response.rawHeaders;
      resolve(raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : [])));
    })
      .on('error', reject)
      .end();
  });
}
