import type { KoaContextWithOIDC } from 'oidc-provider';
import { type SigningJwk, verifyToken } from '../domain/keys/keys.ts';
import { mayIntrospect } from './features.ts';
import type { OidcDependencies } from './settings.ts';

type Claims = { iss?: string; exp?: number; client_id?: string; aud?: string | string[]; cnf?: { jkt?: string } };

/**
 * The engine refuses to introspect the JWT access tokens that it issued itself; gateways introspect what they are handed.
 * After its refusal (the caller has authenticated by then) the token is checked here (RFC 7662, RFC 9068 §4).
 */
export async function introspectJwt(
  dependencies: OidcDependencies,
  signingSet: readonly SigningJwk[],
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const { settings, clock } = dependencies;
  const refusal = ctx.body as { error?: string } | undefined;
  const token = ctx.oidc.params?.token;
  if (ctx.oidc.route !== 'introspection' || refusal?.error !== 'unsupported_token_type') return;
  if (typeof token !== 'string' || !ctx.oidc.client) return;
  const verified = await verifyToken(token, signingSet);
  const claims = (verified?.header.typ?.toLowerCase() === 'at+jwt' ? verified.claims : {}) as Claims;
  const isLive = claims.iss === settings.issuer && (claims.exp ?? 0) > clock.now() / 1000;
  const issued = { kind: 'AccessToken', clientId: claims.client_id, aud: claims.aud };
  ctx.status = 200;
  ctx.body =
    isLive && mayIntrospect(dependencies, ctx.oidc.client, issued)
      ? { active: true, token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP', ...claims }
      : { active: false };
}
