/** Every place that takes a signed token, and every token that must not be taken there (RFC 8725). */
import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SigningJwk, signable, signWith } from '../../../src/domain/keys/keys.ts';
import type { Visitor } from '../../../src/testing/sign-in.ts';
import { type Answer, ask, post } from '../../support/endpoint.ts';
import {
  confusedTokens,
  expensiveTokens,
  type Good,
  goodToken,
  misleadingTokens,
  type Named,
} from '../../support/hostile-tokens.ts';
import { fetchKeySet } from '../../support/key-set.ts';
import { type ListeningApp, startListeningApp } from '../../support/listening-app.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { silently } from '../../support/silent.ts';
import { api, createTeam, payloadOf, type Team, type TeamApp } from '../../support/team.ts';

const by = { by: { type: 'operator' } } as const;
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const now = () => Math.floor(Date.now() / 1000);

let team: Team;
let listener: ListeningApp;
let visitor: Visitor;
let app: TeamApp;
let jwk: SigningJwk;
let tokens: { access_token: string; id_token: string };
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });

beforeAll(async () => {
  [team, listener] = await Promise.all([createTeam(), startListeningApp()]);
  visitor = team.visitor();
  await team.signIn(visitor, team.authorizeUrl('app'));
  app = await team.app();
  const person = await team.person({ groups: ['engineering'] });
  tokens = await app.signIn(person, { scope: 'openid read', resource: api });
  jwk = (await team.postern.keys.signingSet()).active.get('RS256') as SigningJwk;
  const jwks = {
    keys: [{ ...own.publicKey.export({ format: 'jwk' }), kty: 'RSA' as const, kid: 'its-own', alg: 'RS256' }],
  };
  const method = { tokenEndpointAuthMethod: 'private_key_jwt' } as const;
  await team.postern.clients.create({ id: 'signer', ...method, jwks }, by);
  // A client whose keys are ours: whatever we sign is signed by a key of it.
  const ours = (await fetchKeySet(team.issuer)).keys.filter(({ alg }) => alg === 'RS256') as never;
  await team.postern.clients.create({ id: 'mirror', ...method, jwks: { keys: ours } }, by);
});
afterAll(async () => {
  // Nothing of all that made us ask anybody.
  expect(listener.arrivals).toEqual([]);
  await listener.stop();
  await team.stop();
});

const ofIssuer = (typ: string, claims: JWTPayload): Good => ({
  ...{ key: createPrivateKey({ key: { ...jwk }, format: 'jwk' }), algorithm: 'RS256', kid: jwk.kid, typ, claims },
  listener: listener.origin,
});
const hint = (): Good => {
  const times = { iat: now() - 60, exp: now() + 600 };
  return ofIssuer('JWT', { iss: team.issuer, aud: 'app', sub: team.people.alice.id, ...times });
};
const accessToken = (): Good => ofIssuer('at+jwt', payloadOf(tokens.access_token));
const assertion = (claims: JWTPayload = {}): Good => {
  const times = { iat: now(), exp: now() + 60 };
  const whole = { iss: 'signer', sub: 'signer', aud: team.issuer, jti: randomUUID(), ...times, ...claims };
  return {
    key: own.privateKey,
    algorithm: 'RS256',
    kid: 'its-own',
    typ: 'JWT',
    claims: whole,
    listener: listener.origin,
  };
};

const present = (client_assertion: string) =>
  post(`${team.issuer}/token`, {
    grant_type: 'client_credentials',
    client_assertion,
    client_assertion_type: assertionType,
  });
const introspected = async (token: string) => JSON.stringify(await team.introspect(token));
const silent = (id_token_hint: string) =>
  visitor.request(team.authorizeUrl('app', { prompt: 'none', scope: 'openid', id_token_hint }));

type Place = { what: string; good: () => Good; takes(token: string): Promise<boolean> };
const places: Place[] = [
  {
    what: 'as id_token_hint of a sign-out',
    good: hint,
    async takes(token) {
      const browser = team.visitor();
      const answer = await browser.request(`/logout?${new URLSearchParams({ id_token_hint: token })}`);
      expectHarmless(answer);
      return answer.status < 400;
    },
  },
  {
    what: 'as id_token_hint of a request',
    good: hint,
    async takes(token) {
      const answer = await silent(token);
      expectHarmless(answer);
      return new URL(answer.headers.get('location') ?? 'about:blank').searchParams.has('code');
    },
  },
  {
    what: 'as an access token at introspection',
    good: accessToken,
    takes: async (token) => (await introspected(token)) !== '{"active":false}',
  },
  {
    what: 'as client assertion',
    good: assertion,
    async takes(token) {
      const answer = await present(token);
      if (answer.status !== 200) expect(answer.body.error).toMatch(/^invalid_(client|request)$/);
      return answer.status === 200;
    },
  },
];

