/** What there is, for whoever signs, verifies or looks. */
import { type Algorithm, algorithms } from '../../base/algorithms.ts';
import { type PublicJwk, publicPart, type SigningJwk } from './generate.ts';
import type { Key, KeyInfo } from './key.ts';
import { type LifePolicy, removesAt, retiresAt, waitsUntil } from './life.ts';
import { type Outlook, outlookOf } from './outlook.ts';
import { type StoredKey, selectKeys, versionOf } from './store.ts';
import { absent, type Tools } from './tools.ts';

/** What is published and what signs; two of the same version are the same. */
export type SigningSet = {
  version: string;
  /** With their private parts, in the order of the key set: what signs, what did, what is going to. */
  keys: readonly SigningJwk[];
  active: ReadonlyMap<Algorithm, SigningJwk>;
};

export function createReading(tools: Tools) {
  const { db, safe } = tools;
  return {
    /** All keys that ever were, the algorithms in their order, of each the youngest first. */
    list: async (): Promise<KeyInfo[]> => infosOf(tools, await selectKeys(db)),

    /** Throws `not_found`. */
    async find(kid: string): Promise<KeyInfo> {
      const key = infosOf(tools, await selectKeys(db)).find((candidate) => candidate.kid === kid);
      if (!key) throw absent();
      return key;
    },

    /** The published keys of each algorithm that has some or should, with what was and what is to come. */
    async outlook(): Promise<Outlook[]> {
      const keys = infosOf(tools, await selectKeys(db));
      const now = tools.clock.now();
      const there = keys.filter(({ state }) => state !== 'removed').map(({ algorithm }) => algorithm);
      return algorithms
        .filter((algorithm) => tools.algorithms.includes(algorithm) || there.includes(algorithm))
        .map((algorithm) => {
          const isMade = tools.algorithms.includes(algorithm);
          return outlookOf(algorithm, { keys, policy: tools.policyOf(algorithm), now, isMade });
        });
    },

    /** The public parts of what is published, in the order of the key set. */
    published: async (): Promise<PublicJwk[]> => (await signingSetOf(tools, await selectKeys(db))).keys.map(publicPart),

    /** Which keys are in which state, as one text, for whoever watches them. */
    version: async (): Promise<string> => versionOf(await selectKeys(db)),

    /** What is published and what signs. A key that can't be opened is noted, and left out unless it could be before (R18). */
    signingSet: async (): Promise<SigningSet> => signingSetOf(tools, await selectKeys(db)),

    /** The public parts of what was published, may have signed what somebody still holds, and was not compromised. */
    retired: async (): Promise<PublicJwk[]> =>
      (await selectKeys(db))
        .filter(({ state, isRevoked }) => state === 'removed' && !isRevoked)
        .flatMap((key) => safe.publicOf(key) ?? []),

    /** Whether that key was taken out as compromised. */
    isRevoked: async (kid: string | undefined): Promise<boolean> =>
      (await selectKeys(db)).some((key) => key.kid === kid && key.isRevoked),

    /** Algorithms that should have a key to sign with and have none that can be opened, whatever is in memory. */
    async withoutKey(): Promise<Algorithm[]> {
      const active = (await selectKeys(db)).filter(({ state }) => state === 'active');
      const isThere = (algorithm: Algorithm) =>
        active.some((key) => key.algorithm === algorithm && safe.open(key) !== undefined);
      return tools.algorithms.filter((algorithm) => !isThere(algorithm));
    },
  };
}

function infosOf({ safe, policyOf, clock }: Tools, all: readonly StoredKey[]): KeyInfo[] {
  const now = clock.now();
  return all.map((stored) => {
    const { sealedJwk: _sealedJwk, publicJwk: _publicJwk, ...key } = stored;
    const policy = policyOf(key.algorithm);
    const next = all.find(({ algorithm, state }) => algorithm === key.algorithm && state === 'pending');
    return {
      ...key,
      isDamaged: key.state !== 'removed' && safe.open(stored) === undefined,
      waitsUntil: waitsUntil(key, policy, now),
      retiresAt: key.state === 'active' ? endOfActive(key, { next, policy, now }) : undefined,
      removesAt: key.state === 'retiring' ? removesAt(key, policy) : undefined,
    };
  });
}

function endOfActive(
  key: Key,
  { next, policy, now }: { next: Key | undefined; policy: LifePolicy; now: number },
): number {
  if (next === undefined) return retiresAt(key, policy);
  return waitsUntil(next, policy, now) ?? next.activatesAt ?? now;
}

const order = { active: 0, retiring: 1, pending: 2, removed: 3 } as const;

async function signingSetOf({ safe }: Tools, stored: readonly StoredKey[]): Promise<SigningSet> {
  const published = stored
    .filter(({ state }) => state !== 'removed')
    .toSorted((one, other) => order[one.state] - order[other.state]);
  const { opened, damaged } = safe.openAll(published);
  for (const key of damaged) await safe.noteDamage(key);
  const active = published.flatMap((key): [Algorithm, SigningJwk][] => {
    const jwk = key.state === 'active' ? opened.get(key.kid) : undefined;
    return jwk ? [[key.algorithm, jwk]] : [];
  });
  return { version: versionOf(stored), keys: [...opened.values()], active: new Map(active) };
}
