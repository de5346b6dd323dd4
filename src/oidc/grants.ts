import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { loadedAccountOf } from './claims.ts';
import { extraOf } from './client.ts';
import { isLetIn } from './entitlement.ts';

/** What the person has allowed this client in this session; a first-party client is allowed what it asks for. */
export async function existingGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider, result } = ctx.oidc;
  const account = loadedAccountOf(ctx);
  if (!client || !session?.accountId || !account || !isLetIn(account, client)) return undefined;
  const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const found = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  // A grant of another person (an account switch in between) is no grant of this one.
  const grant = found?.accountId === session.accountId && found.clientId === client.clientId ? found : undefined;
  if (!extraOf(client).postern_first_party) return grant;
  return allowAll(ctx, grant ?? new provider.Grant({ accountId: session.accountId, clientId: client.clientId }));
}

/** Adds whatever is asked for and not yet allowed; saves only when something was added. */
async function allowAll(ctx: KoaContextWithOIDC, grant: Grant): Promise<Grant> {
  const before = JSON.stringify([grant.openid, grant.resources]);
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '));
  grant.addOIDCClaims([...ctx.oidc.requestParamClaims]);
  for (const [resource, { scopes }] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    const asked = [...ctx.oidc.requestParamScopes].filter((scope) => scopes.has(scope));
    if (asked.length > 0) grant.addResourceScope(resource, asked.join(' '));
  }
  if (!grant.jti || JSON.stringify([grant.openid, grant.resources]) !== before) await grant.save();
  return grant;
}
