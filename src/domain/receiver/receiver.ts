/**
 * receiver: judges logout tokens as an app must (OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6, RFC 7519, RFC 8725),
 * and says everything that is wrong with one at once. Knows neither HTTP nor where keys come from; owns no table.
 */
import type { Clock } from '../../base/clock.ts';
import { checkClaims, type Expected } from './claims.ts';
import { checkHeader } from './header.ts';
import { createKeyCache, type FetchKeys, type Published } from './keys.ts';
import { type Problem, shown } from './problem.ts';
import { createReplays } from './replays.ts';
import { verifySignature } from './signature.ts';
import { type JsonObject, takeApart } from './token.ts';

export type { FetchKeys, Published, PublishedKey } from './keys.ts';
export { type Problem, problemText, type Step, shown } from './problem.ts';
export type { JsonObject } from './token.ts';

export type ReceiverRules = {
  /** Compared letter by letter with `iss`. */
  issuer: string;
  clientId: string;
  /** The client's `id_token_signed_response_alg`; without it, any algorithm that the issuer advertises. */
  alg?: string | undefined;
  /** Audiences that may stand in `aud` beside the client; none unless told. */
  trustedAudiences?: readonly string[] | undefined;
  /** How far the clocks may be apart: 15 s unless told. */
  toleranceSeconds?: number | undefined;
  /** How soon an unknown key makes it ask the issuer again: 30 s unless told. */
  cooldownSeconds?: number | undefined;
};
export type ReceiverOptions = ReceiverRules & { fetchKeys: FetchKeys; clock: Clock };
export type Receiver = ReturnType<typeof createReceiver>;

/** `header`, `claims` and what is taken from them are as the token says; they are proven only where `ok` is true. */
export type Verdict = {
  readonly ok: boolean;
  /** All of them, as far as one can be told without the other. None where `ok` is true. */
  readonly problems: readonly Problem[];
  /** What is recommended and was not done. */
  readonly warnings: readonly Problem[];
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
  readonly jti?: string | undefined;
  readonly header?: JsonObject | undefined;
  readonly claims?: JsonObject | undefined;
};

type Signature = { problems: Problem[]; verified: boolean };

/** `fetchKeys` is called when the first token comes, and again for an unknown key and after 10 minutes. */
export function createReceiver({ fetchKeys, clock, ...rules }: ReceiverOptions) {
  const { issuer, clientId, alg, trustedAudiences = [], toleranceSeconds = 15, cooldownSeconds = 30 } = rules;
  const cache = createKeyCache({ fetchKeys, clock, cooldownSeconds });
  const replays = createReplays();

  /** Header and signature: whatever needs to know what the issuer publishes. */
  async function checkSignature(token: string, header: JsonObject): Promise<Signature & { warnings: Problem[] }> {
    const published = await cache.current().catch(keysProblem);
    const known = 'step' in published ? undefined : published;
    const { problems, warnings } = checkHeader(header, { alg, advertised: known?.algorithms });
    if ('step' in published) return { problems: [...problems, published], warnings, verified: false };
    if (problems.some(({ step }) => step === 'alg' || step === 'crit')) return { problems, warnings, verified: false };
    const signature = await verify(token, header, published);
    return { problems: [...problems, ...signature.problems], warnings, verified: signature.verified };
  }

  async function verify(token: string, header: JsonObject, published: Published): Promise<Signature> {
    const named = { ...header, alg: String(header.alg) };
    const first = await verifySignature(token, named, published.keys);
    if (first.verified) return { problems: [], verified: true };
    const fresher = first.staleKeys ? await cache.fresher().catch(keysProblem) : undefined;
    if (!fresher) return { problems: [first.problem], verified: false };
    if ('step' in fresher) return { problems: [first.problem, fresher], verified: false };
    const second = await verifySignature(token, named, fresher.keys);
    return second.verified ? { problems: [], verified: true } : { problems: [second.problem], verified: false };
  }

  return {
    /**
     * Judges one token. Never throws: a key set that can't be fetched is a problem too. A token that is in order is
     * remembered, and refused when it comes again; `remember: false` is for who plays an app that did not take it.
     */
    async receive(token: string, { remember = true }: { remember?: boolean } = {}): Promise<Verdict> {
      const { header, claims, problems: form } = takeApart(token);
      const isWhole = form.length === 0;
      const signature = header && (isWhole ? await checkSignature(token, header) : headerAlone(header, alg));
      const now = clock.now();
      const expected: Expected = { issuer, clientId, trustedAudiences, toleranceSeconds, now: now / 1000 };
      const content = claims ? checkClaims(claims, expected) : { problems: [], warnings: [] };
      const jti = textOf(claims?.jti);
      const problems = [
        ...[...form, ...(signature?.problems ?? []), ...content.problems],
        ...replayProblem(jti, jti === undefined ? undefined : replays.acceptedAt(jti)),
      ];
      const ok = problems.length === 0 && signature?.verified === true;
      if (ok && remember && jti !== undefined) {
        replays.remember(jti, { now, until: (Number(claims?.exp) + toleranceSeconds) * 1000 });
      }
      const warnings = [...(signature?.warnings ?? []), ...content.warnings];
      return { ok, problems, warnings, sub: textOf(claims?.sub), sid: textOf(claims?.sid), jti, header, claims };
    },
  };
}

/** Of a token whose signature can't be looked at. */
const headerAlone = (header: JsonObject, alg: string | undefined) => ({
  ...checkHeader(header, { alg }),
  verified: false,
});

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const keysProblem = (error: unknown): Problem => ({
  step: 'keys',
  received: `no keys: ${error instanceof Error ? error.message : error}`,
  expected: 'the key set of the issuer',
  change: 'Without it no signature can be checked. Is that the issuer, and does it answer there?',
});

function replayProblem(jti: string | undefined, acceptedAt: number | undefined): Problem[] {
  if (acceptedAt === undefined) return [];
  const received = `${shown(jti)}, which was accepted at ${new Date(acceptedAt).toISOString()}`;
  const change = 'Give every token a jti of its own, also when a delivery is tried again (§2.6 step 8).';
  return [{ step: 'jti', received, expected: 'a jti that was not there before', change }];
}
