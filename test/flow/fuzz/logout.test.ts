import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Visitor } from '../../../src/testing/sign-in.ts';
import { createWorld, type World } from '../../support/world.ts';
import { createRange, junk, parameters, play, protectedState } from './fuzz.ts';

let world: World;
let range: ReturnType<typeof createRange>;
let visitor: Visitor;
let cookie = '';
let idToken = '';
let foreignToken = '';
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  range = createRange(world);
  visitor = world.visitor();
  idToken = await idTokenOf(visitor, 'alice');
  foreignToken = await idTokenOf(world.visitor(), 'bob');
  cookie = [...visitor.jar].map(([name, { value }]) => `${name}=${value}`).join('; ');
});
afterAll(async () => {
  range.close();
  await world.stop();
});

async function idTokenOf(browser: Visitor, person: 'alice' | 'bob'): Promise<string> {
  const back = await world.signIn(browser, world.authorizeUrl('app'), person);
  const { body } = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
  return body.id_token;
}

const form = 'application/x-www-form-urlencoded';
const names = [
  ...['id_token_hint', 'post_logout_redirect_uri', 'client_id', 'state', 'logout_hint', 'ui_locales', 'xsrf', 'logout'],
  ...['__proto__', 'id_token_hint[]'],
];
const json = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed token after something was done to it: a byte, a part, a header, a claim. */
const mutated = (): fc.Arbitrary<string> => {
  const parts = idToken.split('.');
  const [header = '', payload = '', signature = ''] = parts;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const headers = [
    { alg: 'none' },
    { alg: 'HS256' },
    { alg: 'RS256', kid: 'x' },
    { alg: 1 },
    {},
    null,
    [],
    { crit: ['x'] },
  ];
  const changes = [{ aud: 'app2' }, { sub: 'x' }, { iss: 'https://evil.example' }, { exp: 'x' }, { aud: ['app', 7] }];
  const all = fc.oneof(
    fc
      .nat({ max: idToken.length - 1 })
      .map((at) => `${idToken.slice(0, at)}${idToken[at] === 'A' ? 'B' : 'A'}${idToken.slice(at + 1)}`),
    fc.nat({ max: idToken.length }).map((at) => idToken.slice(0, at)),
    fc.constantFrom(...headers).map((value) => `${json(value)}.${payload}.${signature}`),
    fc.constantFrom(...headers).map((value) => `${json(value)}.${payload}.`),
    fc.constantFrom(...changes).map((change) => `${header}.${json({ ...claims, ...change })}.${signature}`),
    fc.constantFrom(null, 1, 'x', [], {}, '__proto__').map((value) => `${header}.${json(value)}.${signature}`),
    junk.map((text) => `${header}.${Buffer.from(text).toString('base64url')}.${signature}`),
    junk.map((text) => `${Buffer.from(text).toString('base64url')}.${payload}.${signature}`),
    fc.shuffledSubarray(parts, { minLength: 1 }).map((some) => some.join('.')),
    fc.constantFrom(`${idToken}.`, `.${idToken}`, `${idToken}.e30.e30`, '..', '....', `${idToken}=`, ` ${idToken}`),
  );
  return all.filter((text) => !isSame(text, idToken));
};

/** The same header, claims and signature, however they are written (some bits of the last letter mean nothing). */
function isSame(text: string, original: string): boolean {
  const bytes = (token: string) => token.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
  return bytes(text).join('.') === bytes(original).join('.');
}

describe('junk at sign-out', () => {
  it('P05 with a changed id_token_hint gets no server error and signs nobody out', async () => {
    const before = await protectedState(world.postern.db);
    const target = fc.constantFrom('https://rp.example/', 'https://evil.example/', undefined);
    const jar = fc.constantFrom(cookie, undefined);
    await play(fc.tuple(mutated(), target, jar, fc.boolean()), async ([hint, address, cookies, isPost]) => {
      const query = new URLSearchParams({ id_token_hint: hint, ...(address && { post_logout_redirect_uri: address }) });
      const headers = { 'content-type': form, ...(cookies !== undefined && { cookie: cookies }) };
      const shot = isPost ? { path: '/logout', body: `${query}` } : { path: `/logout?${query}` };
      const answer = await range.fire({ method: isPost ? 'POST' : 'GET', ...shot, headers });
      const asked = answer.headers.get('location');
      // What is posted is sent on to the address that it stands for.
      const goesOn = isPost && asked?.startsWith('/logout?') === true;
      const hit = goesOn ? await range.fire({ method: 'GET', path: asked, headers }) : answer;
      // An address may only be left for on the word of a hint that is sound.
      expect(hit.headers.get('location') ?? '').not.toContain('evil.example');
      if (hit.status === 200) expect(hit.text).not.toContain('evil.example');
    });
    expect(await protectedState(world.postern.db)).toEqual(before);
  });

  it('P05 with any parameters, but without a hint for the person who is signed in, gets no server error and signs nobody out', async () => {
    const before = await protectedState(world.postern.db);
    const right = {
      id_token_hint: foreignToken,
      client_id: 'app',
      post_logout_redirect_uri: 'https://rp.example/',
      state: 's',
    };
    const path = fc.constantFrom('/logout', '/logout', '/logout/confirm', '/logout/success', '/logout/');
    const jar = fc.oneof(
      fc.constantFrom(cookie, undefined),
      junk.map((text) => encodeURIComponent(text.toWellFormed())),
    );
    await play(fc.tuple(path, parameters(names, right), jar, fc.boolean()), async ([place, query, cookies, isPost]) => {
      const headers = { 'content-type': form, ...(cookies !== undefined && { cookie: cookies }) };
      const shot = isPost ? { path: place, body: query } : { path: `${place}?${query}` };
      await range.fire({ method: isPost ? 'POST' : 'GET', ...shot, headers });
    });
    expect(await protectedState(world.postern.db)).toEqual(before);
    const still = await visitor.request(world.authorizeUrl('app', { prompt: 'none' }));
    expect(still.headers.get('location')).toContain('code=');
  });
});
