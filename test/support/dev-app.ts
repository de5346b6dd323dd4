/** An app that a running `dev` has never heard of: registers on first use, signs alice in, redeems and refreshes. */
import { createHash } from 'node:crypto';
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';

const verifier = 'a-code-verifier-that-is-long-enough-for-rfc-7636-9876543210';
const redirectUri = 'http://localhost:9/callback';
const clientId = 'unheard-of';

// biome-ignore lint/suspicious/noExplicitAny: what a token endpoint answers, read by tests
export type TokenReply = { status: number; headers: Headers; body: any };

export function createDevApp(issuer: string) {
  async function token(form: Record<string, string>): Promise<TokenReply> {
    const body = new URLSearchParams({ client_id: clientId, ...form });
    const response = await fetch(`${issuer}/token`, { method: 'POST', body });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }
  return {
    token,
    refresh: (refreshToken: string) => token({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    /** Through the sign-in pages as alice, up to the tokens. */
    async signIn(): Promise<TokenReply> {
      return this.redeem(await this.authorize());
    },
    redeem: (code: string) =>
      token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }),
    /** The same, up to the code. */
    async authorize(): Promise<string> {
      const parameters = {
        ...{ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', prompt: 'consent' },
        ...{ scope: 'openid offline_access', code_challenge_method: 'S256' },
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      };
      const url = `${issuer}/authorize?${new URLSearchParams(parameters)}`;
      const callback = await signIn(createVisitor(issuer), url, { username: 'alice', password: 'alice' });
      return callback.searchParams.get('code') ?? '';
    },
    userinfo: async (accessToken: string) =>
      (await fetch(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } })).status,
  };
}
