import type { IncomingMessage } from 'node:http';
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { type PublicJwk, publicPart, type SigningSet } from '../domain/keys/keys.ts';
import type { PresentRehearsal } from '../domain/rehearsals/rehearsals.ts';
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
import { createPlay, type Play } from './rehearsal.ts';
import type { OidcDependencies } from './settings.ts';
import { finishSignOut } from './sign-out.ts';
import { createFetchNoter, noteSigns } from './signs-of-life.ts';
import { recordRevocation, recordTokenRequest } from './token-events.ts';

/** One immutable Provider with all that hangs on it. A request keeps the generation it began with. */
export type Generation = {
  provider: Provider;
  callback: ReturnType<Provider['callback']>;
  documents: Documents;
  /** What is in its key set, in that order. */
  publicKeys: PublicJwk[];
  /** To be told of every request that was answered with the key set. */
  noteFetch(req: IncomingMessage): void;
};
/** What finishing an answer needs to know of the generation. */
type Present = {
  documents: Documents;
  signingSet: SigningSet;
  noteFetch: Generation['noteFetch'];
  play: Play | undefined;
};

/** Builds a generation: pure, from the settings and the keys; nothing of an earlier one is changed. */
export function buildGeneration(
  dependencies: OidcDependencies,
  signingSet: SigningSet,
  rehearsal?: PresentRehearsal | undefined,
): Generation {
  const { settings } = dependencies;
  const provider = new Provider(settings.issuer, createConfiguration(dependencies, signingSet));
  const documents = createDocuments(settings.keys.maxAgeSeconds);
  const noteFetch = createFetchNoter(dependencies, signingSet);
  const play = rehearsal && createPlay(dependencies, rehearsal, signingSet);
  const present = { documents, signingSet, noteFetch, play };
  provider.use((ctx, next) => replyWhenDurable(dependencies, ctx as KoaContextWithOIDC, next));
  provider.use((ctx, next) => prepareAndFinish(dependencies, present, ctx as KoaContextWithOIDC, next));
  const signer = createSigner(signingSet);
  bendEngine(provider, dependencies, { signer: play?.signer(signer) ?? signer, published: signingSet.keys });
  play?.signAccessTokens(provider);
  listenToEngine(provider, dependencies);
  const publicKeys = signingSet.keys.map(publicPart);
  return { provider, callback: provider.callback(), documents, publicKeys, noteFetch };
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
  { documents, signingSet, noteFetch, play }: Present,
  ctx: KoaContextWithOIDC,
  next: () => Promise<void>,
): Promise<void> {
  if (/^\/device(\/|$)/i.test(ctx.path) && (await answerDeviceRequest(dependencies, ctx))) return;
  if (ctx.path === '/authorize' && ctx.method === 'GET') await registerFromRequest(dependencies, ctx);
  await next();
  if (!ctx.oidc) return;
  if (!(await play?.answerKeySet(ctx))) documents.keep(ctx);
  await finishSignOut(dependencies, ctx);
  allowFormPost(ctx);
  await fixAuthentication(dependencies, ctx);
  await introspectJwt(dependencies, [signingSet.keys, play?.trusted() ?? []], ctx);
  offerCode(dependencies, ctx);
  await forgiveRightCode(dependencies, ctx);
  await paceDevice(dependencies, ctx);
  await recordTokenRequest(dependencies, ctx);
  await recordRevocation(dependencies, ctx);
  noteSigns(dependencies, ctx);
  if (ctx.oidc.route === 'jwks' && ctx.method === 'GET' && ctx.status === 200) noteFetch(ctx.req);
  await play?.observe(ctx);
  // RFC 7009 §2.2 has no body; oidc-client-ts takes a type of text for an error.
  if (ctx.oidc.route === 'revocation' && ctx.body === '') ctx.remove('Content-Type');
  if (ctx.status === 503 && !ctx.response.get('Retry-After')) ctx.set('Retry-After', '5');
}
