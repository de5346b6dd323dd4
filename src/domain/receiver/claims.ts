import { type Problem, type Step, shown } from './problem.ts';
import { isJsonObject, type JsonObject } from './token.ts';

/** What the claims are held against. Times are seconds since the epoch. */
export type Expected = {
  readonly issuer: string;
  readonly clientId: string;
  /** Audiences beside the client that the app trusts. */
  readonly trustedAudiences: readonly string[];
  readonly now: number;
  readonly toleranceSeconds: number;
};

type Check = (claims: JsonObject, expected: Expected) => Problem | undefined;

/** The member of `events` that makes a JWT a logout token (§2.4). */
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';
const eventsExpected = `{"${logoutEvent}":{}}`;
/** §4: preferably at most two minutes. */
const longestSeconds = 120;

/** Every claim by itself, in the order of §2.6 and RFC 7519 §4.1. A replayed `jti` is not found here. */
export function checkClaims(claims: JsonObject, expected: Expected): { problems: Problem[]; warnings: Problem[] } {
  const found = (checks: readonly Check[]) =>
    checks.map((check) => check(claims, expected)).filter((problem) => problem !== undefined);
  return { problems: found(rules), warnings: found(recommendations) };
}

const issuer: Check = ({ iss }, expected) => {
  if (iss === expected.issuer) return undefined;
  const bare = (text: string) => text.replace(/\/$/, '');
  const onlySlash = typeof iss === 'string' && bare(iss) === bare(expected.issuer);
  const change = onlySlash
    ? 'They differ in the slash at the end: both sides must write the issuer alike.'
    : 'Send the issuer as in ID tokens and in the discovery document (OpenID Connect Core §3.1.3.7).';
  return { step: 'iss', received: shown(iss), expected: shown(expected.issuer), change };
};

const audience: Check = ({ aud }, { clientId, trustedAudiences }) => {
  const list = typeof aud === 'string' ? [aud] : aud;
  const isList = Array.isArray(list) && list.every((item) => typeof item === 'string');
  const problem = (expected: string, change: string): Problem => ({
    ...{ step: 'aud', received: shown(aud), expected, change },
  });
  if (!isList || !list.includes(clientId)) {
    return problem(shown(clientId), 'Put the client_id of the app into aud, as text or in a list (§2.4).');
  }
  if (list.every((item) => item === clientId || trustedAudiences.includes(item))) return undefined;
  const change = 'Send each app a token of its own: an app refuses audiences it does not trust (Core §3.1.3.7 step 3).';
  return problem(`${[clientId, ...trustedAudiences].map(shown).join(', ')} alone`, change);
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** `1700000000 (2023-11-14T22:13:20Z)`, in seconds as RFC 7519 §2 wants it. */
function timeShown(value: unknown): string {
  if (!isNumber(value) || Math.abs(value) > 8.64e12) return shown(value);
  return `${shown(value)} (${new Date(value * 1000).toISOString().replace('.000Z', 'Z')})`;
}

function timeProblem(step: Step, value: unknown, isWrong: (at: number) => boolean, said: [string, string]) {
  const [expected, change] = said;
  if (!isNumber(value)) {
    const how = 'Write the time as a number of seconds since 1970, not as text and not in milliseconds (RFC 7519 §2).';
    return { step, received: shown(value), expected: 'a time in seconds', change: how };
  }
  return isWrong(value) ? { step, received: timeShown(value), expected, change } : undefined;
}

const issuedAt: Check = ({ iat }, { now, toleranceSeconds }) =>
  timeProblem('iat', iat, (at) => at > now + toleranceSeconds, [
    `a time that is not after ${timeShown(Math.floor(now))}`,
    'Compare the clocks of both machines, and write seconds, not milliseconds.',
  ]);

const notBefore: Check = ({ nbf }, { now, toleranceSeconds }) =>
  nbf === undefined
    ? undefined
    : timeProblem('nbf', nbf, (at) => at > now + toleranceSeconds, [
        `a time that is not after ${timeShown(Math.floor(now))}`,
        'Leave nbf out, or compare the clocks of both machines (RFC 7519 §4.1.5).',
      ]);

const expiry: Check = ({ exp }, { now, toleranceSeconds }) =>
  timeProblem('exp', exp, (at) => now >= at + toleranceSeconds, [
    `a time after ${timeShown(Math.floor(now))}`,
    'Sign a new token for every attempt to deliver, and compare the clocks of both machines.',
  ]);

const jwtId: Check = ({ jti }) => {
  if (typeof jti === 'string' && jti !== '') return undefined;
  const change = 'Give every token a new random jti; a receiver tells replays by it (§2.4).';
  return { step: 'jti', received: shown(jti), expected: 'text', change };
};

const events: Check = ({ events }) => {
  if (isJsonObject(events) && Object.hasOwn(events, logoutEvent) && isJsonObject(events[logoutEvent])) return undefined;
  const change = 'Without this member, and a JSON object as its value, it is no logout token (§2.4).';
  return { step: 'events', received: shown(events), expected: eventsExpected, change };
};

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

const subject: Check = (claims) => {
  if (Object.hasOwn(claims, 'sub')) return nameProblem('sub', claims.sub);
  if (Object.hasOwn(claims, 'sid')) return undefined;
  const change = 'Say whose sessions end: sub for all of a person, sid for one (§2.4).';
  return { step: 'sub', received: 'neither sub nor sid', expected: 'sub, sid or both', change };
};

const session: Check = (claims) => (Object.hasOwn(claims, 'sid') ? nameProblem('sid', claims.sid) : undefined);

function nameProblem(step: 'sub' | 'sid', value: unknown): Problem | undefined {
  if (isName(value)) return undefined;
  const change = `Send ${step} as in the ID tokens of the session, or leave it out where the other one is there.`;
  return { step, received: shown(value), expected: 'text', change };
}

const nonce: Check = (claims) => {
  if (!Object.hasOwn(claims, 'nonce')) return undefined;
  const change = 'Leave nonce out: it is forbidden, so that a logout token cannot pass for an ID token (§2.4).';
  return { step: 'nonce', received: shown(claims.nonce), expected: 'no nonce', change };
};

const rules: readonly Check[] = [
  ...[issuer, audience, issuedAt, notBefore, expiry, jwtId, events, subject, session, nonce],
];

const lifetime: Check = ({ iat, exp }) => {
  if (!isNumber(iat) || !isNumber(exp) || exp - iat <= longestSeconds) return undefined;
  const change = 'Let it expire sooner, so that a captured token is soon worthless (recommended, §4).';
  return {
    step: 'exp',
    received: `${exp - iat} s after iat`,
    expected: `at most ${longestSeconds} s after it`,
    change,
  };
};

const eventIsEmpty: Check = ({ events }) => {
  const event = isJsonObject(events) ? events[logoutEvent] : undefined;
  if (!isJsonObject(event) || Object.keys(event).length === 0) return undefined;
  const change = 'Leave the object of the event empty (recommended, §2.4).';
  return { step: 'events', received: shown(event), expected: '{}', change };
};

const recommendations: readonly Check[] = [lifetime, eventIsEmpty];
