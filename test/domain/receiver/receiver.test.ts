/** Each bad token is really signed, so that nothing but the one thing named is wrong with it. */
import { createSecretKey, type webcrypto } from 'node:crypto';
import { CompactEncrypt, CompactSign, exportSPKI, importJWK, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { createReceiver, problemText, type ReceiverRules, shown } from '../../../src/domain/receiver/receiver.ts';
import { clientId, createSigner, forged, logoutClaims, logoutEvent, type Signer } from '../../support/logout-tokens.ts';

const issuer = 'https://id.example';
const clock = createManualClock();
const now = clock.now();
const seconds = Math.floor(now / 1000);
const algorithms = ['RS256', 'ES256', 'EdDSA', 'PS256', 'ES384', 'RS512'];

let signers: Signer[] = [];
let rs256: Signer;
let stranger: Signer;
beforeAll(async () => {
  signers = await Promise.all(algorithms.map((alg) => createSigner(alg)));
  rs256 = signers[0] as Signer;
  stranger = await createSigner('RS256', 'RS256-1');
});

type Published = { keys?: JWK[]; advertised?: string[] | undefined };

/** A receiver of its own, and its verdict. */
async function judge(token: string, rules: Partial<ReceiverRules> = {}, published: Published = {}) {
  const { keys = signers.map(({ jwk }) => jwk) } = published;
  const advertised = 'advertised' in published ? published.advertised : algorithms;
  const fetchKeys = async () => ({ keys: keys as never[], algorithms: advertised });
  return createReceiver({ issuer, clientId, clock, fetchKeys, ...rules }).receive(token);
}

const claimsWith = (changes: Record<string, unknown> = {}) => logoutClaims(issuer, now, changes);
const signed = (changes: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  rs256.sign({ claims: claimsWith(changes), header });

describe('a good logout token', () => {
  it.each(algorithms)('is accepted when it is signed with %s', async (alg) => {
    const signer = signers.find((candidate) => candidate.alg === alg) as Signer;
    const claims = claimsWith();
    expect(await judge(await signer.sign({ claims }))).toEqual({
      ...{ ok: true, problems: [], warnings: [], sub: 'acc_1', sid: 'session-1', jti: claims.jti, claims },
      header: { alg, kid: `${alg}-1`, typ: 'logout+jwt' },
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>?, Partial<ReceiverRules>?]>([
    ['with a sub alone', { sid: undefined }],
    ['with a sid alone', { sub: undefined }],
    ['for a list of audiences', { aud: [clientId] }],
    ['with an audience beside it that is trusted', { aud: ['api', clientId] }, {}, { trustedAudiences: ['api'] }],
    ['with claims nobody knows', { scope: 'x', ['__proto__']: 1, constructor: { a: [] } }],
    ['with its type as a whole media type', {}, { typ: 'application/logout+JWT' }],
    ['with other events beside', { events: { [logoutEvent]: {}, 'urn:x': true } }],
    ['issued a little in the future', { iat: seconds + 15 }],
    ['that ended a little ago', { iat: seconds - 60, exp: seconds - 14 }],
    ['of the algorithm that the client asked for', {}, {}, { alg: 'RS256' }],
  ])('is accepted %s', async (_what, changes, header = {}, rules = {}) => {
    expect(await judge(await signed(changes, header), rules)).toMatchObject({ ok: true, problems: [], warnings: [] });
  });

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>?]>([
    ['no typ', 'typ', {}, { typ: undefined }],
    ['a life of more than two minutes', 'exp', { exp: seconds + 121 }],
    ['an event with content', 'events', { events: { [logoutEvent]: { reason: 'x' } } }],
  ])('is accepted with a warning: %s', async (_what, step, changes, header = {}) => {
    const verdict = await judge(await signed(changes, header));
    expect(verdict).toMatchObject({ ok: true, problems: [], warnings: [{ step }] });
  });

  it('needs no kid where the issuer has one key for the algorithm', async () => {
    expect(await judge(await signed({}, { kid: undefined }))).toMatchObject({ ok: true });
  });

  it('is accepted where the issuer advertises no algorithms, and where keys share a kid', async () => {
    const twins = [stranger.jwk, rs256.jwk];
    expect(await judge(await signed({}), {}, { keys: twins, advertised: undefined })).toMatchObject({ ok: true });
  });
});

describe('a bad logout token', () => {
  type Made = () => Promise<string> | string;
  type Case = [string, string, Made, (RegExp | undefined)?, Partial<ReceiverRules>?];
  const of =
    (changes: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    () =>
      signed(changes, header);

  it.each<Case>([
    ['another type', 'typ', of({}, { typ: 'JWT' }), /received "JWT"; expected "logout\+jwt"/],
    ['the type of an access token', 'typ', of({}, { typ: 'at+jwt' })],
    ['a type that is no text', 'typ', of({}, { typ: 7 })],
    ['a type that goes on', 'typ', of({}, { typ: 'logout+jwt; x' })],
    ['a critical extension', 'crit', of({}, { crit: ['urn:x'], 'urn:x': 1 })],
    ['an algorithm that the issuer does not advertise', 'alg', () => signAs('RS384'), /one of RS256, ES256/],
    ['another algorithm than the client asked for', 'alg', of({}), /id_token_signed_response_alg/, { alg: 'ES256' }],
    [
      'alg none with a signature',
      'alg',
      () => forged({ alg: 'nOnE', typ: 'logout+jwt' }, claimsWith()),
      /none is forbidden/,
    ],
    ['the public key as a secret', 'alg', symmetric, /not with a secret/],
    ['a key that nobody published', 'kid', of({}, { kid: 'gone' }), /received "gone"; expected .*"RS256-1", "ES256-1"/],
    ['a key of another kind', 'key', of({}, { kid: 'ES256-1' }), /"kty":"EC"/],
    ['a key of a stranger', 'signature', () => stranger.sign({ claims: claimsWith() })],
    [
      'a stranger’s key in its header',
      'signature',
      () => stranger.sign({ claims: claimsWith(), header: own(stranger) }),
    ],
    ['a payload that was changed', 'signature', () => spliced()],
    [
      'another issuer',
      'iss',
      of({ iss: 'https://evil.example' }),
      /received "https:\/\/evil\.example"; expected "https/,
    ],
    ['the issuer with a slash', 'iss', of({ iss: `${issuer}/` }), /slash at the end/],
    ['no issuer', 'iss', of({ iss: undefined }), /received nothing/],
    ['another client', 'aud', of({ aud: 'other' }), /received "other"; expected "grafana"/],
    ['a list without the client', 'aud', of({ aud: ['a', 'b'] })],
    ['an audience more', 'aud', of({ aud: [clientId, 'other'] }), /"grafana" alone/],
    ['an audience that is no text', 'aud', of({ aud: [clientId, 1] })],
    ['no audience', 'aud', of({ aud: undefined })],
    ['no iat', 'iat', of({ iat: undefined })],
    ['an iat in the future', 'iat', of({ iat: seconds + 16 }), /2023-11-14T22:13:36Z.*expected .*2023-11-14T22:13:20Z/],
    ['an iat in milliseconds', 'iat', of({ iat: now }), /not milliseconds/],
    ['an iat as text', 'iat', of({ iat: String(seconds) })],
    ['no exp', 'exp', of({ exp: undefined })],
    ['an exp that is over', 'exp', of({ iat: seconds - 200, exp: seconds - 15 }), /Sign a new token for every attempt/],
    [
      'an exp beyond all numbers',
      'exp',
      () => rs256.sign({ payload: JSON.stringify(claimsWith({ exp: 1 })).replace('"exp":1', '"exp":1e999') }),
    ],
    ['an nbf in the future', 'nbf', of({ nbf: seconds + 60 })],
    ['no jti', 'jti', of({ jti: undefined })],
    ['an empty jti', 'jti', of({ jti: '' })],
    ['a jti that is no text', 'jti', of({ jti: 5 })],
    ['no events', 'events', of({ events: undefined }), /expected \{"http:\/\/schemas/],
    ['events as a list', 'events', of({ events: [logoutEvent] })],
    ['another event', 'events', of({ events: { [`${logoutEvent}/`]: {} } })],
    ['an event that is true', 'events', of({ events: { [logoutEvent]: true } })],
    ['an event that is a list', 'events', of({ events: { [logoutEvent]: [] } })],
    ['neither sub nor sid', 'sub', of({ sub: undefined, sid: undefined }), /neither sub nor sid/],
    ['an empty sub', 'sub', of({ sub: '' })],
    ['a sub that is null beside a sid', 'sub', of({ sub: null })],
    ['a sid that is a number', 'sid', of({ sid: 5 })],
    ['a nonce', 'nonce', of({ nonce: 'n' }), /forbidden/],
    ['a nonce that is null', 'nonce', of({ nonce: null })],
  ])('%s: %s', async (_what, step, make, text, rules = {}) => {
    const verdict = await judge(await make(), rules);
    expect(verdict).toMatchObject({ ok: false, problems: [{ step }] });
    expect(verdict.problems.map(problemText).join()).toMatch(text ?? /received .*; expected .*\. .*\.$/);
  });

  it.each<[string, string[], Made]>([
    ['no signature', ['signature', 'alg'], () => forged({ alg: 'none', typ: 'logout+jwt' }, claimsWith(), '')],
    ['no alg', ['alg'], () => forged({ typ: 'logout+jwt' }, claimsWith())],
    ['an alg nobody knows', ['alg'], () => forged({ alg: 'XS256', typ: 'logout+jwt' }, claimsWith())],
    [
      'an ID token',
      ['typ', 'jti', 'events', 'nonce'],
      of({ jti: undefined, events: undefined, nonce: 'n' }, { typ: 'JWT' }),
    ],
    ['nothing', ['form'], () => ''],
    ['an opaque token', ['form'], () => 'an-opaque-token'],
    ['a JWT that is encrypted', ['form'], encrypted],
    ['a header that is a list', ['form'], () => forged([], claimsWith())],
    ['a payload that is not UTF-8', ['form'], () => rs256.sign({ payload: Buffer.from('{"sub":"\xff"}', 'latin1') })],
    ['a payload that is text', ['form'], () => forged({ alg: 'RS256', kid: 'RS256-1', typ: 'logout+jwt' }, 'x')],
    [
      'a payload of endless depth',
      ['form'],
      () => rs256.sign({ payload: '{"a":'.repeat(5000) + '1'.concat('}'.repeat(5000)) }),
    ],
    ['padding', ['signature'], async () => `${await signed({})}==`],
    ['blanks around', ['form', 'signature'], async () => ` ${await signed({})}\n`],
    [
      'everything',
      ['typ', 'kid', 'iss', 'aud', 'iat', 'exp', 'jti', 'events', 'sub', 'nonce'],
      of(nothingRight, { typ: 'x', kid: 'x' }),
    ],
  ])('%s: all problems at once', async (_what, steps, make) => {
    const verdict = await judge(await make());
    expect(verdict.ok).toBe(false);
    expect(verdict.problems.map(({ step }) => step)).toEqual(steps);
  });

  it('of an algorithm nobody knows, where the issuer advertises none', async () => {
    const token = forged({ alg: 'XS256', kid: 'RS256-1', typ: 'logout+jwt' }, claimsWith());
    const verdict = await judge(token, {}, { advertised: undefined });
    expect(verdict).toMatchObject({ ok: false, problems: [{ step: 'alg' }] });
  });

  it('without a kid, where several keys could have signed', async () => {
    const other = await createSigner('RS256', 'RS256-2');
    const keys = [rs256.jwk, other.jwk];
    const verdict = await judge(await signed({}, { kid: undefined }), {}, { keys });
    expect(verdict).toMatchObject({ ok: false, problems: [{ step: 'kid', expected: 'one of "RS256-1", "RS256-2"' }] });
  });

  it.each<[string, Partial<JWK>]>([
    ['for encryption', { use: 'enc' }],
    ['for another algorithm', { alg: 'PS256' }],
    ['that may not verify', { key_ops: ['sign'] }],
    ['without its numbers', { n: undefined }],
    ['that is too short', { n: 'AQAB' }],
  ])('a key %s is refused as a key', async (_what, changes) => {
    const verdict = await judge(await signed({}), {}, { keys: [{ ...rs256.jwk, ...changes } as JWK] });
    expect(verdict).toMatchObject({ ok: false, problems: [{ step: 'key' }] });
  });

  it('is told with what it says, and without its signature', async () => {
    const token = await signed({ aud: 'other', jti: 'j1' });
    const verdict = await judge(token);
    expect(verdict).toMatchObject({ jti: 'j1', sub: 'acc_1', claims: { aud: 'other' }, header: { kid: 'RS256-1' } });
    expect(JSON.stringify(verdict)).not.toContain(token.split('.')[2]?.slice(0, 20));
  });

  it('shows long values cut', () => {
    expect(shown('x'.repeat(5000))).toHaveLength(200 + '… (5002 characters)'.length);
  });
});

const nothingRight = {
  ...{ iss: 'x', aud: [], iat: 'x', exp: null, jti: [], events: 'x', sub: undefined, sid: undefined, nonce: 1 },
};

const own = ({ jwk }: Signer) => ({ jwk: { kty: jwk.kty, n: jwk.n, e: jwk.e }, jku: 'https://evil.example/jwks' });

/** Signed by the published key, which is for RS256. */
async function signAs(alg: string): Promise<string> {
  const other = await createSigner(alg, 'RS256-1');
  return other.sign({ claims: claimsWith() });
}

async function symmetric(): Promise<string> {
  const pem = await exportSPKI((await importJWK(rs256.jwk, 'RS256', { extractable: true })) as webcrypto.CryptoKey);
  const secret = createSecretKey(Buffer.from(pem));
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claimsWith())))
    .setProtectedHeader({ alg: 'HS256', kid: 'RS256-1', typ: 'logout+jwt' })
    .sign(secret);
}

async function encrypted(): Promise<string> {
  const jwk = { ...rs256.jwk, alg: 'RSA-OAEP', use: 'enc' };
  return new CompactEncrypt(new TextEncoder().encode(await signed({})))
    .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM' })
    .encrypt(await importJWK(jwk, 'RSA-OAEP'));
}

/** One token's header and signature around another one's payload. */
async function spliced(): Promise<string> {
  const [header, , signature] = (await signed({})).split('.');
  const [, payload] = (await signed({ sub: 'acc_2' })).split('.');
  return `${header}.${payload}.${signature}`;
}
