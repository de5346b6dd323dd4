/**
 * The common fixture behind a proxy, so that everybody can have an address of their own, with keys that are published for
 * an hour before they sign.
 */
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import type { PosternOptions } from '../../src/testing/testing.ts';
import { basic, type Form, post } from './endpoint.ts';
import { challenge, createWorld, verifier } from './world.ts';

export const by = { by: { type: 'operator' } } as const;
export const hour = 3_600_000;
export type ReadinessWorld = Awaited<ReturnType<typeof createReadinessWorld>>;
type ClientInput = Parameters<Awaited<ReturnType<typeof createWorld>>['postern']['clients']['create']>[0];
type Tokens = { access_token: string; refresh_token: string; id_token: string };

export async function createReadinessWorld(options: PosternOptions = {}) {
  const world = await createWorld({
    ...{ strictClients: true, http: { trustProxy: ['127.0.0.1'] } },
    keys: { publishAheadSeconds: hour / 1000 },
    ...options,
  });
  const { postern, issuer } = world;
  const { username, password } = world.people.alice;

  const keySet = (address: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${issuer}/jwks`, { method, headers: { 'x-forwarded-for': address, ...headers } });

  return {
    ...{ ...world, postern, issuer, keySet },

    /** A client of its own, at that address. Of a page, `origin` goes with what it asks. */
    async client(id: string, address: string, input: Partial<ClientInput> = {}, origin?: string) {
      const redirectUri = input.redirectUris?.[0] ?? `https://${id}.example/cb`;
      const registered = { id, kind: 'web', redirectUris: [redirectUri], access: 'everybody', ...input } as ClientInput;
      const { secret } = await postern.clients.create(registered, by);
      const own = secret === undefined ? {} : basic(id, secret);
      const headers = { ...own, 'x-forwarded-for': address, ...(origin !== undefined && { origin }) };
      const as = secret === undefined ? { client_id: id } : {};
      const ask = (path: string, form: Form, more: Record<string, string> = {}) =>
        post(`${issuer}${path}`, { ...as, ...form }, { ...headers, ...more });
      return {
        ...{ id, secret, ask },
        fetchKeys: (more: Record<string, string> = {}) =>
          keySet(address, { ...(origin !== undefined && { origin }), ...more }),
        refresh: (token: string) => ask('/token', { grant_type: 'refresh_token', refresh_token: token }),
        userinfo: (token: string) =>
          fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': address } }),

        /** alice signs in with a browser somewhere else; what the client gets for the code. */
        async signIn(changes: Record<string, string> = {}): Promise<Tokens> {
          const request = {
            ...{ client_id: id, redirect_uri: redirectUri, response_type: 'code', scope: 'openid profile' },
            ...{ code_challenge: challenge, code_challenge_method: 'S256', state: 'x', nonce: 'y', ...changes },
          };
          const url = `${issuer}/authorize?${new URLSearchParams(request)}`;
          const back = await signIn(createVisitor(issuer), url, { username, password });
          const code = back.searchParams.get('code') ?? '';
          const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
          const { status, body } = await ask('/token', form);
          if (status !== 200) throw new Error(`No tokens: ${back.href} ${JSON.stringify(body)}`);
          return body as Tokens;
        },
      };
    },

    /** The next key, published now; one that waited to sign does so first. */
    async publish(): Promise<string> {
      const waiting = (await postern.keys.list()).find(
        ({ algorithm, state }) => algorithm === 'RS256' && state === 'pending',
      );
      if (waiting) await postern.keys.activate(waiting.kid, by);
      return (await postern.keys.rotate('RS256', by)).kid;
    },
    active: async (): Promise<string> => (await postern.keys.signingSet()).active.get('RS256')?.kid ?? '',

    row: async (kid: string, id: string) => {
      const { clients } = await postern.readiness.of(kid);
      return clients.find(({ clientId }) => clientId === id);
    },
  };
}

export const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
