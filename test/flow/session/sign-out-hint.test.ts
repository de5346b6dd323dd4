import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Visitor } from '../../../src/testing/sign-in.ts';
import { expectRefusedHere } from '../../support/refusals.ts';
import { silently } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let visitor: Visitor;
beforeAll(async () => {
  world = await createWorld();
  visitor = world.visitor();
  await world.signIn(visitor, world.authorizeUrl('app'));
});
afterAll(() => world.stop());

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = (changes: JWTPayload = {}): JWTPayload => {
  const now = Math.floor(Date.now() / 1000);
  const sub = world.people.alice.id;
  return { iss: world.issuer, aud: 'app', sub, iat: now - 900, exp: now - 300, ...changes };
};

/** Signed by the key that signs ID tokens, unless another one is given. */
async function sign(payload: JWTPayload, header: Record<string, string> = {}, foreign = false): Promise<string> {
  const signingSet = await world.postern.keys.signingSet();
  const jwk = signingSet.keys.find((key) => key.alg === 'RS256');
  if (!jwk) throw new Error('there is no RS256 key');
  const own = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  const key = foreign ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey : own;
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'JWT', ...header }).sign(key);
}

const ask = (hint: string, more: Record<string, string> = {}) =>
  visitor.request(`/logout?${new URLSearchParams({ id_token_hint: hint, ...more })}`);

describe('an id_token_hint that proves nothing', () => {
  it.each<[string, () => Promise<string>]>([
    ['J07 alg none', async () => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims())}.`],
    ['J07 alg none in capitals', async () => `${encode({ alg: 'NONE' })}.${encode(claims())}.`],
    ['another issuer', () => sign(claims({ iss: 'https://evil.example' }))],
    ['no issuer', () => sign(claims({ iss: undefined }))],
    ['J08 an unknown kid', () => sign(claims(), { kid: 'unknown' })],
    ['our kid, another key', () => sign(claims(), {}, true)],
    ['an unknown audience', () => sign(claims({ aud: 'nobody' }))],
    ['no audience', () => sign(claims({ aud: undefined }))],
    ['two audiences', () => sign(claims({ aud: ['app', 'app2'] }))],
    ['no subject', () => sign(claims({ sub: undefined }))],
    ['J10 not valid yet', () => sign(claims({ nbf: Math.floor(Date.now() / 1000) + 600 }))],
    [
      'J07 HS256 with the public key as its secret',
      async () => `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims())}.${'A'.repeat(43)}`,
    ],
    [
      'another payload under a good signature',
      async () => (await sign(claims())).replace(/\.[^.]+\./, `.${encode(claims({ sub: 'acc_other' }))}.`),
    ],
    ['no JWT', async () => 'no.jwt.at-all'],
    ['nothing of a JWT', async () => '<script>alert(1)</script>'],
    ['numbers for claims', () => sign({ ...claims(), iss: 7, sub: 7, aud: 7 } as never)],
  ])('D10 %s → 400, still signed in', async (_, makeHint) => {
    const hint = await makeHint();
    const answer = await ask(hint, { post_logout_redirect_uri: 'https://rp.example/' });
    expectRefusedHere(answer, 400);
    expect(/<main[\s\S]*<\/main>/.exec(answer.text)?.[0]).not.toContain(hint);
    expect(await silently(world, visitor)).toBe('signed in');
  });

  it('D10 a client_id that is not the one of the ID token → 400', async () => {
    expectRefusedHere(await ask(await sign(claims()), { client_id: 'app2' }), 400);
    expect(await silently(world, visitor)).toBe('signed in');
  });

  it('D10 J09 a JWT of another type, signed by us for that client → 400', async () => {
    for (const typ of ['at+jwt', 'logout+jwt']) {
      const answer = await ask(await sign(claims(), { typ }));
      expectRefusedHere(answer, 400);
      expect(answer.text).toContain('send an ID token');
    }
    expect(await silently(world, visitor)).toBe('signed in');
  });

  it('D10 an ID token of somebody else asks first', async () => {
    const page = await ask(await sign(claims({ sub: world.people.bob.id })));
    expect(page.status).toBe(200);
    expect(page.text).toContain('id="logout-yes"');
    expect(await silently(world, visitor)).toBe('signed in');
  });

  it('the link to the other language names the client and leaves the ID token out', async () => {
    const page = await ask(await sign(claims({ sub: world.people.bob.id })), {
      post_logout_redirect_uri: 'https://rp.example/',
    });
    const [, link = ''] = /href="([^"]*)" lang="de"/.exec(page.text) ?? [];
    const query = new URL(link.replaceAll('&amp;', '&'), world.issuer).searchParams;
    expect(Object.fromEntries(query)).toEqual({
      ...{ client_id: 'app', post_logout_redirect_uri: 'https://rp.example/', ui_locales: 'de' },
    });
    expect((await visitor.request(link.replaceAll('&amp;', '&'))).text).toContain('id="logout-yes"');
  });

  it('D10 these are all that differs: signed by us and expired, it signs out', async () => {
    const signedOut = world.visitor();
    await world.signIn(signedOut, world.authorizeUrl('app'));
    const hint = await sign(claims());
    expect((await signedOut.request(`/logout?${new URLSearchParams({ id_token_hint: hint })}`)).status).toBe(303);
    expect(await silently(world, signedOut)).toBe('login_required');
  });
});
