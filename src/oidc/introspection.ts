import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { compactVerify } from 'jose';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { SigningJwk } from '../domain/keys/keys.ts';
import { mayIntrospect } from './features.ts';
import type { OidcDependencies } from './settings.ts';

type Claims = { iss?: string; exp?: number; client_id?: string; aud?: string | string[]; [claim: string]: unknown };

/**
 * The engine refuses to introspect the JWT access tokens that it issued itself; gateways introspect what they are handed.
 * After its refusal (the caller has authenticated by then) the token is checked here (RFC 7662, RFC 9068 §4).
 */
export async function introspectJwt(
  { settings, clock }: OidcDependencies,
  signingSet: readonly SigningJwk[],
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const refusal = ctx.body as { error?: string } | undefined;
  const token = ctx.oidc.params?.token;
  if (ctx.oidc.route !== 'introspection' || refusal?.error !== 'unsupported_token_type') return;
  if (typeof token !== 'string' || !ctx.oidc.client) return;
  const claims = await verify(token, signingSet);
  const isLive = claims?.iss === settings.issuer && (claims.exp ?? 0) > clock.now() / 1000;
  const allowed =
    claims &&
    isLive &&
    mayIntrospect(ctx.oidc.client, { kind: 'AccessToken', clientId: claims.client_id, aud: claims.aud });
  ctx.status = 200;
  ctx.body = allowed ? { active: true, token_type: 'Bearer', ...claims } : { active: false };
}

async function verify(token: string, signingSet: readonly SigningJwk[]): Promise<Claims | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(token, (header) => {
      const jwk = signingSet.find((candidate) => candidate.kid === header.kid && candidate.alg === header.alg);
      if (!jwk) throw new Error('unknown key');
      return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    });
    if (protectedHeader.typ?.toLowerCase() !== 'at+jwt') return undefined;
    return JSON.parse(new TextDecoder().decode(payload)) as Claims;
  } catch {
    return undefined;
  }
}
