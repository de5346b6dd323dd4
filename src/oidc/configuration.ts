import { type Account, type ClientMetadata, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { identityScopes } from '../base/scopes.ts';
import { claimsOf, scopeClaims } from '../domain/accounts/accounts.ts';
import { extraClientMetadata, validateExtraClientMetadata } from '../domain/clients/clients.ts';
import type { SigningJwk } from '../domain/keys/keys.ts';
import { createAdapterFactory } from './adapter.ts';
import { type EngineClientObject, extraOf, rotatesRefreshTokens } from './client.ts';
import { cookieNames } from './cookies.ts';
import { renderEngineError } from './errors.ts';
import { createFeatures } from './features.ts';
import { existingGrant } from './grants.ts';
import { lifetimesOf } from './lifetimes.ts';
import { createPolicy } from './policy.ts';
import type { OidcDependencies } from './settings.ts';

const signingAlgorithms = ['RS256', 'ES256'] as const;
/** What clients may sign assertions and DPoP proofs with: asymmetric, none of them weak (B12, J07). */
const proofAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;

/** Our settings as the engine's configuration. Pure: nothing is read or written before a request comes. */
export function createConfiguration(dependencies: OidcDependencies, signingSet: readonly SigningJwk[]): Configuration {
  const { settings, accounts } = dependencies;
  const cookieKey = dependencies.cookieKey.export().toString('base64url');
  return {
    adapter: createAdapterFactory(dependencies),
    jwks: { keys: [...signingSet] } as Configuration['jwks'],
    cookies: {
      keys: [cookieKey],
      names: cookieNames(settings.issuer),
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: '/' },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
    },
    routes,
    responseTypes: ['code'],
    scopes: [...identityScopes],
    claims: { ...scopeClaims, openid: ['sub', 'auth_time', 'acr', 'amr'] },
    acrValues: [acr.password, acr.picker],
    conformIdTokenClaims: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: [...signingAlgorithms],
      clientAuthSigningAlgValues: [...proofAlgorithms],
      dPoPSigningAlgValues: [...proofAlgorithms],
    } as Configuration['enabledJWA'],
    clientDefaults: { id_token_signed_response_alg: 'RS256' } as ClientMetadata,
    extraClientMetadata: {
      properties: [...extraClientMetadata],
      validator: (ctx, name, value) => validateExtraClientMetadata(ctx, name, value),
    },
    pkce: { required: (_ctx, client) => extraOf(client).postern_pkce_optional !== true },
    ttl: lifetimesOf(settings.lifetimes, dependencies.clock),
    features: createFeatures(dependencies),
    discovery: { ui_locales_supported: ['en', 'de'] },
    interactions: { policy: createPolicy(dependencies), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    async findAccount(ctx, id) {
      const account = await accounts.find(id);
      // A disabled person is absent: what was issued for them is worth nothing (security.md C07).
      if (!account || account.disabled) return undefined;
      const claims: Account['claims'] = async (use, _scope, asked) =>
        use === 'id_token' && !wantsClaimsInIdToken(ctx) ? only(asked, claimsOf(account)) : claimsOf(account);
      return { accountId: account.id, claims };
    },
    loadExistingGrant: existingGrant,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async (_ctx, code) => !code.scopes.has('offline_access'),
    rotateRefreshToken: (ctx) => rotatesRefreshTokens(ctx.oidc.client as EngineClientObject),
    revokeGrantPolicy: (ctx) => ctx.oidc.route !== 'revocation' || revokesWholeGrant(ctx),
    clientBasedCORS: (_ctx, origin, client) => isOriginOf(origin, client),
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims) => assertFreshAssertion(claims, dependencies.clock.now()),
    renderError: (ctx, out, error) => renderEngineError(dependencies, ctx, out, error),
    // Nothing that Postern offers calls out yet; what would, fails here and not on the network (A14).
    fetch: async () => {
      throw new errors.InvalidRequest('outgoing requests are switched off');
    },
  };
}

/** How a person proved who they are. */
export const acr = { password: 'urn:postern:password', picker: 'urn:postern:dev-picker' };

const routes = {
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  introspection: '/introspect',
  revocation: '/revoke',
  pushed_authorization_request: '/par',
  code_verification: '/device',
  device_authorization: '/device/code',
  registration: '/register',
  end_session: '/logout',
};

/** By default the claims of scopes are in the ID token too (house.md 0); a client may want them from /userinfo alone. */
const wantsClaimsInIdToken = ({ oidc }: KoaContextWithOIDC): boolean =>
  !oidc.client || extraOf(oidc.client).postern_claims_in_id_token !== false;

/** The claims that were asked for by name (OpenID Connect Core §5.5), and who it is. */
function only<Claims extends { sub: string }>(asked: object, claims: Claims): { sub: string } & Partial<Claims> {
  const named = Object.entries(claims).filter(([name]) => Object.hasOwn(asked, name));
  return { ...(Object.fromEntries(named) as Partial<Claims>), sub: claims.sub };
}

/** Revoking a refresh token ends the grant; an access token alone leaves the consent in place (RFC 7009 §2.1). */
function revokesWholeGrant(ctx: KoaContextWithOIDC): boolean {
  return ctx.oidc.entities.RefreshToken !== undefined;
}

/** CORS: the origins of a client's redirect URIs, and no opaque origin (G15). */
function isOriginOf(origin: string, client: EngineClientObject): boolean {
  if (origin === 'null') return false;
  return (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
}

const longestAssertionSeconds = 300;
const toleranceSeconds = 15;

/** RFC 7523 §3: an assertion that lives for hours is as good as a password. */
function assertFreshAssertion(claims: { exp?: unknown }, now: number): void {
  if (Number(claims.exp) > now / 1000 + longestAssertionSeconds + toleranceSeconds) {
    throw new errors.InvalidClientAuth('the client assertion must expire within five minutes');
  }
}
