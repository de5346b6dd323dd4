import { type Configuration, errors } from 'oidc-provider';
import type { Algorithm, SigningSet } from '../domain/keys/keys.ts';
import { apiResource, apiServerOf } from './api-token.ts';
import { assertClaimsParameter } from './claims-parameter.ts';
import { type EngineClientObject, extraOf } from './client.ts';
import { deviceSources } from './device.ts';
import { isStillGood } from './entitlement.ts';
import { withoutKey } from './refusals.ts';
import type { OidcDependencies } from './settings.ts';
import { signOutSources } from './sign-out.ts';

type Token = { kind: string; clientId?: string | undefined; aud?: string | string[] | undefined };

/** Which protocol features are on, each with Postern's own policy (experimental ones stay off). */
export function createFeatures(
  dependencies: OidcDependencies,
  signingSet: SigningSet,
): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    claimsParameter: { enabled: true, assertClaimsParameter },
    clientCredentials: { enabled: true },
    userinfo: { enabled: true },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    dPoP: { enabled: true, nonceSecret: dependencies.proofKey.export(), requireNonce: () => false, allowReplay: false },
    introspection: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) =>
        mayIntrospect(dependencies, client, token) &&
        isStillGood(dependencies, { clientId: token.clientId, accountId: accountIdOf(token) }, client),
    },
    revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => mayRevoke(client, token) },
    resourceIndicators: {
      enabled: true,
      defaultResource: async (_ctx, _client, oneOf) => oneOf ?? (undefined as unknown as string),
      useGrantedResource: async () => true,
      getResourceServerInfo: async (ctx, identifier, client) =>
        identifier === apiResource(dependencies.settings.issuer)
          ? apiServerOf(dependencies, ctx, client)
          : resourceServerOf(dependencies, identifier, client, signingSet),
    },
    deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', ...deviceSources(dependencies) },
    rpInitiatedLogout: { enabled: true, ...signOutSources(dependencies) },
  };
}

/**
 * A client may ask about its own tokens; a resource server about those for its resources, or about all (C12). Public
 * clients can't prove who asks, so they learn nothing.
 */
export function mayIntrospect({ settings }: OidcDependencies, client: EngineClientObject, token: Token): boolean {
  if (client.clientAuthMethod === 'none') return false;
  if (token.clientId === client.clientId) return true;
  const identifiers = extraOf(client).postern_resource_server;
  if (identifiers === true) return true;
  if (identifiers === undefined || token.aud === undefined) return false;
  // The list names resources, a token their audience.
  const audiences = settings.resources.filter(({ identifier }) => identifiers.includes(identifier)).map(audienceOf);
  return [token.aud].flat().some((audience) => audiences.includes(audience));
}

const accountIdOf = (token: object): string | undefined => (token as { accountId?: string }).accountId;

/** Only its own; the answer says so instead of pretending (C13). */
function mayRevoke(client: EngineClientObject, token: Token): boolean {
  if (token.clientId !== client.clientId) throw new errors.InvalidRequest('this token was issued to another client');
  return true;
}

const audienceOf = ({ audience, identifier }: OidcDependencies['settings']['resources'][number]): string =>
  audience ?? identifier;

/** RFC 8707: a resource of the configuration, with the scopes that this client may have there (A18, C14). */
export function resourceServerOf(
  { settings }: OidcDependencies,
  identifier: string,
  client: EngineClientObject,
  signingSet: SigningSet,
) {
  const resource = settings.resources.find((candidate) => candidate.identifier === identifier);
  if (!resource) throw new errors.InvalidTarget('unknown resource');
  const allowed = extraOf(client).postern_scopes;
  const scopes = resource.scopes.filter((scope) => allowed === true || allowed.includes(scope));
  if (resource.scopes.length > 0 && scopes.length === 0) {
    throw new errors.InvalidTarget('this client may use no scope of this resource');
  }
  const jwt = resource.format === 'jwt';
  return {
    scope: scopes.join(' '),
    audience: audienceOf(resource),
    accessTokenFormat: resource.format,
    accessTokenTTL:
      resource.seconds ?? (jwt ? settings.lifetimes.jwtAccessTokenSeconds : settings.lifetimes.accessTokenSeconds),
    ...(jwt && { jwt: { sign: signingOf(signingSet, resource.algorithm ?? 'RS256') } }),
  };
}

/** By name: the engine would take whichever key of the algorithm comes first, also one that does not sign any more. */
function signingOf({ active }: SigningSet, alg: Algorithm): { alg: Algorithm; kid: string } {
  const key = active.get(alg);
  if (!key) throw withoutKey(alg);
  return { alg, kid: key.kid };
}
