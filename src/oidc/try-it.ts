/**
 * The "try it" sign-in of the start page: Postern as its own relying party, the way any app does it (code, PKCE, nonce,
 * state), so that the tokens shown are those an app would get.
 */
import { createHash } from 'node:crypto';
import { PosternError } from '../base/errors.ts';
import { equalInConstantTime, randomId } from '../base/ids.ts';
import { type Keys, verifyToken } from '../domain/keys/keys.ts';

/** What the browser keeps between the two steps. */
export type TryItState = { state: string; nonce: string; verifier: string };

/** The parameters that came back to the redirect URI. */
type TryItAnswer = Record<'code' | 'state' | 'iss' | 'error', string | undefined>;

type TryItResult = {
  idToken: string;
  header: { alg: string; kid?: string; typ?: string };
  claims: Record<string, unknown>;
  accessToken: { expiresInSeconds: number; isJwt: boolean };
  hasRefreshToken: boolean;
};

type TryItOptions = {
  issuer: string;
  keys: Keys;
  client: { id: string; secret: string };
  /** Asks this server's own token endpoint. */
  requestToken(form: URLSearchParams, authorization: string): Promise<{ status: number; body: string }>;
};

const scope = 'openid profile email groups';

export function createTryIt({ issuer, keys, client, requestToken }: TryItOptions) {
  const redirectUri = `${issuer}/start/done`;

  return {
    /** The authorization request, and what to keep until its answer comes. */
    begin(uiLocales: string): { kept: TryItState; parameters: [string, string][] } {
      const kept = { state: randomId(16), nonce: randomId(16), verifier: randomId(32) };
      const challenge = createHash('sha256').update(kept.verifier).digest('base64url');
      const parameters: [string, string][] = [
        ['client_id', client.id],
        ['response_type', 'code'],
        ['scope', scope],
        ['redirect_uri', redirectUri],
        ['code_challenge', challenge],
        ['code_challenge_method', 'S256'],
        ['state', kept.state],
        ['nonce', kept.nonce],
        ['prompt', 'login'],
        ['ui_locales', uiLocales],
      ];
      return { kept, parameters };
    },

    /** Exchanges the code and verifies the ID token, or returns the refusal. Throws `invalid` with what did not fit. */
    async finish(answer: TryItAnswer, kept: TryItState): Promise<TryItResult | { error: string }> {
      const fits = equalInConstantTime(answer.state ?? '', kept.state) && answer.iss === issuer;
      if (!fits) throw misfit('The answer does not belong to this browser.');
      if (answer.error !== undefined) return { error: answer.error };
      if (answer.code === undefined) throw misfit('The answer has no code.');
      const form = new URLSearchParams({
        grant_type: 'authorization_code',
        code: answer.code,
        redirect_uri: redirectUri,
        code_verifier: kept.verifier,
      });
      const { status, body } = await requestToken(form, basic(client));
      if (status !== 200) throw misfit('The code could not be exchanged.');
      const tokens = JSON.parse(body) as TokenResponse;
      const verified = await verifyToken(tokens.id_token, await keys.signingSet());
      if (!verified) throw misfit('The ID token is not signed by us.');
      const { header, claims } = verified;
      const isOurs = claims.nonce === kept.nonce && claims.aud === client.id && claims.iss === issuer;
      if (!isOurs) throw misfit('The ID token is not for us.');
      return {
        idToken: tokens.id_token,
        header,
        claims,
        accessToken: { expiresInSeconds: tokens.expires_in, isJwt: tokens.access_token.split('.').length === 3 },
        hasRefreshToken: tokens.refresh_token !== undefined,
      };
    },
  };
}
export type TryIt = ReturnType<typeof createTryIt>;

type TokenResponse = { id_token: string; access_token: string; refresh_token?: string; expires_in: number };

const basic = ({ id, secret }: { id: string; secret: string }): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

const misfit = (message: string) =>
  new PosternError('invalid', `${message} Try the sign-in again from the start page.`);
