import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { ExtraClientMetadata } from '../domain/clients/clients.ts';
import { addressPrefix } from '../domain/throttles/throttles.ts';
import type { OidcDependencies } from './settings.ts';

const { Check, base } = interactionPolicy;

/** Prompts and checks: the engine's own, with an account that is gone, too many sign-ins, and clients to be unsure of. */
export function createPolicy(dependencies: OidcDependencies) {
  const policy = base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (!login || !consent) throw new Error('oidc-provider has no login or consent prompt any more');
  login.checks.add(accountUnavailable());
  login.checks.add(tooManySignIns(dependencies), 0);
  consent.checks.remove('native_client_prompt');
  consent.checks.add(unsureClient(dependencies.settings.mode), 0);
  return policy;
}

/** Without it a session whose account was disabled or deleted ends in a server error (engine.md §6). */
const accountUnavailable = () =>
  new Check('account_unavailable', 'the account is not available any more', 'login_required', (ctx) => {
    return Boolean(ctx.oidc.session?.accountId) && !ctx.oidc.account;
  });

/** Counts requests that would start a new interaction, before it is stored (O08). Never asks for a prompt itself. */
function tooManySignIns({ settings, throttles, callerOf }: OidcDependencies) {
  const { enabled, authorize } = settings.throttle;
  return new Check('too_many_requests', 'too many sign-ins were started', 'temporarily_unavailable', async (ctx) => {
    if (!enabled || ctx.oidc.session?.accountId) return Check.NO_NEED_TO_PROMPT;
    const key = `authorize|${addressPrefix(callerOf(ctx.req).ip)}`;
    const { allowed, retryAfterSeconds } = await throttles.reserve(key, authorize);
    if (!allowed)
      throw tooManyRequests(
        ctx,
        'too many sign-ins were started from this network, try again later',
        retryAfterSeconds,
      );
    return Check.NO_NEED_TO_PROMPT;
  });
}

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
  if (client.applicationType === 'native' && !(client as unknown as ExtraClientMetadata).postern_first_party)
    return true;
  if (mode !== 'serve' || client.clientAuthMethod !== 'none') return false;
  return !String(ctx.oidc.params?.redirect_uri ?? '').startsWith('https:');
}

/** 429 with Retry-After, in OAuth's words. */
export function tooManyRequests(ctx: KoaContextWithOIDC, description: string, retryAfterSeconds: number): Error {
  ctx.set('Retry-After', String(retryAfterSeconds));
  const error = new errors.CustomOIDCProviderError('temporarily_unavailable', description);
  return Object.assign(error, { status: 429, statusCode: 429, expose: true, allow_redirect: false });
}
