import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { type PublicJwk, publicPart, type SigningSet } from '../domain/keys/keys.ts';
import { createConfiguration } from './configuration.ts';
import { answerDeviceRequest, forgiveRightCode, offerCode } from './device.ts';
import { paceDevice } from './device-polling.ts';
import { createDocuments, type Documents } from './documents.ts';
import { answerStray } from './errors.ts';
import { listenToEngine, settleEvents } from './events.ts';
import { fixAuthentication, registerFromRequest } from './first-use.ts';
import { allowFormPost } from './form-post.ts';
import { createSigner } from './id-token.ts';
import { bendEngine } from './internals.ts';
import { introspectJwt } from './introspection.ts';
import type { OidcDependencies } from './settings.ts';
import { finishSignOut } from './sign-out.ts';
import { recordRevocation, recordTokenRequest } from './token-events.ts';

/** One immutable Provider with all that hangs on it. A request keeps the generation it began with. */
export type Generation = {
  provider: Provider;
  callback: ReturnType<Provider['callback']>;
  documents: Documents;
  /** What is in its key set, in that order. */
  publicKeys: PublicJwk[];
};

/** Builds a generation: pure, from the settings and the keys; nothing of an earlier one is changed. */
export function buildGeneration(dependencies: OidcDependencies, signingSet: SigningSet): Generation {
  const { settings } = dependencies;
  const provider = new Provider(settings.issuer, createConfiguration(dependencies, signingSet));
  const documents = createDocuments(settings.keys.maxAgeSeconds);
  provider.use((ctx, next) => replyWhenDurable(dependencies, ctx as KoaContextWithOIDC, next));
  provider.use((ctx, next) => prepareAndFinish(dependencies, documents, signingSet, ctx as KoaContextWithOIDC, next));
  bendEngine(provider, dependencies, createSigner(signingSet));
  listenToEngine(provider, dependencies);
  return { provider, callback: provider.callback(), documents, publicKeys: signingSet.keys.map(publicPart) };
}

/**
 * No answer leaves before what it depends on is on disk; a batch that failed takes its requests with it. What the engine
 * does not catch, or has no route for, is answered here.
 */
async function replyWhenDurable(
  dependencies: OidcDependencies,
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  const { durability } = dependencies;
  const since = durability.failures();
  try {
    await next();
    if (ctx.status === 404 && ctx.body === undefined) throw noSuchRoute(ctx);
    await settleEvents(ctx);
    await durability.flush(since);
  } catch (error) {
    await answerStray(dependencies, ctx, error);
  }
}

function noSuchRoute({ method }: KoaContextWithOIDC): Error {
  const error = new errors.InvalidRequest(`nothing answers ${method} at this address`);
  return Object.assign(error, { status: 404, statusCode: 404 });
}

async function prepareAndFinish(
  dependencies: OidcDependencies,
  documents: Documents,
  signingSet: SigningSet,
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  if (/^\/device(\/|$)/i.test(ctx.path) && (await answerDeviceRequest(dependencies, ctx))) return;
  if (ctx.path === '/authorize' && ctx.method === 'GET') await registerFromRequest(dependencies, ctx);
  await next();
  if (!ctx.oidc) return;
  documents.keep(ctx);
  finishSignOut(dependencies, ctx);
  allowFormPost(ctx);
  await fixAuthentication(dependencies, ctx);
  await introspectJwt(dependencies, signingSet, ctx);
  offerCode(dependencies, ctx);
  await forgiveRightCode(dependencies, ctx);
  await paceDevice(dependencies, ctx);
  await recordTokenRequest(dependencies, ctx);
  await recordRevocation(dependencies, ctx);
  // RFC 7009 §2.2 has no body; oidc-client-ts takes a type of text for an error.
  if (ctx.oidc.route === 'revocation' && ctx.body === '') ctx.remove('Content-Type');
  if (ctx.status === 503 && !ctx.response.get('Retry-After')) ctx.set('Retry-After', '5');
}
