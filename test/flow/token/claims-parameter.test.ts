import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, endpointsOf, post } from '../../support/endpoint.ts';
import { expectSentBack } from '../../support/refusals.ts';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  at = endpointsOf(world);
});
afterAll(() => world?.stop());

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** What is typed into the form. */
const personOf = (name: 'alice') => ({ username: name, password: world.people[name].password });

describe('the claims parameter', () => {
  it('gives single claims, each in the place it was asked for', async () => {
    const claims = JSON.stringify({ id_token: { email: null }, userinfo: { name: { essential: true } } });
    const { access_token, id_token } = await at.tokens('app', { scope: 'openid', claims });
    expect(claimsOf(id_token)).toMatchObject({ email: 'alice@example.test' });
    expect(claimsOf(id_token)).not.toHaveProperty('name');
    const { body } = await at.userinfo(access_token);
    expect(body).toMatchObject({ name: 'alice of the tests' });
    expect(body).not.toHaveProperty('email');
  });

  it('and the scope of a client that wants claims from /userinfo alone: the ID token has what was asked for by name', async () => {
    const redirectUri = 'https://lean.example/cb';
    const input = { id: 'lean', redirectUris: [redirectUri], claimsInIdToken: false };
    const { secret = '' } = await world.postern.clients.create(input, { by: { type: 'system' } });
    const tokensFor = async (changes: Record<string, string>) => {
      const own = { client_id: 'lean', redirect_uri: redirectUri, scope: 'openid profile email', ...changes };
      const back = await world.signIn(world.visitor(), world.authorizeUrl('app', own));
      const form = { ...world.codeForm('app', back.searchParams.get('code')), redirect_uri: redirectUri };
      return (await post(`${world.issuer}/token`, form, basic('lean', secret))).body;
    };
    const lean = await tokensFor({});
    expect(claimsOf(lean.id_token)).toMatchObject({ sub: world.people.alice.id, nonce: 'a-nonce' });
    for (const claim of ['name', 'email', 'preferred_username'])
      expect(claimsOf(lean.id_token)).not.toHaveProperty(claim);
    expect((await at.userinfo(lean.access_token)).body).toMatchObject({ email: 'alice@example.test' });
    const asked = await tokensFor({ claims: JSON.stringify({ id_token: { email: null } }) });
    expect(claimsOf(asked.id_token)).toMatchObject({ email: 'alice@example.test' });
    expect(claimsOf(asked.id_token)).not.toHaveProperty('name');
    // Every other client finds them there (house.md 0).
    const { id_token } = await at.tokens('app', { scope: 'openid email' });
    expect(claimsOf(id_token)).toMatchObject({ email: 'alice@example.test' });
  });

  it('is shown to the person, who may refuse', async () => {
    const claims = JSON.stringify({ userinfo: { email: null } });
    const visitor = world.visitor();
    const page = await visitor.submit(
      await visitor.open(world.authorizeUrl('app', { scope: 'openid', claims })),
      personOf('alice'),
    );
    expect(page.text).toContain('id="consent-allow"');
    expect(page.text.toLowerCase()).toMatch(/e-?mail/);
  });

  it('gives nothing that does not exist, and nothing of somebody else', async () => {
    const claims = JSON.stringify({ userinfo: { password: null, passwordHash: null, id: null, __proto__x: null } });
    const { access_token } = await at.tokens('app', { scope: 'openid', claims });
    expect((await at.userinfo(access_token)).body).toEqual({ sub: world.people.alice.id });
    // OpenID Connect Core §5.5.1: a subject that is asked for must be the one who signs in.
    const other = JSON.stringify({ id_token: { sub: { value: world.people.bob.id } } });
    const visitor = world.visitor();
    const url = world.authorizeUrl('app', { scope: 'openid', claims: other });
    const answer = await visitor.submit(await visitor.open(url), personOf('alice'));
    expect(new URL(answer.url).searchParams.get('code')).toBeNull();
  });

  it.each(['{', '[]', '"x"', 'null', '{"id_token":1}', '{"userinfo":"x"}', '{}', '{"other":{}}'])(
    'refuses %s',
    async (claims) => {
      const answer = await world.visitor().request(world.authorizeUrl('app', { claims }));
      expectSentBack(answer, redirectUris.app, { error: 'invalid_request' });
    },
  );
});
