/**
 * Postern as its own relying party: the authorization code flow the way any app does it (code, PKCE, nonce, state), with
 * the code exchanged at the server's own token endpoint.
 */
import { createHash } from 'node:crypto';
import { PosternError } from '../base/errors.ts';
import { equalInConstantTime, randomId } from '../base/ids.ts';
import { type Keys, verifyToken } from '../domain/keys/keys.ts';

/** What the browser keeps between the two steps. */
export type FlowState = { state: string; nonce: string; verifier: string };

/** The parameters that came back to the redirect URI. */
export type FlowAnswer = Record<'code' | 'state' | 'iss' | 'error', string | undefined>;

/** Asks this server's own token endpoint; without `authorization` as a public client. */
export type RequestToken = (form: URLSearchParams, authorization?: string) => Promise<{ status: number; body: string }>;

export type FlowTokens = {
  tokens: { id_token: string; access_token: string; refresh_token?: string; expires_in: number };
  header: { alg: string; kid?: string; typ?: string };
  claims: Record<string, unknown>;
};

type FlowOptions = {
  issuer: string;
  keys: Keys;
  client: { id: string; secret?: string };
  redirectUri: string;
  requestToken: RequestToken;
  /** What a person is told to do when an answer does not fit. */
  advice: string;
};

export function createCodeFlow({ issuer, keys, client, redirectUri, requestToken, advice }: FlowOptions) {
  const misfit = (message: string) => new PosternError('invalid', `${message} ${advice}`);

  return {
    /** The parameters of the authorization request, and what to keep until its answer comes. */
    begin(asked: [string, string][]): { kept: FlowState; parameters: [string, string][] } {
      const kept = { state: randomId(16), nonce: randomId(16), verifier: randomId(32) };
      const challenge = createHash('sha256').update(kept.verifier).digest('base64url');
      const parameters: [string, string][] = [
        ['client_id', client.id],
        ['response_type', 'code'],
        ['redirect_uri', redirectUri],
        ['code_challenge', challenge],
        ['code_challenge_method', 'S256'],
        ['state', kept.state],
        ['nonce', kept.nonce],
        ...asked,
      ];
      return { kept, parameters };
    },

    /** Exchanges the code and verifies the ID token, or returns the refusal. Throws `invalid` with what did not fit. */
    async finish(answer: FlowAnswer, kept: FlowState): Promise<FlowTokens | { error: string }> {
      const fits = equalInConstantTime(answer.state ?? '', kept.state) && answer.iss === issuer;
      if (!fits) throw misfit('The answer does not belong to this browser.');
      if (answer.error !== undefined) return { error: answer.error };
      if (answer.code === undefined) throw misfit('The answer has no code.');
      const form = new URLSearchParams({
        grant_type: 'authorization_code',
        code: answer.code,
        redirect_uri: redirectUri,
        code_verifier: kept.verifier,
        ...(client.secret === undefined && { client_id: client.id }),
      });
      const { status, body } = await requestToken(form, authorizationOf(client));
      if (status !== 200) throw misfit('The code could not be exchanged.');
      const tokens = JSON.parse(body) as FlowTokens['tokens'];
      const verified = await verifyToken(tokens.id_token, (await keys.signingSet()).keys);
      if (!verified) throw misfit('The ID token is not signed by us.');
      const { header, claims } = verified;
      const isOurs = claims.nonce === kept.nonce && claims.aud === client.id && claims.iss === issuer;
      if (!isOurs) throw misfit('The ID token is not for us.');
      return { tokens, header, claims };
    },
  };
}

/** RFC 6749 §2.3.1; undefined for a public client. */
function authorizationOf({ id, secret }: FlowOptions['client']): string | undefined {
  if (secret === undefined) return undefined;
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
}
