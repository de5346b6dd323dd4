/** Logout tokens as another provider would sign them, right and wrong, and that provider's discovery document and keys. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { onTestFinished } from 'vitest';

export const clientId = 'grafana';
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

export type Signer = Awaited<ReturnType<typeof createSigner>>;
type Parts = {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  payload?: string | Uint8Array<ArrayBuffer>;
};

/** A signing key of its own. `jwk`: how it is published. */
export async function createSigner(alg = 'RS256', kid: string | undefined = `${alg}-1`) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }), alg, use: 'sig' };
  return {
    ...{ alg, kid, jwk },
    /** Signs exactly these claims; members of the header that are undefined are left out. */
    async sign({ header = {}, claims = {}, payload = JSON.stringify(claims) }: Parts): Promise<string> {
      const whole = without({ alg, kid, typ: 'logout+jwt', ...header });
      const crit = Object.fromEntries(((whole.crit as string[] | undefined) ?? []).map((name) => [name, true]));
      return new CompactSign(typeof payload === 'string' ? new TextEncoder().encode(payload) : payload)
        .setProtectedHeader(whole as { alg: string })
        .sign(privateKey, { crit });
    },
  };
}

/** Claims of a logout token that is in order; what is undefined is left out. `now`: epoch ms. */
export function logoutClaims(issuer: string, now: number, changes: Record<string, unknown> = {}) {
  const iat = Math.floor(now / 1000);
  const jti = crypto.randomUUID();
  const claims = { iss: issuer, aud: clientId, iat, exp: iat + 120, jti, events: { [logoutEvent]: {} } };
  return without({ ...claims, sub: 'acc_1', sid: 'session-1', ...changes });
}

const without = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

export const base64url = (text: string): string => Buffer.from(text).toString('base64url');

/** A token with any header and payload, and a signature that is none. */
export const forged = (header: unknown, claims: unknown, signature = 'c2lnbmF0dXJl'): string =>
  `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}.${signature}`;

/** Serves what a provider publishes, at a place of its own; closed at the end of the test. */
export async function servePublished(keys: JWK[], changes: Record<string, unknown> = {}) {
  const state = { keys, changes, requests: [] as string[] };
  const server = createServer((req, res) => {
    state.requests.push(req.url ?? '');
    const algorithms = [...new Set(state.keys.map(({ alg }) => alg))];
    const document = {
      ...{ issuer, jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported: algorithms },
      ...state.changes,
    };
    const bodies: Record<string, unknown> = {
      '/.well-known/openid-configuration': document,
      '/jwks': { keys: state.keys },
    };
    const body = bodies[req.url ?? ''];
    if (req.url === '/moved') res.writeHead(302, { location: `${issuer}/jwks` }).end();
    else if (req.url === '/silent') return;
    else if (req.url === '/text') res.end('Welcome!');
    else if (req.url === '/endless') res.end(JSON.stringify({ keys: ['x'.repeat(600 * 1024)] }));
    else res.writeHead(body ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  onTestFinished(async () => void (await close()));
  return Object.assign(state, { issuer, close });
}

/** Posts a logout token as a provider does. */
export const deliver = (url: string, token: string): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });
