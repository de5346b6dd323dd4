import type { KoaContextWithOIDC } from 'oidc-provider';
import { type PublicJwk, verifyWithAny } from '../domain/keys/keys.ts';
import { isStillGood } from './entitlement.ts';
import { mayIntrospect } from './features.ts';
import type { OidcDependencies } from './settings.ts';

/** No rule of a client may set it: it is among the `reservedClaims`. */
const grantClaim = 'postern_grant';

type Claims = {
  iss?: string;
  exp?: number;
  iat?: number;
  sub?: string;
  client_id?: string;
  aud?: string | string[];
  cnf?: { jkt?: string };
  [grantClaim]?: string;
};

/**
 * Says in a JWT access token which grant it comes from, by the handle of that grant, which opens nothing: so introspection
 * can tell that the grant was taken back or ended with its session, which nobody who only checks the signature can.
 */
export function nameGrant(
  { records }: Pick<OidcDependencies, 'records'>,
  token: object,
  jwt: { payload: Record<string, unknown> },
): void {
  const { grantId } = token as { grantId?: string };
  if (grantId !== undefined) jwt.payload[grantClaim] = records.held.grantHandle(grantId);
}

/**
 * The engine refuses to introspect the JWT access tokens that it issued itself; gateways introspect what they are handed.
 * After its refusal (the caller has authenticated by then) the token is checked here (RFC 7662, RFC 9068 §4).
 */
export async function introspectJwt(
  dependencies: OidcDependencies,
  keySets: readonly (readonly PublicJwk[])[],
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const { settings, clock, records } = dependencies;
  const refusal = ctx.body as { error?: string } | undefined;
  const token = ctx.oidc.params?.token;
  if (ctx.oidc.route !== 'introspection' || refusal?.error !== 'unsupported_token_type') return;
  if (typeof token !== 'string' || !ctx.oidc.client) return;
  const verified = await verifyWithAny(token, keySets);
  const said = (verified?.header.typ?.toLowerCase() === 'at+jwt' ? verified.claims : {}) as Claims;
  const { [grantClaim]: grant, ...claims } = said;
  const isLive =
    claims.iss === settings.issuer &&
    (claims.exp ?? 0) > clock.now() / 1000 &&
    (grant === undefined || (await records.isGrantThere(grant))) &&
    (await isStillGood(dependencies, issuedOf(claims), ctx.oidc.client));
  const issued = { kind: 'AccessToken', clientId: claims.client_id, aud: claims.aud };
  ctx.status = 200;
  ctx.body =
    isLive && mayIntrospect(dependencies, ctx.oidc.client, issued)
      ? { active: true, token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP', ...claims }
      : { active: false };
}

/** A token that a client got for itself has its own id as subject (RFC 9068 §2.2), and no person has such an id (B14). */
const issuedOf = ({ client_id: clientId, sub, iat = 0 }: Claims) => ({
  ...{ clientId, iat },
  accountId: sub === clientId ? undefined : sub,
});
