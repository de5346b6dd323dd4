/** Deliveries of sign-outs as the API answers them (see answers.ts). */
import { z } from 'zod';
import { sessionEnds } from '../../domain/audit/audit.ts';
import { deliveryStates } from '../../domain/deliveries/deliveries.ts';
import { named, time } from './answer-types.ts';

const attempt = z.object({
  number: z.number().int(),
  at: time,
  milliseconds: z.number().int().describe('How long it took.'),
  status: z.number().int().optional().describe('What the app answered with.'),
  problem: z.string().optional().describe('Why it is not confirmed, and what to do.'),
  answer: z.string().describe('The beginning of what the app answered, as text.'),
});

const facts = {
  id: z.string(),
  signOutId: z.string().describe('The sign-out that the app is told of; other apps may have to hear of it too.'),
  clientId: z.string(),
  accountId: z.string(),
  sid: z.string().optional().describe('What the app calls the session; without it all of that person’s are meant.'),
  state: z
    .enum(deliveryStates)
    .describe('`given_up`: told for as long as it may be, in vain; `not_told`: the app has no address for this.'),
  reason: z.enum(sessionEnds).describe('Why that person is signed out.'),
  by: z.object({ type: z.string(), id: z.string().optional() }).describe('Who did it.'),
  attempts: z.number().int(),
  createdAt: time,
  dueAt: time.describe('While it waits: when the app is told next.'),
  giveUpAt: time.describe('Until when it is tried.'),
  settledAt: time.optional().describe('Since when it does not wait any more.'),
};

export const delivery = named(
  'Delivery',
  z.object({ ...facts, last: attempt.optional().describe('The last attempt.') }),
);
export const deliveryWithAttempts = named(
  'DeliveryWithAttempts',
  z.object({ ...facts, tries: z.array(attempt).describe('Every attempt, the last first.') }),
);
export const replayed = named('Replayed', z.object({ count: z.number().int().describe('How many are told again.') }));
