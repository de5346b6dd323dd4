/**
 * What a rehearsal (domain/rehearsals) changes of a generation: who signs for the client, and what /jwks answers; and what
 * is noted of the client meanwhile. Nothing of it is there in `serve`.
 */
import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { isOwnClient } from '../base/own-clients.ts';
import {
  type PublicJwk,
  publicPart,
  type SignableKey,
  type SigningSet,
  signable,
  signWith,
} from '../domain/keys/keys.ts';
import {
  type PresentRehearsal,
  type PublishedKey,
  type StepDetail,
  type Variant,
  variants,
} from '../domain/rehearsals/rehearsals.ts';
import type { Signer } from './id-token.ts';
import { addressOf, frontChannelStep, headerOf, payloadOf, stepOf } from './rehearsal-steps.ts';
import type { OidcDependencies } from './settings.ts';

type Dependencies = Pick<OidcDependencies, 'clock' | 'callerOf' | 'rehearsals'>;
export type Play = ReturnType<typeof createPlay>;

/** What the parts of the play share. */
type Scene = Pick<OidcDependencies, 'clock'> & {
  name: string;
  variant: Variant;
  /** The public keys of the rehearsal, and the kids that sign without it. */
  played: readonly PublicJwk[];
  activeKids: ReadonlySet<string>;
  isOn(): boolean;
  concerns(clientId: unknown): clientId is string;
  keyFor(clientId: unknown, algorithm: string): SignableKey | undefined;
  note(step: StepDetail): Promise<void>;
  from(ctx: KoaContextWithOIDC): string;
};

/** While one runs its client's tokens are others; for a while after, the client is only watched. */
export function createPlay(dependencies: Dependencies, rehearsal: PresentRehearsal, { active }: SigningSet) {
  const { clock, rehearsals, callerOf } = dependencies;
  const keys = new Map<string, SignableKey>(rehearsal.keys.map((jwk) => [jwk.alg, signable(jwk)]));
  // Its time may be over before another generation comes.
  const isOn = () => rehearsal.isOn && clock.now() < rehearsal.endsAt;
  /** Postern's own pages are clients too, and nobody's app. */
  const concerns = (clientId: unknown): clientId is string =>
    typeof clientId === 'string' &&
    clientId !== '' &&
    !isOwnClient(clientId) &&
    (rehearsal.clientId ?? clientId) === clientId;
  const scene: Scene = {
    ...{ clock, name: rehearsal.variant, variant: variants[rehearsal.variant], isOn, concerns },
    played: rehearsal.keys.map(publicPart),
    activeKids: new Set(Array.from(active.values(), ({ kid }) => kid)),
    keyFor: (clientId, algorithm) => (isOn() && concerns(clientId) ? keys.get(algorithm) : undefined),
    note: (step) => rehearsals.note(rehearsal.id, step),
    from: ({ req }) => addressOf(callerOf(req).ip),
  };

  return {
    signer: (genuine: Signer) => playedSigner(scene, genuine),
    signAccessTokens: (provider: Provider) => signAccessTokens(scene, provider),
    answerKeySet: (ctx: KoaContextWithOIDC) => answerKeySet(scene, ctx),

    /** What introspection takes for the issuer's own besides: a key that nobody can fetch vouches for nothing. */
    trusted: (): readonly PublicJwk[] => (isOn() && scene.variant.showsKey ? scene.played : []),

    /** Notes what an answered request says of the client. */
    async observe(ctx: KoaContextWithOIDC): Promise<void> {
      const step = stepOf(ctx, { isPlayed: isOn(), from: scene.from(ctx) });
      if (step && concerns(step.clientId)) await scene.note(step);
    },
  };
}

/** Signs ID tokens of the client with a key of the rehearsal, all else as `genuine` does. */
function playedSigner({ isOn, concerns, keyFor, note }: Scene, genuine: Signer): Signer {
  return {
    async sign(algorithm, type, payload) {
      const { aud } = payload as { aud?: unknown };
      if (type !== 'JWT' || !concerns(aud)) return genuine.sign(algorithm, type, payload);
      const key = keyFor(aud, algorithm);
      const signed = key
        ? { token: await signWith(key, type, payload), kid: key.kid }
        : await genuine.sign(algorithm, type, payload);
      // What leaves by /token is noted with what leaves beside it.
      const { route } = (Provider.ctx as KoaContextWithOIDC).oidc;
      if (route !== 'token') await note(frontChannelStep(signed.token, aud, isOn()));
      return signed;
    },
  };
}

type Model = { clientId?: string | undefined; save(ttl?: number): Promise<string> };

/** The engine signs JWT access tokens itself, with the keys that it has; they are not stored, so they may be others. */
function signAccessTokens({ keyFor }: Scene, provider: Provider): void {
  for (const { prototype } of [provider.AccessToken, provider.ClientCredentials] as { prototype: Model }[]) {
    assert.equal(typeof prototype.save, 'function', 'AccessToken#save is gone');
    const { save } = prototype;
    prototype.save = async function saveAndSign(this: Model, ttl) {
      const token = await save.call(this, ttl);
      const { typ, alg } = headerOf(token);
      const key = typ === 'at+jwt' ? keyFor(this.clientId, String(alg)) : undefined;
      return key ? signWith(key, 'at+jwt', payloadOf(token)) : token;
    };
  }
}

/** Answers a request for the key set in the place of the engine; false where the engine's answer stands. */
async function answerKeySet(scene: Scene, ctx: KoaContextWithOIDC): Promise<boolean> {
  const { clock, variant, played, activeKids } = scene;
  if (!scene.isOn() || ctx.oidc.route !== 'jwks' || ctx.status !== 200) return false;
  const { status, afterSeconds } = variant.answer;
  const published = (ctx.body as { keys: PublishedKey[] }).keys;
  const began = clock.now();
  const isGivenUp = await isGoneBefore(scene, ctx, began + afterSeconds * 1000);
  const waited = afterSeconds > 0 && { seconds: (clock.now() - began) / 1000 };
  if (ctx.method === 'GET') {
    await scene.note({ kind: 'keys', status, from: scene.from(ctx), ...waited, ...(isGivenUp && { isGivenUp }) });
  }
  ctx.set('Cache-Control', 'no-store');
  // For whoever wonders at what they see; no client minds.
  ctx.set('Postern-Rehearsal', scene.name);
  ctx.status = status;
  ctx.body = status === 200 ? variant.keySet({ published, active: activeKids, played }) : unavailable;
  return true;
}

const unavailable = {
  error: 'temporarily_unavailable',
  error_description: 'a rehearsal of keys runs: see postern key rehearse',
};
const pollMilliseconds = 100;

/** Waits until that time (epoch ms); true if whoever asked has gone before. */
async function isGoneBefore({ clock }: Scene, { res }: KoaContextWithOIDC, until: number): Promise<boolean> {
  const watching = new AbortController();
  const left = once(res, 'close', { signal: watching.signal }).then(
    () => true,
    () => false,
  );
  let isGone = false;
  while (!isGone && clock.now() < until) {
    isGone = await Promise.race([left, clock.sleep(pollMilliseconds).then(() => false)]);
  }
  watching.abort();
  return isGone;
}
