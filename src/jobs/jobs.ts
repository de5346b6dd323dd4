/** The list of jobs. */
import type { Clock } from '../base/clock.ts';
import type { Access } from '../domain/access/access.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { ApiKeys } from '../domain/api-keys/api-keys.ts';
import type { Audit } from '../domain/audit/audit.ts';
import type { Clients } from '../domain/clients/clients.ts';
import type { CookieRing } from '../domain/data-keys/data-keys.ts';
import type { Deliveries } from '../domain/deliveries/deliveries.ts';
import type { Algorithm, Keys } from '../domain/keys/keys.ts';
import type { Logout } from '../domain/logout/logout.ts';
import type { Readiness } from '../domain/readiness/readiness.ts';
import type { Records } from '../domain/records/records.ts';
import type { Sessions } from '../domain/sessions/sessions.ts';
import type { Throttles } from '../domain/throttles/throttles.ts';
import type { Job } from './runner.ts';

type JobDependencies = {
  records: Records;
  throttles: Throttles;
  accounts: Pick<Accounts, 'purgeLinks'>;
  apiKeys: Pick<ApiKeys, 'purge'>;
  audit: Audit;
  clock: Clock;
  db: Parameters<Audit['purge']>[0] & { flush(): Promise<void>; optimize(): Promise<void> };
  purge: { intervalSeconds: number; batch: number };
  /** Draws pages with the brand that was applied last, also by another process. */
  watchBrand(): Promise<void>;
  sessions: Pick<Sessions, 'reap'>;
  access: Pick<Access, 'endLost'>;
  logout: Pick<Logout, 'deliverDue'>;
  deliveries: Pick<Deliveries, 'purge'>;
  /** How many days it can be seen what apps were told. */
  signOutDays: number;
  keys: Pick<Keys, 'advance'>;
  clients: Pick<Clients, 'usesOfAlgorithm'>;
  readiness: Pick<Readiness, 'isReady' | 'purge' | 'writeDue'>;
  cookieKeys: Pick<CookieRing, 'advance'>;
  /** Takes up keys that another process has changed. */
  followKeys(): Promise<void>;
  /** When the key of cookies is renewed, and how long an old one is kept; in seconds. */
  cookieTimes: { rotateSeconds: number; keepSeconds: number };
  /** How many days the log goes back, and API keys that have ended are kept; 0: for ever. */
  retentionDays: number;
};

/** Of all servers one has this lease, for ten seconds at a time: while somebody has it, one of them is alive. */
export const signOfServers = 'tell apps of sign-outs';

const dayMilliseconds = 86_400_000;
/** An event has five indexes: five hundred at once would keep requests waiting for 70 ms. */
const mostEvents = 100;

/** A session ends with all its grants and apps in one transaction: so many keep nobody waiting. */
const sessionsAtOnce = 50;
const mostSecondsUnreaped = 30;

export function listJobs(dependencies: JobDependencies): Job[] {
  const { records, throttles, accounts, apiKeys, audit, clock, db, purge, watchBrand, retentionDays } = dependencies;
  const { cookieKeys } = dependencies;
  return [
    {
      name: 'purge records',
      intervalSeconds: purge.intervalSeconds,
      run: async (signal) => {
        await records.purge({ batch: purge.batch, signal });
      },
    },
    {
      name: 'purge throttles',
      intervalSeconds: purge.intervalSeconds,
      run: async (signal) => {
        while (!signal.aborted && (await throttles.purge(purge.batch)) === purge.batch);
      },
    },
    {
      name: 'purge links',
      intervalSeconds: purge.intervalSeconds,
      run: async (signal) => {
        while (!signal.aborted && (await accounts.purgeLinks(purge.batch)) === purge.batch);
      },
    },
    {
      name: 'purge the audit log',
      intervalSeconds: purge.intervalSeconds,
      run: async (signal) => {
        if (retentionDays === 0) return;
        const before = clock.now() - retentionDays * dayMilliseconds;
        const batch = Math.min(mostEvents, purge.batch);
        // Requests get their turn between two batches: the first run over an old log has many.
        while (!signal.aborted && (await audit.purge(db, before, batch)) === batch) await db.flush();
      },
    },
    {
      name: 'purge API keys',
      intervalSeconds: purge.intervalSeconds,
      run: async (signal) => {
        if (retentionDays === 0) return;
        const before = clock.now() - retentionDays * dayMilliseconds;
        while (!signal.aborted && (await apiKeys.purge(before, purge.batch)) === purge.batch);
      },
    },
    ...listSignOutJobs(dependencies),
    { name: 'watch brand', intervalSeconds: 2, run: watchBrand },
    { name: 'follow keys', intervalSeconds: 1, run: dependencies.followKeys },
    ...listReadinessJobs(dependencies),
    {
      name: 'renew the cookie key',
      intervalSeconds: 60,
      isExclusive: true,
      run: () => cookieKeys.advance(dependencies.cookieTimes),
    },
    { name: 'optimize the database', intervalSeconds: 86_400, run: () => db.optimize() },
  ];
}

/** Sessions that end by themselves, and the apps that have to hear of it. */
function listSignOutJobs({ sessions, access, logout, deliveries, clock, purge, signOutDays }: JobDependencies): Job[] {
  return [
    {
      name: 'end expired sessions',
      intervalSeconds: Math.min(purge.intervalSeconds, mostSecondsUnreaped),
      isExclusive: true,
      run: async (signal) => {
        while (!signal.aborted && (await sessions.reap(sessionsAtOnce)) === sessionsAtOnce);
      },
    },
    {
      name: 'end lost access',
      intervalSeconds: 2,
      isExclusive: true,
      run: async (signal) => {
        await access.endLost(signal);
      },
    },
    { name: signOfServers, intervalSeconds: 0.5, isExclusive: true, run: logout.deliverDue },
    {
      name: 'purge deliveries',
      intervalSeconds: purge.intervalSeconds,
      isExclusive: true,
      run: async (signal) => {
        const before = clock.now() - signOutDays * dayMilliseconds;
        while (!signal.aborted && (await deliveries.purge(before, sessionsAtOnce)) === sessionsAtOnce);
      },
    },
  ];
}

/** What clients were seen doing, and the keys that may wait for them. */
function listReadinessJobs({ keys, clients, readiness, purge }: JobDependencies): Job[] {
  const isUsed = async (algorithm: Algorithm) => (await clients.usesOfAlgorithm(algorithm)).length > 0;
  return [
    { name: 'note readiness', intervalSeconds: 5, run: () => readiness.writeDue() },
    {
      name: 'purge readiness',
      intervalSeconds: purge.intervalSeconds,
      run: (signal) => readiness.purge({ batch: purge.batch, signal }),
    },
    {
      name: 'advance keys',
      intervalSeconds: 5,
      isExclusive: true,
      run: () => keys.advance({ isReady: readiness.isReady, isUsed }),
    },
  ];
}
