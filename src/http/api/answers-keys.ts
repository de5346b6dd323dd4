/** Signing keys as the API answers them (see answers.ts). */
import { z } from 'zod';
import { algorithms } from '../../base/algorithms.ts';
import { keyStates } from '../../domain/keys/keys.ts';
import { named, time } from './answer-types.ts';

export const key = named(
  'Key',
  z.object({
    kid: z.string().describe('Its thumbprint (RFC 7638).'),
    algorithm: z.enum(algorithms),
    state: z
      .enum(keyStates)
      .describe('`pending`: published, does not sign yet; `active`: signs; `retiring`: published still; `removed`.'),
    isRevoked: z.boolean().describe('It was taken out as compromised.'),
    isDamaged: z.boolean().describe('Its private part cannot be opened.'),
    createdAt: time.describe('Since when it is published.'),
    activatesAt: time.optional().describe('When a pending one is to sign.'),
    activatedAt: time.optional(),
    retiresAt: time.optional().describe('When another is to sign in the place of an active one.'),
    retiredAt: time.optional(),
    removesAt: time.optional().describe('When a retiring one leaves the key set.'),
    removedAt: time.optional(),
  }),
);
