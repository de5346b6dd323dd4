import { createSecretKey } from 'node:crypto';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import {
  type AccountInput,
  createAccounts,
  type PasswordSettings,
  type ThrottleSettings,
} from '../../../src/domain/accounts/accounts.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { createThrottles } from '../../../src/domain/throttles/throttles.ts';

export const cheapPasswords: PasswordSettings = {
  memoryKib: 8,
  iterations: 1,
  parallelism: 1,
  concurrency: 2,
  queue: 64,
  maxQueuedPerAddress: 64,
  maxWaitSeconds: 5,
  minimumLength: 15,
};

/** The limits of security.md e-4. */
export const limits: ThrottleSettings & { device: { rememberSeconds: number } } = {
  enabled: true,
  accountAndAddress: { limit: 5, windowSeconds: 900 },
  account: { limit: 10, windowSeconds: 3600, thenEverySeconds: 60, lockAfter: 100 },
  device: { limit: 10, windowSeconds: 900, rememberSeconds: 180 * 86_400 },
  address: { limit: 30, windowSeconds: 900, siteFactor: 8 },
  accountsPerAddress: { limit: 10, windowSeconds: 900 },
  global: { limit: 50, windowSeconds: 1 },
};

export const operator = { type: 'operator', id: 'test' } as const;
export const rightPassword = 'seven quiet lanterns drift';

type Overrides = { passwords?: Partial<PasswordSettings>; throttle?: Partial<typeof limits> };

/** The accounts room on that database with its neighbours, a clock to wind, and alice, bob and dave (disabled) in it. */
export async function openRoom(db: Database, overrides: Overrides = {}) {
  const clock = createManualClock();
  const audit = createAudit({ clock });
  const throttles = createThrottles({ db, clock });
  const build = (passwords: Partial<PasswordSettings> = {}) =>
    createAccounts({
      db,
      clock,
      audit,
      throttles,
      passwords: { ...cheapPasswords, ...overrides.passwords, ...passwords },
      throttle: { ...limits, ...overrides.throttle },
      key: createSecretKey(Buffer.alloc(32, 7)),
      contextWords: ['postern'],
    });
  const accounts = build();
  const add = (input: AccountInput) => accounts.create({ password: rightPassword, ...input }, { by: operator });
  const alice = await add({ username: 'alice', email: 'alice@example.test', emailVerified: true });
  const bob = await add({ username: 'bob' });
  const dave = await add({ username: 'dave', disabled: true });

  /** What came of a try: `ok`, or the error's code with what else the person learns. */
  const attempt = (username: string, password: string, ip: string, device?: string) =>
    accounts.authenticate({ username, password, ip, device, requestId: 'r' }).then(
      (signedIn) => ({ code: 'ok' as const, device: signedIn.device }),
      (error) => ({
        code: error.code,
        message: error.message,
        fields: error.fields,
        retryAfterSeconds: error.retryAfterSeconds,
      }),
    );
  return { accounts, build, add, attempt, alice, bob, dave, audit, throttles, clock, db };
}
