/** What is wrong with a logout token, in the words of whoever has to mend the sender. */

/** What was looked at: a part of the request, a header parameter or a claim of the token. */
export type Step =
  | 'request'
  | 'form'
  | 'typ'
  | 'alg'
  | 'crit'
  | 'keys'
  | 'kid'
  | 'key'
  | 'signature'
  | 'iss'
  | 'aud'
  | 'iat'
  | 'nbf'
  | 'exp'
  | 'jti'
  | 'events'
  | 'sub'
  | 'sid'
  | 'nonce';

/** Three pieces of one sentence; values are in it as JSON, cut where they are long. Never the token or its signature. */
export type Problem = {
  readonly step: Step;
  readonly received: string;
  readonly expected: string;
  /** What the sender has to change. */
  readonly change: string;
};

export const problemText = ({ received, expected, change }: Problem): string =>
  `received ${received}; expected ${expected}. ${change}`;

const mostCharacters = 200;

/** A value as JSON, or `nothing`. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}… (${text.length} characters)`;
}
