/** What a delivery is to people and doors: one app that has to hear that somebody is signed out. */
import type { Actor, SessionEnd } from '../audit/audit.ts';

/**
 * `waiting`: for its first or next attempt. `confirmed`: the app has said that it has ended the session. `given_up`: it was
 * tried for as long as it may be. `not_told`: the app has no address for this.
 */
export const deliveryStates = ['waiting', 'confirmed', 'given_up', 'not_told'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** An app that somebody used in a session. `sid` is its name for the session; absent where all of that person's are meant. */
export type ToldApp = { clientId: string; sid?: string | undefined };

/** Somebody is signed out, of these apps. */
export type SignOut = { accountId: string; reason: SessionEnd; apps: readonly ToldApp[] };

/** Times are epoch ms. `dueAt`: when a waiting one is tried next. */
export type Delivery = {
  id: string;
  signOutId: string;
  clientId: string;
  accountId: string;
  sid: string | undefined;
  state: DeliveryState;
  attempts: number;
  createdAt: number;
  dueAt: number;
  giveUpAt: number;
  settledAt: number | undefined;
  /** Why, and who did it. */
  reason: SessionEnd;
  by: Actor;
};

/**
 * One attempt: when, how long it took, what the app answered with (`status`, and the first bytes of it as text), or what
 * kept it from being asked (`problem`, one sentence).
 */
export type Attempt = {
  number: number;
  at: number;
  milliseconds: number;
  status: number | undefined;
  problem: string | undefined;
  answer: string;
};

/** What came of an attempt. */
export type Outcome = Omit<Attempt, 'number'> & { isConfirmed: boolean };
