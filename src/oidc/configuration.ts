import { type ClientMetadata, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { identityScopes } from '../base/scopes.ts';
import { scopeClaims } from '../domain/accounts/accounts.ts';
import { extraClientMetadata, responseTypes, validateExtraClientMetadata } from '../domain/clients/clients.ts';
import { type Algorithm, algorithms, type SigningSet } from '../domain/keys/keys.ts';
import { createAdapterFactory } from './adapter.ts';
import { availableClaims, extraTokenClaims, type LoadedAccount, scopesOf } from './claims.ts';
import { type EngineClientObject, extraOf, rotatesRefreshTokens } from './client.ts';
import { cookieNames, cookieSigner } from './cookies.ts';
import { keySetPath } from './documents.ts';
import { isLetIn } from './entitlement.ts';
import { renderEngineError } from './errors.ts';
import { createFeatures } from './features.ts';
import { existingGrant } from './grants.ts';
import { nameGrant } from './introspection.ts';
import { lifetimesOf } from './lifetimes.ts';
import { createEngineFetch } from './outgoing.ts';
import { createPolicy } from './policy.ts';
import type { OidcDependencies } from './settings.ts';

/** What clients may sign assertions and DPoP proofs with: asymmetric, none of them weak (B12, J07). */
const proofAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;

/** Our settings as the engine's configuration. Pure: nothing is read or written before a request comes. */
export function createConfiguration(dependencies: OidcDependencies, signingSet: SigningSet): Configuration {
  const { settings } = dependencies;
  return {
    adapter: createAdapterFactory(dependencies),
    jwks: { keys: [...signingSet.keys] } as Configuration['jwks'],
    cookies: {
      keys: cookieSigner(dependencies.cookieKeys),
      names: cookieNames(settings.issuer),
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: '/' },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
    },
    routes,
    responseTypes: [...responseTypes],
    scopes: [...identityScopes],
    claims: { ...scopeClaims, openid: ['sub', 'auth_time', 'acr', 'amr'] },
    acrValues: [acr.password, acr.picker],
    conformIdTokenClaims: false,
    allowOmittingSingleRegisteredRedirectUri: false,
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: algorithms.filter((name) => isOffered(dependencies, signingSet, name)),
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
    features: createFeatures(dependencies, signingSet),
    discovery: {
      ui_locales_supported: ['en', 'de'],
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    },
    interactions: { policy: createPolicy(dependencies), url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id, token) => findAccount(dependencies, ctx, { id, isOfToken: token !== undefined }),
    extraTokenClaims,
    formats: { customizers: { jwt: (_ctx, token, jwt) => nameGrant(dependencies, token, jwt) } },
    loadExistingGrant: existingGrant,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async (_ctx, code) => !code.scopes.has('offline_access'),
    rotateRefreshToken: (ctx) => rotatesRefreshTokens(ctx.oidc.client as EngineClientObject),
    revokeGrantPolicy: (ctx) => ctx.oidc.route !== 'revocation' || revokesWholeGrant(ctx),
    clientBasedCORS: (_ctx, origin, client) => isOriginOf(origin, client),
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims, header) =>
      assertAssertion(claims, header, dependencies.clock.now()),
    renderError: (ctx, out, error) => renderEngineError(dependencies, ctx, out, error),
    fetch: createEngineFetch(dependencies.outbound),
  };
}

/** One that was dropped from the settings goes on as long as it has a key, which is as long as a client uses it. */
const isOffered = ({ settings }: OidcDependencies, { active }: SigningSet, name: Algorithm): boolean =>
  settings.keys.algorithms.includes(name) || active.has(name);

/** How a person proved who they are. */
export const acr = { password: 'urn:postern:password', picker: 'urn:postern:dev-picker' };

const routes = {
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  jwks: keySetPath,
  introspection: '/introspect',
  revocation: '/revoke',
  pushed_authorization_request: '/par',
  code_verification: '/device',
  device_authorization: '/device/code',
  registration: '/register',
  end_session: '/logout',
};

/**
 * A disabled person is absent, and to a token also one whom its client does not let in any more: what was issued for them
 * is worth nothing (security.md C07). At /authorize that is a question of its own, see policy.ts.
 */
async function findAccount(
  { accounts }: OidcDependencies,
  ctx: KoaContextWithOIDC,
  { id, isOfToken }: { id: string; isOfToken: boolean },
): Promise<LoadedAccount | undefined> {
  const account = await accounts.find(id);
  const client = ctx.oidc.client as EngineClientObject;
  if (!account || account.disabled || (isOfToken && !isLetIn(account, client))) return undefined;
  return {
    accountId: account.id,
    account,
    claims: async (use, scope, claims) => {
      // The engine's types have any text here; it knows these two (lib/helpers/account_claims.js).
      const asked = { use: use as 'id_token' | 'userinfo', scopes: scopesOf(scope), claims };
      return availableClaims(account, client, asked);
    },
  };
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

/** RFC 8725 §3.11: what else a client signs is no assertion. Most say JWT or nothing. */
const assertionTypes = /^(application\/)?(jwt|client-authentication\+jwt)$/i;

/**
 * RFC 7523 §3: an assertion that lives for hours is as good as a password; and one from the future is from a clock that
 * nothing is to be trusted of (security.md J10).
 */
function assertAssertion(claims: { exp?: unknown; iat?: unknown }, { typ }: { typ?: unknown }, now: number): void {
  const latest = now / 1000 + toleranceSeconds;
  if (typ !== undefined && !assertionTypes.test(String(typ))) {
    throw new errors.InvalidClientAuth('the client assertion is a token of another type');
  }
  if (Number(claims.exp) > latest + longestAssertionSeconds) {
    throw new errors.InvalidClientAuth('the client assertion must expire within five minutes');
  }
  if (Number(claims.iat ?? 0) > latest) throw new errors.InvalidClientAuth('the client assertion is from the future');
}
