/** Signing keys as the API answers them (see answers.ts). */
import { z } from 'zod';
import { algorithms } from '../../base/algorithms.ts';
import { keyStates } from '../../domain/keys/keys.ts';
import { readinessStates } from '../../domain/readiness/readiness.ts';
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
    waitsUntil: time
      .optional()
      .describe('Of a pending one whose time has come: until when, at the latest, it waits for clients.'),
    activatedAt: time.optional(),
    retiresAt: time.optional().describe('When, at the latest, another is to sign in the place of an active one.'),
    retiredAt: time.optional(),
    removesAt: time.optional().describe('When a retiring one leaves the key set.'),
    removedAt: time.optional(),
  }),
);

export const rotatedKey = named(
  'RotatedKey',
  z.object({
    kid: z.string(),
    algorithm: z.enum(algorithms),
    isNew: z.boolean().describe('Whether this request has made it; else it was on its way already.'),
    activatesAt: time.optional().describe('From when on it signs; absent when it does now.'),
  }),
);

const told = z.object({ kind: z.string(), says: z.string() });
export const keyRevocation = named(
  'KeyRevocation',
  z.object({
    kid: z.string(),
    algorithm: z.enum(algorithms),
    state: z.enum(keyStates).describe('What it is before.'),
    takesOver: z.string().describe('What signs in its place: `pending`, the next key; a `new` one; or `nothing`.'),
    successor: z.string().optional().describe('The `kid` of that, once there is one.'),
    clients: z
      .object({ total: z.number().int(), first: z.array(z.object({ id: z.string(), name: z.string() })) })
      .describe('Those whose ID tokens are signed with its algorithm, and the first twenty of them by name.'),
    resources: z.array(z.string()).describe('Those whose access tokens are JWTs of its algorithm.'),
    breaks: z.array(told).describe('What breaks.'),
    remains: z.array(told).describe('What goes on.'),
  }),
);

export const keyReadiness = named(
  'KeyReadiness',
  z.object({
    kid: z.string(),
    ready: z.number().int().describe('How many of `total` are `fetched` or `proven`.'),
    total: z.number().int().describe('How many clients count: all that are not `idle`.'),
    idle: z.number().int(),
    clients: z
      .array(
        z.object({
          clientId: z.string(),
          name: z.string(),
          state: z
            .enum(readinessStates)
            .describe('`perhaps`: somebody fetched the key set from a place that it shares with others.'),
          how: z.string().optional().describe('What that rests on: `use`, `address` or `origin`.'),
          fetchedAt: time.optional(),
          aliveAt: time.optional(),
          usedAt: time.optional(),
          sharedWith: z.array(z.string()).optional().describe('Ids of the other clients of that place.'),
        }),
      )
      .describe('The least ready first.'),
    unattributed: z
      .object({ sources: z.number().int(), lastAt: time.optional() })
      .describe('Addresses of no client that have fetched the key.'),
    unseenResources: z.array(z.string()).describe('Resources whose APIs no client stands for.'),
  }),
);

export const cookieKey = named(
  'CookieKey',
  z.object({
    id: z.string(),
    createdAt: time,
    retiredAt: time.optional().describe('Since when it opens cookies and makes none.'),
  }),
);

/** What `postern key status --json` tells besides. */
export const keyStatus = z.object({
  at: time,
  algorithms: z.array(
    z.object({
      algorithm: z.enum(algorithms),
      isMade: z.boolean(),
      keys: z.array(key.extend({ phases: z.array(z.object({ state: z.enum(keyStates), from: time, to: time })) })),
      steps: z.array(z.object({ kind: z.string(), kid: z.string().optional(), at: time, until: time.optional() })),
      readiness: keyReadiness.optional().describe('Of the pending key.'),
    }),
  ),
  cookieKeys: z.array(cookieKey),
  cookieKeyRenewsAt: time,
});