describe.each(places)('$what', ({ good, takes }) => {
  const taken = async (all: Named[]) => {
    const names: string[] = [];
    for (const [name, token] of all) if (await takes(token)) names.push(name);
    return names;
  };

  it('is taken when it is good', async () => expect(await takes(await goodToken(good()))).toBe(true));

  it('J07 is refused with another algorithm than that of the key, HMAC with the public key and none among them', async () => {
    expect(await taken(await confusedTokens(good()))).toEqual([]);
  });

  it('J08 is refused when it brings a key, says where to get one, or has a header that must be understood', async () => {
    expect(await taken(await misleadingTokens(good()))).toEqual([]);
  });

  it('J11 is refused when it is encrypted, packed or costly to open', async () => {
    expect(await taken(await expensiveTokens(good()))).toEqual([]);
    expect(await silently(team, visitor)).toBe('signed in');
  });
});

describe('a token of another kind (RFC 8725 §3.11)', () => {
  const signed = (type: string, claims: object) => signWith(signable(jwk), type, claims);
  const logoutToken = () =>
    signed('logout+jwt', {
      ...{ iss: team.issuer, aud: 'app', sub: team.people.alice.id, iat: now(), exp: now() + 120, jti: randomUUID() },
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
  const accessTokenFor = (aud: string) =>
    signed('at+jwt', { ...payloadOf(tokens.access_token), aud, sub: team.people.alice.id });

  it.each([
    ['a logout token', logoutToken],
    ['a JWT access token', () => accessTokenFor('app')],
    ['a DPoP proof', () => signed('dpop+jwt', { ...hint().claims })],
    ['a token without a type', async () => goodToken(hint(), { typ: undefined })],
  ])('J09 %s is no id_token_hint, although we signed it for that client and person', async (_what, make) => {
    const token = await make();
    const answer = await visitor.request(`/logout?${new URLSearchParams({ id_token_hint: token })}`);
    expectHarmless(answer);
    expect(answer.status).toBe(400);
    expect(new URL((await silent(token)).headers.get('location') ?? '').searchParams.get('error')).toBe(
      'invalid_request',
    );
    expect(await silently(team, visitor)).toBe('signed in');
  });

  it('J09 an ID token and a logout token are no access tokens', async () => {
    for (const token of [tokens.id_token, await logoutToken(), await signed('JWT', payloadOf(tokens.access_token))]) {
      expect(await introspected(token)).toBe('{"active":false}');
      expect((await team.userinfo(token)).status).toBe(401);
      const headers = { authorization: `Bearer ${token}` };
      expect((await ask(`${team.issuer}/api/v1/accounts`, { headers })).status).toBe(401);
    }
  });

  it('J09 nothing that we sign is an assertion, not even of a client that has our keys for its own', async () => {
    const claims = { iss: 'mirror', sub: 'mirror', aud: team.issuer, jti: randomUUID(), iat: now(), exp: now() + 60 };
    // It would be taken otherwise.
    expect((await present(await signed('JWT', claims))).status).toBe(200);
    const idToken = { ...payloadOf(tokens.id_token), aud: 'mirror', sub: 'mirror', jti: randomUUID() };
    for (const token of [
      tokens.id_token,
      tokens.access_token,
      await logoutToken(),
      await signed('JWT', idToken),
      await signed('at+jwt', { ...claims, jti: randomUUID() }),
      await signed('logout+jwt', { ...claims, jti: randomUUID() }),
    ]) {
      expect(await present(token)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
  });

  it('J09 what a client has signed for something else is no assertion', async () => {
    for (const typ of ['dpop+jwt', 'oauth-authz-req+jwt', 'at+jwt', 'secevent+jwt', 'something']) {
      expect(await present(await goodToken(assertion(), { typ }))).toMatchObject({ status: 401 });
    }
    for (const typ of ['JWT', 'jwt', 'client-authentication+jwt', 'application/client-authentication+jwt', undefined]) {
      expect(await present(await goodToken(assertion(), { typ }))).toMatchObject({ status: 200 });
    }
  });
});

describe('the times of an assertion, with a tolerance of 15 seconds', () => {
  const takes = async (claims: JWTPayload): Promise<boolean> => {
    const { status }: Answer = await present(await goodToken(assertion(claims)));
    return status === 200;
  };
  it.each([
    ['ended 10 seconds ago', true, () => ({ exp: now() - 10 })],
    ['ended 16 seconds ago', false, () => ({ exp: now() - 16 })],
    ['begins in 10 seconds', true, () => ({ nbf: now() + 10 })],
    ['begins in 30 seconds', false, () => ({ nbf: now() + 30 })],
    ['was made 10 seconds from now', true, () => ({ iat: now() + 10 })],
    ['was made a minute from now', false, () => ({ iat: now() + 60 })],
    ['was made an hour from now', false, () => ({ iat: now() + 3600, exp: now() + 60 })],
    ['has no time of its making', true, () => ({ iat: undefined })],
    ['lives for 5 minutes', true, () => ({ exp: now() + 300 })],
    ['lives for 6 minutes', false, () => ({ exp: now() + 360 })],
    ['has its end as text', false, () => ({ exp: String(now() + 60) as never })],
    ['has its end as a list', false, () => ({ exp: [now() + 60] as never })],
    ['ends before all time', false, () => ({ exp: -1 })],
    ['has its making as text', false, () => ({ iat: String(now()) as never })],
    ['has its beginning as text', false, () => ({ nbf: String(now()) as never })],
  ])('J10 one that %s: %s', async (_what, isTaken, claims) => {
    expect(await takes(claims())).toBe(isTaken);
  });
});
