import type { Provider } from 'oidc-provider';
import { PosternError } from '../base/errors.ts';
import { randomId } from '../base/ids.ts';
import { identityScopes } from '../base/scopes.ts';
import { mayOpen } from '../domain/access/access.ts';
import type { Account } from '../domain/accounts/accounts.ts';
import { accessTokenClaims, availableClaims } from './claims.ts';
import { type EngineClientObject, extraOf } from './client.ts';
import { acr } from './configuration.ts';
import { idTokenClaims } from './id-token.ts';
import { claimModelsOf } from './internals.ts';
import type { OidcDependencies } from './settings.ts';

/** What a sign-in now would bring. `by`: the group that lets the person in, where the client asks for one. */
export type Preview = {
  access: { allowed: boolean; by?: string };
  /** Those that count: of what was asked, or of all the client may ask for. */
  scopes: string[];
  idToken: Record<string, unknown>;
  userinfo: Record<string, unknown>;
  /** As introspection tells it; `scope` is all that was granted, of which a token for a resource names its own alone. */
  accessToken: Record<string, unknown>;
};

/**
 * What tokens of that person for that client would contain, made by what mints them; nothing is stored. Also for somebody
 * who isn't let in: `access` says so. Throws `not_found` for a client that is unknown or switched off.
 */
export async function previewTokens(
  provider: Provider,
  { settings, clock }: OidcDependencies,
  { account, clientId, scopes: asked }: { account: Account; clientId: string; scopes?: readonly string[] | undefined },
): Promise<Preview> {
  const { Client, IdToken, Claims } = claimModelsOf(provider);
  const client = await Client.find(clientId);
  if (!client) {
    throw new PosternError(
      'not_found',
      `There is no client ${clientId} that is switched on. Enable it, or name another.`,
    );
  }
  const scopes = scopesFor(settings, client, asked);
  const of = { client };
  const granted = new Set(scopes);
  const scope = scopes.join(' ');
  const about = (use: 'id_token' | 'userinfo') =>
    availableClaims(account, client, { use, scopes: granted, claims: {} });
  const iat = Math.floor(clock.now() / 1000);

  const idToken = new IdToken({ ...about('id_token'), acr: acr.password, amr: ['pwd'], auth_time: iat }, of);
  Object.assign(idToken, { scope, mask: {}, rejected: [] });
  // There is no session that it could name.
  if (client.includeSid()) idToken.set('sid', randomId());
  const userinfo = new Claims(about('userinfo'), of);
  userinfo.scope(scope);
  const { allowed, by } = mayOpen(account.groups, extraOf(client).postern_access);
  const common = { iss: settings.issuer, client_id: clientId, sub: account.id, scope };
  return {
    access: { allowed: allowed && !account.disabled, ...(by !== undefined && { by }) },
    scopes,
    idToken: idTokenClaims(await idToken.payload(), {
      ...{ issuer: settings.issuer, clientId, iat, exp: iat + settings.lifetimes.idTokenSeconds },
    }),
    userinfo: await userinfo.result(),
    accessToken: { ...accessTokenClaims(account, client, granted), ...common },
  };
}

/** Sign-in always asks for `openid`; leaving is no business of a preview, so `offline_access` is left out. */
function scopesFor(
  { resources }: OidcDependencies['settings'],
  client: EngineClientObject,
  asked: readonly string[] | undefined,
): string[] {
  const allowed = extraOf(client).postern_scopes;
  const candidates = new Set<string>([...identityScopes, ...resources.flatMap(({ scopes }) => scopes)]);
  return [...candidates].filter(
    (scope) =>
      scope === 'openid' ||
      (scope !== 'offline_access' &&
        (allowed === true || allowed.includes(scope)) &&
        (asked === undefined || asked.includes(scope))),
  );
}
