import { type Problem, shown } from './problem.ts';
import type { JsonObject } from './token.ts';

export type AlgRules = {
  /** The client's `id_token_signed_response_alg`, where one was registered. */
  readonly alg?: string | undefined;
  /** The issuer's `id_token_signing_alg_values_supported`, as far as it is known. */
  readonly advertised?: readonly string[] | undefined;
};

const signing = /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519)$/;

/** Checks `typ`, `alg` and `crit` (§2.4, §2.6 step 3, RFC 8725 §3.1 and §3.11, RFC 7515 §4.1.11). */
export function checkHeader(header: JsonObject, rules: AlgRules): { problems: Problem[]; warnings: Problem[] } {
  const problems = [typProblem(header), algProblem(header.alg, rules), critProblem(header)];
  return {
    problems: problems.filter((problem) => problem !== undefined),
    warnings: Object.hasOwn(header, 'typ') ? [] : [typMissing],
  };
}

const typMissing: Problem = {
  step: 'typ',
  received: 'nothing',
  expected: '"logout+jwt"',
  change: 'Set the header parameter typ, so that no other token can pass for a logout token (recommended, §2.4).',
};

/** A media type: letters count the same, and `application/` may stand before it (RFC 7515 §4.1.9). */
function typProblem({ typ }: JsonObject): Problem | undefined {
  if (typ === undefined || (typeof typ === 'string' && /^(application\/)?logout\+jwt$/i.test(typ))) return undefined;
  const change = 'Set the header parameter typ to logout+jwt (§2.4); another type says that this is another token.';
  return { step: 'typ', received: shown(typ), expected: '"logout+jwt"', change };
}

function algProblem(alg: unknown, { alg: registered, advertised }: AlgRules): Problem | undefined {
  const problem = (expected: string, change: string): Problem => ({
    ...{ step: 'alg', received: shown(alg), expected, change },
  });
  const asymmetric = 'an asymmetric signature algorithm, such as RS256';
  if (typeof alg !== 'string') return problem(asymmetric, 'Name the algorithm in the header parameter alg.');
  if (/^none$/i.test(alg)) return problem(asymmetric, 'Sign the token: none is forbidden for logout tokens (§2.6).');
  if (/^HS/i.test(alg)) {
    return problem(asymmetric, 'Sign with a private key of the issuer, not with a secret that the app has too.');
  }
  if (registered !== undefined && alg !== registered) {
    return problem(shown(registered), 'Use the id_token_signed_response_alg of the client (§2.6 step 3).');
  }
  if (!signing.test(alg)) return problem(asymmetric, 'This receiver cannot check such a signature.');
  if (advertised !== undefined && !advertised.includes(alg)) {
    const change =
      'Advertise it in id_token_signing_alg_values_supported of the discovery document, or sign with another.';
    return problem(`one of ${advertised.join(', ')}`, change);
  }
  return undefined;
}

function critProblem(header: JsonObject): Problem | undefined {
  if (!Object.hasOwn(header, 'crit')) return undefined;
  const change =
    'Leave crit out: an extension that a receiver does not know makes it refuse the token (RFC 7515 §4.1.11).';
  return { step: 'crit', received: shown(header.crit), expected: 'no critical extension', change };
}
