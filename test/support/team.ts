/** The common fixture with apps that are not open to everybody, and a resource whose tokens are JWTs. */
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import type { PosternOptions } from '../../src/testing/testing.ts';
import { basic, type Form, post } from './endpoint.ts';
import { challenge, createWorld, verifier, type World } from './world.ts';

export const api = 'https://api.example';
export const by = { type: 'operator' } as const;
const redirectUri = 'https://wiki.example/cb';
const grantTypes = [
  ...(['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'] as const),
];

export type Team = Awaited<ReturnType<typeof createTeam>>;
export type TeamApp = Awaited<ReturnType<Team['app']>>;
type ClientInput = Parameters<World['postern']['clients']['create']>[0];
type AccountInput = Parameters<World['postern']['accounts']['create']>[0];

export async function createTeam(kind: 'sqlite' | 'postgresql' = 'sqlite', options: PosternOptions = {}) {
  const world = await createWorld({
    strictClients: true,
    resources: [{ identifier: api, scopes: ['read'], format: 'jwt' }],
    kind,
    ...options,
  });
  const { accounts, clients } = world.postern;
  const gateway = await clients.create({ id: 'gateway', resourceServer: true }, { by });
  let count = 0;

  return {
    ...world,
    /** Somebody of their own; `typed` is what they type to sign in. */
    async person(input: Partial<AccountInput> = {}) {
      const username = `person${++count}`;
      const password = `quiet lantern over ${username} seven`;
      const { id } = await accounts.create({ username, password, ...input } as AccountInput, { by });
      return { id, typed: { username: input.username ?? username, password } };
    },

    /** A confidential app of its own, by default open to engineering. */
    async app(input: Partial<ClientInput> = {}) {
      const { id = `wiki${++count}` } = input;
      const scope = 'openid profile email groups roles offline_access read';
      const own = { id, redirectUris: [redirectUri], grantTypes, scope, access: ['engineering'] };
      const { secret = '' } = await clients.create({ ...own, ...input } as ClientInput, { by });
      return appOf(world, id, secret);
    },

    /** What somebody who may ask about every token is told. */
    introspect: async (token: string) =>
      (await post(`${world.issuer}/introspect`, { token }, basic('gateway', gateway.secret ?? ''))).body,
    userinfo: (token: string) => fetch(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } }),
  };
}

type Person = { typed: { username: string; password: string } };

function appOf({ issuer }: World, id: string, secret: string) {
  const headers = basic(id, secret);
  const token = (form: Form) => post(`${issuer}/token`, form, headers);

  const authorizeUrl = (changes: Record<string, string> = {}): string => {
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const request = { client_id: id, redirect_uri: redirectUri, response_type: 'code', state: 'a-state', ...pkce };
    return `${issuer}/authorize?${new URLSearchParams({ ...request, scope: 'openid', ...changes })}`;
  };

  return {
    id,
    secret,
    token,
    authorizeUrl,
    refresh: (refreshToken: string) => token({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    introspect: async (given: string) => (await post(`${issuer}/introspect`, { token: given }, headers)).body,
    redeem: (code: string | null) =>
      token({ grant_type: 'authorization_code', code: code ?? '', redirect_uri: redirectUri, code_verifier: verifier }),

    /** The person signs in and allows; the tokens that the app gets. */
    async signIn(person: Person, changes: Record<string, string> = {}) {
      const back = await signIn(createVisitor(issuer), authorizeUrl(changes), person.typed);
      const { status, body } = await this.redeem(back.searchParams.get('code'));
      if (status !== 200) throw new Error(`No tokens: ${back.href} ${JSON.stringify(body)}`);
      return body as { access_token: string; refresh_token: string; id_token: string; scope: string };
    },
  };
}

export const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
