/** A signing key from the day it is published to the day it is gone, over real HTTP: nobody who follows the rules of caching notices. */
import { calculateJwkThumbprint, createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { algorithms } from '../../../src/base/algorithms.ts';
import { startPostern } from '../../../src/testing/testing.ts';
import { fetchKeySet, type KeySet, kidOf, kidsOf, verifyBy } from '../../support/key-set.ts';
import { temporaryFolder } from '../../support/spawned.ts';
import { createTeam, type Team, type TeamApp } from '../../support/team.ts';

const by = { by: { type: 'operator' } } as const;
const day = 86_400;
/** As in `serve`, whose passwords would take longer. */
const keys = { algorithms: [...algorithms], publishAheadSeconds: day, maxAgeSeconds: 300, activeSeconds: 90 * day };
const resourceOf = (algorithm: string) => `https://${algorithm.toLowerCase()}.example`;
const resources = algorithms.map((algorithm) => ({
  ...{ identifier: resourceOf(algorithm), scopes: ['read'], format: 'jwt' as const, algorithm },
}));

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());
const passSeconds = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

describe.each(['sqlite', 'postgresql'] as const)('the keys of every algorithm over %s', (kind) => {
  let team: Team;
  let person: Awaited<ReturnType<Team['person']>>;
  let apps: Map<string, TeamApp>;
  beforeEach(async () => {
    team = await createTeam(kind, { keys, resources });
    person = await team.person({ groups: ['engineering'] });
    apps = new Map();
    for (const algorithm of algorithms) {
      apps.set(algorithm, await team.app({ idTokenSignedResponseAlg: algorithm }));
    }
  });
  afterEach(() => team.stop());

  /** An ID token and a JWT access token, both of which the key of that algorithm signs. */
  async function tokensOf(algorithm: string): Promise<[string, string]> {
    const app = apps.get(algorithm) as TeamApp;
    const asked = { scope: 'openid read', resource: resourceOf(algorithm) };
    const { id_token, access_token } = await app.signIn(person, asked);
    return [id_token, access_token];
  }

  const allTokens = async (): Promise<string[]> => {
    const issued: string[] = [];
    for (const algorithm of algorithms) issued.push(...(await tokensOf(algorithm)));
    return issued;
  };

  it('J01 J02 published last and unused, then signing, then published, then gone; never anything private', async () => {
    const { postern, issuer } = team;
    const first = await fetchKeySet(issuer);
    expect(first.keys.map(({ alg }) => alg)).toEqual(algorithms);
    const before = await allTokens();
    expect(new Set(before.map(kidOf))).toEqual(new Set(kidsOf(first)));

    for (const algorithm of algorithms) await postern.keys.rotate(algorithm, by);
    const pending = await fetchKeySet(issuer);
    expect(kidsOf(pending).slice(0, 4)).toEqual(kidsOf(first));
    expect(pending.keys.slice(4).map(({ alg }) => alg)).toEqual(algorithms);
    passSeconds(day - 1);
    await postern.keys.advance();
    const early = await allTokens();
    expect(new Set(early.map(kidOf))).toEqual(new Set(kidsOf(first)));

    passSeconds(1);
    await postern.keys.advance();
    const after = await allTokens();
    const overlap = await fetchKeySet(issuer);
    expect(new Set(after.map(kidOf))).toEqual(new Set(kidsOf(pending).slice(4)));
    expect(kidsOf(overlap).slice(0, 4)).toEqual(kidsOf(pending).slice(4));
    // Whoever holds what the old keys signed verifies it until the overlap ends.
    for (const token of [...before, ...early, ...after]) await verifyBy(overlap, token);
    passSeconds(600 + 15 + 30 * day - 1);
    await postern.keys.advance();
    expect(kidsOf(await fetchKeySet(issuer)).toSorted()).toEqual(kidsOf(overlap).toSorted());
    passSeconds(1);
    await postern.keys.advance();
    const last = await fetchKeySet(issuer);
    expect(kidsOf(last)).toEqual(kidsOf(overlap).slice(0, 4));
    for (const token of after) await verifyBy(last, token);
    await expect(verifyBy(last, before[0] ?? '')).rejects.toThrow();
  }, 60_000);

  it('J02 apps that keep the key set for as long as jose does, and for almost as long as it is published ahead, notice nothing', async () => {
    const { postern, issuer } = team;
    const address = new URL(`${issuer}/jwks`);
    const patient = { cacheMaxAge: (day - 600) * 1000, cooldownDuration: day * 1000 };
    const caches = [createRemoteJWKSet(address), createRemoteJWKSet(address, patient)];
    const seen = new Set<string>();
    /** What whoever has just kept the key set for the time that it may be kept has. */
    const kept: KeySet[] = [];
    await postern.keys.rotate('RS256', by);
    await postern.keys.rotate('ES256', by);
    for (let hour = 0; hour <= 60; hour += 4) {
      if (hour === 28) for (const algorithm of ['RS256', 'ES256'] as const) await postern.keys.rotate(algorithm, by);
      kept.push(await fetchKeySet(issuer));
      passSeconds(300);
      await postern.keys.advance();
      for (const token of [...(await tokensOf('RS256')), ...(await tokensOf('ES256'))]) {
        for (const cache of caches) await jwtVerify(token, cache, { issuer });
        await verifyBy(kept.at(-1) as KeySet, token);
        seen.add(kidOf(token));
      }
      passSeconds(4 * 3600 - 300);
    }
    // Three keys of each have signed.
    expect(seen.size).toBe(6);
  }, 60_000);
});

it('J12 every installation makes keys of its own on an empty database, in every mode; none is the library’s', async () => {
  vi.useRealTimers();
  const kids: string[] = [];
  for (const mode of ['dev', 'testing', 'serve', 'serve'] as const) {
    const place = mode === 'serve' ? { data: temporaryFolder() } : { memory: true };
    const postern = await startPostern({ mode, ...place });
    const { keys: found } = await fetchKeySet(postern.issuer);
    kids.push(...found.map(({ kid }) => kid));
    // The start of the modulus of what oidc-provider signs with when nobody gives it keys.
    for (const { n = '' } of found) expect(n).not.toMatch(/^xwQ72P9z9OYshiQ-ntDYaPnnfwG6u9JA/);
    for (const key of found) expect(await calculateJwkThumbprint(key)).toBe(key.kid);
    await postern.stop();
  }
  expect(kids).toHaveLength(4 + 3 + 4 + 4);
  expect(new Set(kids).size).toBe(kids.length);
}, 60_000);
