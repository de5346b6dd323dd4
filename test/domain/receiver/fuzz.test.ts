/** Whatever is done to a good token: the receiver neither throws nor accepts it. Seeded by FUZZ_SEED, as in test/flow/fuzz. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { createReceiver, problemText, type Receiver } from '../../../src/domain/receiver/receiver.ts';
import { junk, play } from '../../flow/fuzz/fuzz.ts';
import { base64url, clientId, createSigner, logoutClaims, type Signer } from '../../support/logout-tokens.ts';

const issuer = 'https://id.example';
const clock = createManualClock();

let signers: Signer[] = [];
let tokens: string[] = [];
let receiver: Receiver;
beforeAll(async () => {
  signers = await Promise.all(['RS256', 'ES256', 'EdDSA', 'PS256'].map((alg) => createSigner(alg)));
  tokens = await Promise.all(signers.map((signer) => signer.sign({ claims: logoutClaims(issuer, clock.now()) })));
  const keys = signers.map(({ jwk }) => jwk as never);
  receiver = createReceiver({ issuer, clientId, clock, fetchKeys: async () => ({ keys }) });
});

async function expectRefused(token: string): Promise<void> {
  const verdict = await receiver.receive(token, { remember: false });
  expect(verdict.ok, token).toBe(false);
  expect(verdict.problems.length).toBeGreaterThan(0);
  // What is said must be printable as JSON, and short enough to read.
  expect(JSON.stringify(verdict.problems).length).toBeLessThan(20_000);
  for (const problem of verdict.problems) expect(problemText(problem)).toMatch(/^received .*; expected .*\. \S/s);
}

const oneOf = () => fc.nat({ max: tokens.length - 1 }).map((index) => tokens[index] as string);
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');
const oddities = [...'.=+/ \n\0%', 'é', '\ud800'];

it('a token of which a letter was changed, taken away or put in', async () => {
  const letter = fc.oneof(fc.constantFrom(...letters), fc.constantFrom(...oddities, ''));
  const mutation = fc.tuple(oneOf(), fc.nat(), letter, fc.boolean()).map(([token, place, put, inserted]) => {
    const at = place % token.length;
    return [token, `${token.slice(0, at)}${put}${token.slice(inserted ? at : at + 1)}`] as const;
  });
  await play(mutation, async ([token, mutated]) => {
    if (mutated !== token) await expectRefused(mutated);
  });
  for (const token of tokens) expect(await receiver.receive(token, { remember: false })).toMatchObject({ ok: true });
});

it('a token with parts of others, too few, too many, or of junk', async () => {
  const value = fc.oneof(
    fc.json().map(base64url),
    junk.map(base64url),
    junk,
    fc.constantFrom('', 'e30', 'bnVsbA', 'W10'),
  );
  const headers = [
    { alg: 'none' },
    { alg: 'HS256', kid: 'RS256-1' },
    { alg: 1 },
    { alg: 'RS256', kid: {} },
    { crit: [] },
  ];
  const header = fc.oneof(
    fc.constantFrom(...headers).map((made) => base64url(JSON.stringify(made))),
    value,
  );
  const mutation = fc.tuple(oneOf(), oneOf(), value, header).chain(([token, other, text, head]) => {
    const [own = '', payload = '', signature = ''] = token.split('.');
    const [, foreign = ''] = other.split('.');
    const made = [
      ...[`${head}.${payload}.${signature}`, `${own}.${text}.${signature}`, `${own}.${payload}.${text}`],
      ...[`${own}.${foreign}.${signature}`, `${token}.${text}`, `${text}.${token}`, `${own}.${payload}`, text],
    ];
    return fc.constantFrom(...made.filter((mutated) => mutated !== token));
  });
  await play(mutation, expectRefused);
});

it('a token whose claims are junk, well signed', async () => {
  const names = ['iss', 'aud', 'iat', 'exp', 'nbf', 'jti', 'events', 'sub', 'sid', 'nonce'];
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), junk, fc.double(), fc.constantFrom(1e300, -1e300, 8.64e12));
  const right = logoutClaims(issuer, clock.now());
  // One of those that must be there is not, or is nothing that it may be.
  const required = fc.constantFrom('iss', 'aud', 'iat', 'exp', 'jti', 'events');
  const changes = fc.tuple(
    fc.dictionary(fc.constantFrom(...names), odd),
    required,
    fc.constantFrom(null, undefined, []),
  );
  await play(changes, async ([some, name, nothing]) => {
    const claims = { ...right, ...some, [name]: nothing };
    await expectRefused(await (signers[1] as Signer).sign({ claims }));
  });
});
