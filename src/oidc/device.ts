import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { addressPrefix } from '../domain/throttles/throttles.ts';
import { engineClientOf } from './client.ts';
import { cookieNames } from './cookies.ts';
import { renderEngineError } from './errors.ts';
import type { DeviceCodeFailure, EngineClient } from './pages.ts';
import type { OidcDependencies } from './settings.ts';

type Sources = Required<NonNullable<NonNullable<Configuration['features']>['deviceFlow']>>;

/** The pages of the device flow (RFC 8628 §3.3), and what the approving person is told about the device. */
export function deviceSources(
  dependencies: OidcDependencies,
): Pick<Sources, 'deviceInfo' | 'userCodeInputSource' | 'userCodeConfirmSource' | 'successSource'> {
  const { pages, callerOf } = dependencies;
  return {
    deviceInfo: (ctx) => ({ ip: callerOf(ctx.req).ip }),
    async userCodeInputSource(ctx, _form, out, error) {
      if (error?.name === 'AbortedError') {
        await recordRefusal(dependencies, ctx);
        ctx.body = pages.deviceRefused(ctx);
        return;
      }
      const failure = error && failureOf(error);
      const userCode = typeof ctx.oidc.params?.user_code === 'string' ? ctx.oidc.params.user_code : '';
      if (error && out && !failure) return renderEngineError(dependencies, ctx, out, error);
      if (failure) ctx.status = 400;
      ctx.body = pages.deviceCode(ctx, { ...formOf(ctx), userCode, failure });
    },
    async userCodeConfirmSource(ctx, _form, client, deviceInfo, userCode) {
      ctx.body = pages.deviceConfirm(ctx, {
        ...formOf(ctx),
        userCode,
        shownCode: userCode,
        client: { clientId: client.clientId, clientName: client.clientName } satisfies EngineClient,
        address: typeof deviceInfo?.ip === 'string' ? deviceInfo.ip : undefined,
      });
    },
    async successSource(ctx) {
      ctx.body = pages.deviceDone(ctx, { client: engineClientOf(ctx) ?? { clientId: '' } });
    },
  };
}

/** The person has stopped it, at the code or later at the sign-in: then the interaction has the device's request. */
async function recordRefusal({ recordEvent, callerOf }: OidcDependencies, ctx: KoaContextWithOIDC): Promise<void> {
  const { entities, session } = ctx.oidc;
  const { client_id: clientId, scope } = (entities.DeviceCode ?? entities.Interaction)?.params ?? {};
  const accountId = session?.accountId;
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  await recordEvent({
    event: 'device.refused',
    detail: { scopes },
    actor: accountId === undefined ? { type: 'anonymous' } : { type: 'account', id: accountId },
    ...{ accountId, clientId: String(clientId), ...callerOf(ctx.req) },
  });
}

function formOf(ctx: KoaContextWithOIDC): { action: string; xsrf: string } {
  const state = ctx.oidc.session?.state as { secret?: string } | undefined;
  return { action: '/device', xsrf: state?.secret ?? '' };
}

/**
 * After GET /device?user_code=…: the code stands in our form, where the engine would have sent it by script. Nothing is
 * looked up before the person says so (H03).
 */
export function offerCode({ pages }: OidcDependencies, ctx: KoaContextWithOIDC): void {
  const userCode = ctx.oidc.params?.user_code;
  if (ctx.oidc.route !== 'code_verification' || ctx.method !== 'GET' || ctx.status !== 200) return;
  if (typeof userCode === 'string') ctx.body = pages.deviceCode(ctx, { ...formOf(ctx), userCode });
}

const failures: Record<string, DeviceCodeFailure> = {
  NoCodeError: { kind: 'missing' },
  NotFoundError: { kind: 'unknown' },
  ExpiredError: { kind: 'expired' },
  AlreadyUsedError: { kind: 'used' },
  // A form of another session or too old: the person starts again.
  InvalidRequest: { kind: 'expired' },
  SessionNotFound: { kind: 'expired' },
};

const failureOf = (error: Error): DeviceCodeFailure | undefined => failures[error.name];

/**
 * Before the engine's device routes, which take a session for granted (security.md finding 5): a request without one is
 * sent to the form, unless it comes back from an interaction (a switch of accounts has ended its session). Counts guesses.
 * Returns true when it has answered.
 */
export async function answerDeviceRequest(dependencies: OidcDependencies, ctx: KoaContextWithOIDC): Promise<boolean> {
  const path = ctx.path.toLowerCase().replace(/\/$/, '');
  // A GET of any path below is the engine's resume route, also where devices post to.
  const needsSession = ctx.method === 'POST' ? path === '/device' : path.startsWith('/device/');
  if (!needsSession || !['GET', 'HEAD', 'POST'].includes(ctx.method)) return false;
  if (ctx.method !== 'POST' && ctx.cookies.get(cookieNames(dependencies.settings.issuer).resume)) return false;
  const provider = ctx.app as unknown as Provider;
  const session = await provider.Session.get(ctx as never);
  if (session.exp === undefined) {
    ctx.status = 303;
    ctx.redirect('/device');
    ctx.status = 303;
    return true;
  }
  return ctx.method === 'POST' && (await refuseGuessing(dependencies, ctx, session.uid));
}

/** Counts before the code is looked up; a right one is given back by `forgiveRightCode` (H02). */
async function refuseGuessing(dependencies: OidcDependencies, ctx: KoaContextWithOIDC, uid: string): Promise<boolean> {
  const { settings, throttles, pages, callerOf } = dependencies;
  const { enabled, userCode } = settings.throttle;
  if (!enabled) return false;
  const session = { limit: userCode.perSession, windowSeconds: settings.lifetimes.deviceCodeSeconds };
  for (const [key, limit] of userCodeLimits(uid, callerOf(ctx.req).ip, session, userCode)) {
    const { allowed, retryAfterSeconds } = await throttles.reserve(key, limit);
    if (allowed) continue;
    ctx.status = 429;
    ctx.type = 'html';
    ctx.set('Retry-After', String(retryAfterSeconds));
    const page = {
      action: '/device',
      xsrf: '',
      userCode: '',
      failure: { kind: 'throttled', retryAfterSeconds } as const,
    };
    ctx.body = pages.deviceCode(ctx, page);
    return true;
  }
  return false;
}

type Limit = { limit: number; windowSeconds: number };

function userCodeLimits(
  uid: string,
  ip: string,
  session: Limit,
  userCode: { address: Limit; global: Limit },
): [string, Limit][] {
  return [
    [`user-code|session|${uid}`, session],
    [`user-code|address|${addressPrefix(ip)}`, userCode.address],
    ['user-code|global', userCode.global],
  ];
}

/** Only wrong codes count: what was reserved for a code that exists is refunded. */
export async function forgiveRightCode(dependencies: OidcDependencies, ctx: KoaContextWithOIDC): Promise<void> {
  const { settings, throttles, callerOf } = dependencies;
  const session = ctx.oidc.session;
  if (!settings.throttle.enabled || ctx.oidc.route !== 'code_verification' || ctx.method !== 'POST') return;
  if (!ctx.oidc.entities.DeviceCode || !session) return;
  const unused = { limit: 0, windowSeconds: 0 };
  const keys = userCodeLimits(session.uid, callerOf(ctx.req).ip, unused, { address: unused, global: unused });
  for (const [key] of keys) await throttles.refund(key);
}
