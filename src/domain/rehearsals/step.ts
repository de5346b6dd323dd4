/** What is seen of a client while a rehearsal runs, step by step, as it is kept. Pure. */
import { toJson } from '../../db/columns.ts';

/** Something that only follows when a client took what it was given. */
export type SignOfLife = 'userinfo' | 'introspection' | 'sign-out';

/**
 * Tokens stand in it as digests alone (`issued`; `of`: the one that was shown), so that what follows can be told to follow
 * from them. `from`: whoever fetched or redeemed, by address. `kid`: of the ID token. `at` is epoch ms.
 */
export type StepDetail =
  | { kind: 'began' }
  /** A server has taken up the beginning, or the end. */
  | { kind: 'played' | 'restored' }
  | { kind: 'asked'; clientId: string }
  /** `of`: by that refresh token. `isPlayed`: signed by a key of the rehearsal. No `from`: through the browser. */
  | {
      kind: 'token';
      of?: string | undefined;
      issued: readonly string[];
      kid?: string | undefined;
      isPlayed: boolean;
      from?: string | undefined;
      clientId: string;
    }
  /** The key set was fetched. `isGivenUp`: whoever asked went away after `seconds`, before there was an answer. */
  | { kind: 'keys'; status: number; from: string; seconds?: number | undefined; isGivenUp?: boolean | undefined }
  | { kind: 'alive'; by: SignOfLife; of: string; clientId: string }
  /** A person or a test has seen whether the client let them in. */
  | { kind: 'told'; signedIn: boolean }
  | { kind: 'ended' };
export type Step = StepDetail & { at: number };
export type TokenStep = Extract<Step, { kind: 'token' }>;

/** One line of the column. What makes two steps the same stands first, see `sameStep`. */
export const stepLine = (step: StepDetail, at: number): string => `${toJson({ ...step, at })}\n`;

/** What the line of a step begins with that must not be noted twice, as a pattern of LIKE. */
export function sameStep(step: StepDetail): string | undefined {
  if (step.kind === 'alive') return `%{"kind":"alive","by":"${step.by}","of":"${step.of}"%`;
  return step.kind === 'played' || step.kind === 'restored' ? `%{"kind":"${step.kind}"%` : undefined;
}
