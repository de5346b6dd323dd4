/** What there is, for whoever signs, verifies or looks. */
import type { Algorithm } from '../../base/algorithms.ts';
import type { PublicJwk, SigningJwk } from './generate.ts';
import type { KeyInfo } from './key.ts';
import { removesAt, retiresAt } from './life.ts';
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
    list: async (): Promise<KeyInfo[]> => (await selectKeys(db)).map((key) => infoOf(tools, key)),

    /** Throws `not_found`. */
    async find(kid: string): Promise<KeyInfo> {
      const key = (await selectKeys(db)).find((candidate) => candidate.kid === kid);
      if (!key) throw absent();
      return infoOf(tools, key);
    },

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

function infoOf({ safe, policyOf }: Tools, stored: StoredKey): KeyInfo {
  const { sealedJwk: _sealedJwk, publicJwk: _publicJwk, ...key } = stored;
  const policy = policyOf(key.algorithm);
  return {
    ...key,
    isDamaged: key.state !== 'removed' && safe.open(stored) === undefined,
    retiresAt: key.state === 'active' ? retiresAt(key, policy) : undefined,
    removesAt: key.state === 'retiring' ? removesAt(key, policy) : undefined,
  };
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
