/** readiness: which clients have fetched a signing key, and which have used what it signed. */

/** From the least ready to the most, and last what does not count. */
export const readinessStates = ['behind', 'unknown', 'perhaps', 'fetched', 'proven', 'idle'] as const;
export type ReadinessState = (typeof readinessStates)[number];

/** How sure it is that one client has the key, and on what that rests. Times are epoch ms. */
export type ClientReadiness = {
  clientId: string;
  name: string;
  state: ReadinessState;
  how?: 'use' | 'address' | 'origin' | undefined;
  fetchedAt?: number | undefined;
  aliveAt?: number | undefined;
  usedAt?: number | undefined;
  /** Who else may have been the one that fetched. */
  sharedWith?: string[] | undefined;
};

export type KeyReadiness = {
  kid: string;
  /** The least ready first; idle ones last. */
  clients: ClientReadiness[];
  /** How many of `total` are `fetched` or `proven`. */
  ready: number;
  /** Those that count: all that are not idle. */
  total: number;
  idle: number;
  /** Addresses that fetched the key set with the key in it and are those of no client. */
  unattributed: { sources: number; lastAt?: number | undefined };
  /** Resources whose tokens such a key signs and that no client stands for: nobody can see who verifies those. */
  unseenResources: string[];
};

export type Readiness = { of(kid: string): Promise<KeyReadiness> };
