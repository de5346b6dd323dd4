import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { canBeImpersonated } from '../domain/clients/clients.ts';
import { extraOf } from './client.ts';
import type { OidcDependencies } from './settings.ts';

const { Check, base } = interactionPolicy;

/** Prompts and checks: the engine's own, with an account that is gone and clients to be unsure of. */
export function createPolicy({ settings }: OidcDependencies) {
  const policy = base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (!login || !consent) throw new Error('oidc-provider has no login or consent prompt any more');
  login.checks.add(accountUnavailable());
  consent.checks.remove('native_client_prompt');
  consent.checks.add(unsureClient(settings.mode), 0);
  return policy;
}

/** Without it a session whose account was disabled or deleted ends in a server error (engine.md §6). */
const accountUnavailable = () =>
  new Check('account_unavailable', 'the account is not available any more', 'login_required', (ctx) => {
    return Boolean(ctx.oidc.session?.accountId) && !ctx.oidc.account;
  });

/**
 * Anyone can pose as a client that has no secret and no https address of its own: such a one asks every time (G04,
 * RFC 8252 §8.6). In `dev` and `testing` only native clients do.
 */
const unsureClient = (mode: OidcDependencies['settings']['mode']) =>
  new Check('unsure_client', 'anyone could pose as this client', 'interaction_required', (ctx) => {
    if (ctx.oidc.result?.consent) return Check.NO_NEED_TO_PROMPT;
    return isUnsure(ctx, mode) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
  });

function isUnsure(ctx: KoaContextWithOIDC, mode: OidcDependencies['settings']['mode']): boolean {
  const client = ctx.oidc.client;
  if (!client) return false;
  if (client.applicationType === 'native' && !extraOf(client).postern_first_party) return true;
  return mode === 'serve' && canBeImpersonated(client.clientAuthMethod, ctx.oidc.params?.redirect_uri);
}
