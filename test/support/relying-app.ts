/** An app behind Postern: it sends people there with PKCE, redeems what they bring back, and tells what it got. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from 'openid-client';

/** What a sign-in brought the app: who it is, in the words of the ID token, or the refusal. */
export type Outcome = { claims: Record<string, unknown> } | { error: string; description: string | undefined };
export type RelyingApp = Awaited<ReturnType<typeof startRelyingApp>>;
type Registered = { issuer: string; id: string; secret: string };

/** Listens on a free port before anybody has registered it; tell it its `registered` data by `use`. */
export async function startRelyingApp() {
  const begun = new Map<string, string>();
  let registered: Registered | undefined;

  async function provider() {
    if (!registered) throw new Error('Nobody has registered this app yet');
    const { issuer, id, secret } = registered;
    const options = { execute: [client.allowInsecureRequests] };
    return client.discovery(new URL(issuer), id, {}, client.ClientSecretBasic(secret), options);
  }

  /** The address that a sign-in starts at. */
  async function begin(): Promise<URL> {
    const [verifier, state] = [client.randomPKCECodeVerifier(), client.randomState()];
    begun.set(state, verifier);
    return client.buildAuthorizationUrl(await provider(), {
      redirect_uri: `${origin}/callback`,
      scope: 'openid profile groups roles',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    });
  }

  /** What comes of the address that the browser was sent back to. */
  async function finish(url: URL): Promise<Outcome> {
    const expectedState = url.searchParams.get('state') ?? '';
    const pkceCodeVerifier = begun.get(expectedState) ?? '';
    begun.delete(expectedState);
    try {
      const checks = { pkceCodeVerifier, expectedState, idTokenExpected: true };
      const tokens = await client.authorizationCodeGrant(await provider(), url, checks);
      return { claims: { ...tokens.claims() } };
    } catch (error) {
      if (!(error instanceof client.AuthorizationResponseError)) throw error;
      return { error: error.error, description: error.error_description };
    }
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname === '/login') return response.writeHead(303, { location: (await begin()).href }).end();
    if (url.pathname !== '/callback') return response.writeHead(404).end();
    const outcome = await finish(url);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><title>The app</title><pre id="outcome">${JSON.stringify(outcome)}</pre>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    redirectUri: `${origin}/callback`,
    begin,
    finish,
    use(given: Registered): void {
      registered = given;
    },
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
