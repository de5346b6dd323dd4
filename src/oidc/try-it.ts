/** The "try it" sign-in of the start page: as any app would, so that the tokens shown are those an app would get. */
import type { Keys } from '../domain/keys/keys.ts';
import { createCodeFlow, type FlowAnswer, type FlowState, type FlowTokens, type RequestToken } from './code-flow.ts';

/** What the browser keeps between the two steps. */
export type TryItState = FlowState;

type TryItResult = Pick<FlowTokens, 'header' | 'claims'> & {
  idToken: string;
  accessToken: { expiresInSeconds: number; isJwt: boolean };
  hasRefreshToken: boolean;
};

type TryItOptions = {
  issuer: string;
  keys: Keys;
  client: { id: string; secret: string };
  requestToken: RequestToken;
};

const scope = 'openid profile email groups';

export function createTryIt({ issuer, ...options }: TryItOptions) {
  const flow = createCodeFlow({
    ...{ ...options, issuer, redirectUri: `${issuer}/start/done` },
    advice: 'Try the sign-in again from the start page.',
  });

  return {
    /** The authorization request, and what to keep until its answer comes. */
    begin: (uiLocales: string): { kept: TryItState; parameters: [string, string][] } =>
      flow.begin([
        ['scope', scope],
        ['prompt', 'login'],
        ['ui_locales', uiLocales],
      ]),

    /** Exchanges the code and verifies the ID token, or returns the refusal. Throws `invalid` with what did not fit. */
    async finish(answer: FlowAnswer, kept: TryItState): Promise<TryItResult | { error: string }> {
      const result = await flow.finish(answer, kept);
      if ('error' in result) return result;
      const { tokens, header, claims } = result;
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
