/** Tells the readiness room what clients do: which of them are alive, have fetched the key set, have used what they got. */
import type { IncomingMessage } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { SigningSet } from '../domain/keys/keys.ts';
import type { OidcDependencies } from './settings.ts';

type Noting = Pick<OidcDependencies, 'readiness' | 'callerOf'>;
/** What the engine keeps of a token; `iat` is epoch seconds. */
type Issued = { clientId?: string; iat?: number; scope?: string };

/** Notes, for a request that was answered with the key set of this generation, who it is that has it now. */
export function createFetchNoter({ readiness, callerOf }: Noting, signingSet: SigningSet) {
  const kids = signingSet.keys.map(({ kid }) => kid);
  return (req: IncomingMessage): void => {
    readiness.noteFetch({ address: callerOf(req).ip, origin: req.headers.origin, kids });
  };
}

/** Called when the request was answered; costs no query. What was refused is no sign of anything. */
export function noteSigns(dependencies: Noting, ctx: KoaContextWithOIDC): void {
  if (ctx.status !== 200 && ctx.status !== 201) return;
  const { client, entities, params, route } = ctx.oidc;
  if (!client) return;
  if (route === 'userinfo') noteUse(dependencies, entities.AccessToken as Issued | undefined);
  else if (hasProvenItself(ctx)) noteCall(dependencies, ctx, client.clientId);
  if (route === 'introspection') noteIntrospected(dependencies, ctx.body);
  if (route === 'token' && params?.grant_type === 'refresh_token') {
    noteUse(dependencies, (entities.RotatedRefreshToken ?? entities.RefreshToken) as Issued | undefined);
  }
}

const authenticating: ReadonlySet<string> = new Set([
  ...['token', 'introspection', 'revocation', 'pushed_authorization_request', 'device_authorization'],
]);

/** By its credentials, or at the token endpoint by what only it has been given; the id of a public client alone proves nothing. */
const hasProvenItself = ({ oidc: { client, route } }: KoaContextWithOIDC): boolean =>
  authenticating.has(route) && (route === 'token' || client?.clientAuthMethod !== 'none');

/** With an Origin it was a page in somebody's browser that called: where that is, says nothing about the client. */
function noteCall({ readiness, callerOf }: Noting, { req }: KoaContextWithOIDC, clientId: string): void {
  const address = req.headers.origin === undefined ? callerOf(req).ip : undefined;
  readiness.noteLife({ clientId, address });
}

/** Without `openid` it came with no ID token (OpenID Connect Core §3.1.2.1). */
function noteUse({ readiness }: Noting, token: Issued | undefined): void {
  if (token?.clientId === undefined || token.iat === undefined || !token.scope?.split(' ').includes('openid')) return;
  readiness.noteUse({ clientId: token.clientId, issuedAt: token.iat * 1000 });
}

/** Who shows a token to be checked has got it from the client that it was issued to, which has used it thereby. */
function noteIntrospected(dependencies: Noting, body: unknown): void {
  const { active, client_id: clientId, iat, scope } = body as { active: boolean; client_id?: string } & Issued;
  if (active) noteUse(dependencies, { clientId, iat, scope });
}
