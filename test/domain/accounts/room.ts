import { createSecretKey } from 'node:crypto';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import {
  type AccountInput,
  type AccountsOptions,
  createAccounts,
  type PasswordSettings,
  type ThrottleSettings,
} from '../../../src/domain/accounts/accounts.ts';
import { createApiKeys } from '../../../src/domain/api-keys/api-keys.ts';
import { createAttributes } from '../../../src/domain/attributes/attributes.ts';
import { type AuditEventName, createAudit } from '../../../src/domain/audit/audit.ts';
import { createDeliveries } from '../../../src/domain/deliveries/deliveries.ts';
import { createGroups } from '../../../src/domain/groups/groups.ts';
import { createRecords } from '../../../src/domain/records/records.ts';
import { createSessions } from '../../../src/domain/sessions/sessions.ts';
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
/** An operator at the command line, as every change is told. */
export const byOperator = { by: operator };
/** `apply` of the file. */
export const byFile = { by: operator, source: 'file' } as const;
export const rightPassword = 'seven quiet lanterns drift';

type Overrides = { passwords?: Partial<PasswordSettings>; throttle?: Partial<typeof limits> } & Partial<
  Pick<AccountsOptions, 'createsGroups' | 'picker' | 'sessions'>
>;

/** The accounts room on that database with its neighbours and a clock to wind; nobody is in it. */
export function createRoom(db: Database, { passwords: cost, throttle, ...overrides }: Overrides = {}) {
  const clock = createManualClock();
  const audit = createAudit({ clock });
  const throttles = createThrottles({ db, clock });
  const key = createSecretKey(Buffer.alloc(32, 7));
  const records = createRecords({ db, clock, audit, idKey: key, payloadKey: key, tombstoneSeconds: 86_400 });
  const groups = createGroups({ db, clock, audit });
  const attributes = createAttributes({ db, clock, audit });
  const deliveries = createDeliveries({ db, clock, audit, giveUpSeconds: 86_400, attemptMilliseconds: 2500 });
  const sessions = createSessions({ db, clock, audit, records, deliveries });
  const apiKeys = createApiKeys({ db, clock, audit });
  const build = (passwords: Partial<PasswordSettings> = {}) =>
    createAccounts({
      ...{ db, clock, audit, throttles, groups, attributes, sessions, apiKeys, key },
      passwords: { ...cheapPasswords, ...cost, ...passwords },
      throttle: { ...limits, ...throttle },
      contextWords: ['postern'],
      adminGroups: ['admins', 'owners'],
      readGroups: ['auditors'],
      links: { inviteSeconds: 604_800, resetSeconds: 1800 },
      createsGroups: true,
      ...overrides,
    });
  const accounts = build();
  const add = (input: AccountInput) => accounts.create({ password: rightPassword, ...input }, byOperator);
  /** The events of one kind, about that account if one is named, the newest first. */
  const events = async (event: AuditEventName, { id: accountId }: { id?: string } = {}) =>
    (await audit.list(db, { limit: 100, event, accountId })).items;
  return { accounts, build, add, events, audit, throttles, groups, attributes, sessions, apiKeys, records, clock, db };
}

/** The room with alice, bob and dave (disabled) in it. */
export async function openRoom(db: Database, overrides: Overrides = {}) {
  const room = createRoom(db, overrides);
  const { accounts, add } = room;
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
  return { ...room, attempt, alice, bob, dave };
}
