/**
 * keys: the issuer's signing keys. Of each algorithm one is active and signs; before, it was published (pending), and it
 * stays published for a while after (retiring), so that nobody notices the change (life.ts). Sealed at rest. Owns the table
 * `keys`. Does not know who signs with them, nor which clients there are.
 */

import type { Algorithm } from '../../base/algorithms.ts';
import type { Db } from '../../db/db.ts';
import { createReading } from './reading.ts';
import { type Rotated, revoke, rotate, signNow } from './rotation.ts';
import { createSafe } from './safe.ts';
import { advance, ensure, type Questions, revokeRestoredIn } from './scheduled.ts';
import type { KeyChange, KeysDependencies } from './tools.ts';

export { type Algorithm, algorithms, isAlgorithm } from '../../base/algorithms.ts';
export { type KeyFile, keyFile, pemMap } from './export.ts';
export { generateKey, type PublicJwk, publicPart, type SigningJwk } from './generate.ts';
export { type Key, type KeyInfo, type KeyState, keyStates } from './key.ts';
export type { LifePolicy } from './life.ts';
export { type ComingStep, type KeyOutlook, type Outlook, type Phase, spanOf } from './outlook.ts';
export type { SigningSet } from './reading.ts';
export type { Rotated } from './rotation.ts';
export { leftHalfHash, type SignableKey, signable, signWith } from './sign.ts';
export { forgetKeys as forgetKeysIn } from './store.ts';
export { type KeyChange, keyInput } from './tools.ts';
export { claimedKid, verifyToken, verifyWithAny } from './verify.ts';

export type Keys = ReturnType<typeof createKeys>;

/** The room. What changes something opens its own transaction, and ends when every listener has followed. */
export function createKeys(dependencies: KeysDependencies) {
  const tools = { ...dependencies, safe: createSafe(dependencies) };
  const listeners: (() => Promise<void>)[] = [];
  const tell = async () => {
    for (const listener of listeners) await listener();
  };
  const thenTell = async <Result>(work: Promise<Result>): Promise<Result> => {
    const result = await work;
    await tell();
    return result;
  };

  return {
    ...createReading(tools),

    /** Called after this process has changed a key. */
    subscribe: (listener: () => Promise<void>): void => void listeners.push(listener),

    /** For whoever has changed what signs or is published without changing a key. Ends when every listener has followed. */
    announce: tell,

    /** Makes an active key for each algorithm that has none. Two nodes at once: one of them makes it. */
    ensure: (): Promise<void> => ensure(tools),

    /**
     * Does what is due by now (life.ts). `isReady`: asked before a pending key signs, whether everybody who matters has
     * fetched it; only where the policy waits for that. `isUsed`: whether an algorithm that was dropped from the settings
     * has to go on. Several processes may ask at once.
     */
    async advance(questions: Questions = {}): Promise<void> {
      if (await advance(tools, questions)) await tell();
    },

    /**
     * Publishes the next key of an algorithm; it signs when it has been published for long enough, at once where that is no
     * time. However many ask at once, one key is made; the answer is the one that is on its way. Throws `invalid` for an
     * algorithm that the settings leave out, and `conflict` when the pending key was changed in the database.
     */
    rotate: (algorithm: Algorithm, change: KeyChange): Promise<Rotated> => thenTell(rotate(tools, algorithm, change)),

    /** Signs with a pending key from now on. Throws `not_found`, and `conflict` for one that is not pending. */
    activate: (kid: string, change: KeyChange): Promise<void> => thenTell(signNow(tools, kid, change)),

    /**
     * Takes a key out for good, as compromised: it leaves the key set, its private part is erased, and what it has signed
     * is worth nothing here (J05). Where it was the active one, the pending or else a new one signs; its `kid` is answered.
     * Throws `not_found`, and `conflict` for one that is revoked already.
     */
    revoke: (kid: string, change: KeyChange): Promise<{ successor: string | undefined }> =>
      thenTell(revoke(tools, kid, change)),

    /** Joins the transaction, after a restore: what the replaced database (`present`) had revoked stays so. How many. */
    revokeRestoredIn: (tx: Db, present: Db): Promise<number> => revokeRestoredIn(tools, tx, present),
  };
}
