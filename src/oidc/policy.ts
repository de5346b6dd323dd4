import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { canBeImpersonated } from '../domain/clients/clients.ts';
import { loadedAccountOf } from './claims.ts';
import { extraOf } from './client.ts';
import { isLetIn } from './entitlement.ts';
import type { OidcDependencies } from './settings.ts';

/** Refusals that are written down, per account and client: a page that is asked for again and again must not fill the log. */
const noted = { limit: 10, windowSeconds: 60 };

const { Check, Prompt, base } = interactionPolicy;

/** What the app is told about a person whom its access rule does not let in. */
export const accessRefusal = 'this account may not use this app';

/** Prompts and checks: the engine's own, with an account that is gone, access rules, and clients to be unsure of. */
export function createPolicy(dependencies: OidcDependencies) {
  const { settings } = dependencies;
  const policy = base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (!login || !consent) throw new Error('oidc-provider has no login or consent prompt any more');
  login.checks.add(accountUnavailable());
  consent.checks.remove('native_client_prompt');
  consent.checks.add(unsureClient(settings.mode), 0);
  // Who it is comes first, and nobody is asked to allow what they may not open.
  policy.add(new Prompt({ name: 'access' }, noAccess(dependencies)), 1);
  return policy;
}

/** Without it a session whose account was disabled or deleted ends in a server error (engine.md §6). */
const accountUnavailable = () =>
  new Check('account_unavailable', 'the account is not available any more', 'login_required', (ctx) => {
    return Boolean(ctx.oidc.session?.accountId) && !ctx.oidc.account;
  });

/**
 * Signed in, and not let in: a page says so, where the person may be somebody else or go back. To `prompt=none` it is
 * access_denied at once. Runs once for each request, so each try is one event, up to ten a minute.
 */
const noAccess = ({ recordEvent, callerOf, throttles }: OidcDependencies) =>
  new Check('no_access', accessRefusal, 'access_denied', async (ctx) => {
    const { client } = ctx.oidc;
    const account = loadedAccountOf(ctx);
    if (!client || !account || isLetIn(account, client)) return Check.NO_NEED_TO_PROMPT;
    const bucket = `access-refused|${account.id}|${client.clientId}`;
    if (!(await throttles.reserve(bucket, noted)).allowed) return Check.REQUEST_PROMPT;
    const groups = extraOf(client).postern_access;
    await recordEvent({
      event: 'access.refused',
      detail: { groups: Array.isArray(groups) ? groups : [] },
      actor: { type: 'account', id: account.id },
      ...{ accountId: account.id, clientId: client.clientId, ...callerOf(ctx.req) },
    });
    return Check.REQUEST_PROMPT;
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
  // Our own pages are where the person is already; nobody else gets what is sent to them.
  if (!client || extraOf(client).postern_origin === 'built_in') return false;
  if (client.applicationType === 'native' && !extraOf(client).postern_first_party) return true;
  return mode === 'serve' && canBeImpersonated(client.clientAuthMethod, ctx.oidc.params?.redirect_uri);
}
