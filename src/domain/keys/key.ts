/** What a signing key is to people and doors. */
import type { Algorithm } from '../../base/algorithms.ts';

/** The states that a key goes through, in this order and never back. */
export const keyStates = ['pending', 'active', 'retiring', 'removed'] as const;
export type KeyState = (typeof keyStates)[number];

/** When what happened, or is to happen, to a key; epoch ms. */
export type KeyTimes = {
  /** Since when it is published. */
  createdAt: number;
  /** Of a pending one: from when on it is to sign. */
  activatesAt?: number | undefined;
  activatedAt?: number | undefined;
  /** Since when it does not sign any more. */
  retiredAt?: number | undefined;
  /** Since when its private part is erased. */
  removedAt?: number | undefined;
};

/** A signing key without its private part. `isRevoked`: it was taken out as compromised and vouches for nothing any more. */
export type Key = KeyTimes & { kid: string; algorithm: Algorithm; state: KeyState; isRevoked: boolean };

/** A key with what is to become of it. */
export type KeyInfo = Key & {
  /** Of a pending one whose time has come: until when, at the latest, it waits for clients that have not fetched it. */
  waitsUntil?: number | undefined;
  /** Of an active one: when the next one is to sign in its place, at the latest. */
  retiresAt?: number | undefined;
  /** Of a retiring one: when it goes. */
  removesAt?: number | undefined;
  /** Its private part can't be opened: it was changed in the database. */
  isDamaged: boolean;
};
