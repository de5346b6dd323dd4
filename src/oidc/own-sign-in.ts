/** The sign-in of Postern's own pages (/admin, /account): Postern as a client of itself, public, with PKCE. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { PosternError } from '../base/errors.ts';
import { createCodeFlow, type FlowAnswer, type FlowState } from './code-flow.ts';
import { fromEngineError, withErrors } from './refusals.ts';
import type { OidcServices } from './settings.ts';

/** What the browser keeps between the two steps. */
export type OwnSignInState = FlowState;

/** Who came back. `authTime` is when the person last proved who they are, in epoch ms; `sessionUid` the issuer's session. */
export type OwnSignedIn = { accountId: string; authTime: number; sessionUid: string };

/** How the person is asked: OpenID Connect Core §3.1.2.1; `maxAge` in seconds. */
type Asked = { prompt?: string | undefined; maxAge?: number | undefined; uiLocales?: string | undefined };

type Options = { clientId: 'postern-account' | 'postern-admin'; callbackPath: string };

export type OwnSignIn = ReturnType<typeof createOwnSignIn>;

export function createOwnSignIn(
  current: () => Provider,
  { settings, keys, requestToken }: Pick<OidcServices, 'settings' | 'keys' | 'requestToken'>,
  { clientId, callbackPath }: Options,
) {
  const { issuer } = settings;
  const advice = 'Begin the sign-in again.';
  const redirectUri = `${issuer}${callbackPath}`;
  const flow = createCodeFlow({ issuer, keys, client: { id: clientId }, redirectUri, requestToken, advice });

  const face = {
    /** The address to go to, and what to keep in this browser until the answer comes. */
    begin({ prompt, maxAge, uiLocales }: Asked = {}): { url: string; kept: OwnSignInState } {
      const { kept, parameters } = flow.begin([
        ['scope', 'openid'],
        ...optional('prompt', prompt),
        ...optional('max_age', maxAge),
        ...optional('ui_locales', uiLocales),
      ]);
      return { url: `${issuer}/authorize?${new URLSearchParams(parameters)}`, kept };
    },

    /**
     * Exchanges the code. `pair` is the request that brought the answer: its browser must be signed in, as the person whom
     * the ID token names. Throws `invalid` with what did not fit, `forbidden` when the sign-in was refused or cancelled.
     */
    async finish(
      { req, res }: { req: IncomingMessage; res: ServerResponse },
      answer: FlowAnswer,
      kept: OwnSignInState,
    ): Promise<OwnSignedIn> {
      const result = await flow.finish(answer, kept);
      if ('error' in result) {
        throw new PosternError('forbidden', `The sign-in was not finished. ${advice}`, { cause: result });
      }
      const { sub, auth_time: authTime } = result.claims;
      const provider = current();
      const session = await provider.Session.get(provider.createContext(req, res));
      if (typeof sub !== 'string' || typeof authTime !== 'number' || session.accountId !== sub) {
        throw new PosternError('invalid', `This browser is signed in as somebody else by now. ${advice}`);
      }
      return { accountId: sub, authTime: authTime * 1000, sessionUid: session.uid };
    },
  };
  return withErrors(face, fromEngineError);
}

const optional = (name: string, value: string | number | undefined): [string, string][] =>
  value === undefined ? [] : [[name, String(value)]];
