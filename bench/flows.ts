/** The measured flows. Each is one function from a prepared target to a step that is run again and again. */
import { createHash, randomBytes } from 'node:crypto';
import * as cast from './cast.ts';
import type { Step } from './load.ts';
import type { Target } from './target.ts';
import { connect, header, type Reply, request, type Send } from './wire.ts';

/** What a round needs: a live session, an access token from it, and how to send a request to the target. */
export type Prepared = {
  target: Target;
  cookie: string;
  /** The first token answer as it came. */
  sample: Tokens;
  accessToken: string;
  refreshTokens: string[];
};

export type Tokens = {
  access_token: string;
  id_token?: string;
  refresh_token?: string;
  scope?: string;
  expires_in?: number;
};

export type Flow = {
  name: string;
  /** CPU of Postern relative to bare on raw SQLite that must not be exceeded; undefined where there is no goal. */
  goal?: number;
  step(prepared: Prepared): Step;
};

const basic = (id: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${cast.secret}`).toString('base64')}` });
const answeredWell = (reply: Reply) => reply.status === 200;
const json = <T>(reply: Reply) => JSON.parse(reply.body.toString()) as T;

/** A flow whose requests are all the same text. */
function constant(text: (prepared: Prepared) => string): Flow['step'] {
  return (prepared) => {
    const ready = text(prepared);
    return async (send) => answeredWell(await send(ready));
  };
}

function clientCredentials(resource?: string): Flow['step'] {
  const body = { grant_type: 'client_credentials', ...(resource && { resource, scope: cast.resourceScope }) };
  return constant(({ target }) => request(target.host, 'POST', '/token', basic(cast.machineClient), body));
}

/** Code + PKCE S256 on a live session: the authorization request and the token request. Throws on any other answer. */
export async function codeFlow(target: Target, cookie: string, send: Send): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: cast.webClient,
    response_type: 'code',
    redirect_uri: cast.callback,
    scope: cast.scope,
    state: 'x',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const authorized = await send(request(target.host, 'GET', `/authorize?${query}`, { cookie }));
  const location = header(authorized, 'location') ?? '';
  const code = location.startsWith(cast.callback) ? new URL(location).searchParams.get('code') : null;
  if (code === null)
    throw new Error(`no code from ${target.name}: ${authorized.status} ${location} ${authorized.body}`);
  const exchanged = await send(
    request(target.host, 'POST', '/token', basic(cast.webClient), {
      grant_type: 'authorization_code',
      code,
      redirect_uri: cast.callback,
      code_verifier: verifier,
    }),
  );
  if (exchanged.status !== 200) throw new Error(`no tokens from ${target.name}: ${exchanged.status} ${exchanged.body}`);
  return json<Tokens>(exchanged);
}

/** Signs in anew and fetches what the flows use: one access token, and one refresh token for each connection. */
export async function prepare(target: Target, connections: number): Promise<Prepared> {
  const cookie = await target.signIn();
  const connection = connect(target.port);
  const first = await codeFlow(target, cookie, connection.send);
  const refreshTokens: string[] = [];
  while (refreshTokens.length < connections) {
    const { refresh_token: refreshToken } = await codeFlow(target, cookie, connection.send);
    if (refreshToken === undefined) throw new Error(`${target.name} issued no refresh token`);
    refreshTokens.push(refreshToken);
  }
  connection.close();
  return { target, cookie, sample: first, accessToken: first.access_token, refreshTokens };
}

function rotatingRefresh({ target, refreshTokens }: Prepared): Step {
  return async (send, worker) => {
    const presented = refreshTokens[worker] as string;
    const fields = { grant_type: 'refresh_token', refresh_token: presented };
    const reply = await send(request(target.host, 'POST', '/token', basic(cast.webClient), fields));
    if (!answeredWell(reply)) throw new Error(`refresh at ${target.name}: ${reply.status} ${reply.body}`);
    const next = json<Tokens>(reply).refresh_token;
    if (next === undefined || next === presented) throw new Error(`${target.name} did not rotate the refresh token`);
    refreshTokens[worker] = next;
    return true;
  };
}

export const flows: Flow[] = [
  {
    name: 'discovery',
    goal: 1.1,
    step: constant(({ target }) => request(target.host, 'GET', '/.well-known/openid-configuration')),
  },
  { name: 'key set', goal: 1.1, step: constant(({ target }) => request(target.host, 'GET', '/jwks')) },
  { name: 'client credentials, opaque', step: clientCredentials() },
  { name: 'client credentials, RS256', step: clientCredentials('urn:bench:rs256') },
  { name: 'client credentials, ES256', step: clientCredentials('urn:bench:es256') },
  {
    name: 'userinfo',
    goal: 1.5,
    step: constant(({ target, accessToken }) =>
      request(target.host, 'GET', '/userinfo', { authorization: `Bearer ${accessToken}` }),
    ),
  },
  {
    name: 'introspection',
    goal: 1.5,
    step: ({ target, accessToken }) => {
      const fields = { token: accessToken, token_type_hint: 'access_token' };
      const ready = request(target.host, 'POST', '/introspect', basic(cast.webClient), fields);
      return async (send) => json<{ active: boolean }>(await send(ready)).active;
    },
  },
  { name: 'refresh, rotating', goal: 1.3, step: rotatingRefresh },
  {
    name: 'code + PKCE',
    goal: 1.3,
    step:
      ({ target, cookie }) =>
      async (send) =>
        (await codeFlow(target, cookie, send)).access_token !== undefined,
  },
];
