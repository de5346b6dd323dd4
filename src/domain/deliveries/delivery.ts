/** What a delivery is to people and doors: one app that has to hear that somebody is signed out. */
import { z } from 'zod';
import type { Actor, SessionEnd } from '../audit/audit.ts';

/**
 * `waiting`: for its first or next attempt. `confirmed`: the app has said that it has ended the session. `given_up`: it was
 * tried for as long as it may be. `not_told`: the app has no address for this.
 */
export const deliveryStates = ['waiting', 'confirmed', 'given_up', 'not_told'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

// PostgreSQL takes no NUL.
const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\0]*$/, 'must not hold a NUL character')
  .optional();
/** Which deliveries are meant. `unconfirmed`: whatever has not been confirmed. */
export const deliveryFilters = z.strictObject({
  state: z
    .enum(['unconfirmed', ...deliveryStates])
    .optional()
    .describe('`unconfirmed`: all but `confirmed`.'),
  ...{ clientId: text, accountId: text },
  signOutId: text.describe('Those of one sign-out.'),
});
export type DeliveryFilters = Partial<z.output<typeof deliveryFilters>>;

/** An app that somebody used in a session. `sid` is its name for the session; absent where all of that person's are meant. */
export type ToldApp = { clientId: string; sid?: string | undefined };

/** Somebody is signed out, of these apps. */
export type SignOut = { accountId: string; reason: SessionEnd; apps: readonly ToldApp[] };

/** What has been written of it: why, who did it, and when (epoch ms). */
export type RecordedSignOut = { id: string; accountId: string; reason: SessionEnd; by: Actor; at: number };

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

/** A delivery as lists have it: with its last attempt, if there was one. */
export type ListedDelivery = Delivery & { last: Attempt | undefined };

/** What came of an attempt. */
export type Outcome = Omit<Attempt, 'number'> & { isConfirmed: boolean };
