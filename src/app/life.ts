/** What lives in time: the start, the jobs, the stop. */
import { randomId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import { endLeases, takeLease } from '../db/lease.ts';
import { listJobs } from '../jobs/jobs.ts';
import { createRunner, type MayWork } from '../jobs/runner.ts';
import type { Doors } from './doors.ts';
import { cookieTimesOf } from './key-policies.ts';
import type { Rooms } from './rooms.ts';
import { seed } from './seed.ts';
import type { Store } from './store.ts';

type Parts = { config: Config; log: Log; store: Store; rooms: Rooms; doors: Doors };

export function createLife({ config, log, store, rooms, doors }: Parts) {
  /** A brand that was applied wins over the one of the configuration. */
  const watchBrand = async () => doors.views.rebrand((await rooms.installation.brand()) ?? config.brand);
  const work = createWork({ config, log, rooms, doors, watchBrand });
  let stopped: Promise<void> | undefined;

  /** Only a server that listens seals: a `serve` that could not start must not close a directory to `dev`. */
  async function noteStart(): Promise<boolean> {
    const sealed = await rooms.installation.open(config.mode, config.issuer);
    if (sealed) await rooms.recordEvent({ actor: { type: 'system' }, event: 'installation.sealed', detail: {} });
    await rooms.db.flush();
    if (config.mode === 'serve') store.seal?.();
    return sealed;
  }

  /** A database that is away keeps nobody from stopping: what is lost comes again. */
  const keepNotes = () =>
    rooms.readiness
      .flush()
      .catch((error: unknown) => log.warn({ error }, 'what clients were last seen doing could not be written'));

  async function stop(): Promise<void> {
    await doors.http.stop({ seconds: config.http.stopSeconds });
    await work.stop();
    await keepNotes();
    try {
      await rooms.db.close();
    } finally {
      store.release();
    }
  }

  return {
    /** Creates the entries of the file and the samples, listens, notes the start (and seals, in `serve`), runs jobs. */
    async start(): Promise<{ port: number; addresses: string[]; sealed: boolean }> {
      await seed({ config, log, ...rooms });
      await watchBrand();
      await rooms.db.flush();
      for (const warning of config.warnings) log.warn({ warning }, 'configuration');
      doors.listening.at = await doors.http.listen({ hosts: config.host, port: config.port });
      const sealed = await noteStart();
      work.start();
      return { ...doors.listening.at, sealed };
    },

    /** Answers what is in flight, ends the jobs, closes the database (R22). Called again, it gives the same promise. */
    stop(): Promise<void> {
      stopped ??= stop();
      return stopped;
    },
  };
}

type Work = Omit<Parts, 'store'> & { watchBrand(): Promise<void> };

/** The jobs, and the leases under which those that are exclusive run. */
function createWork({ config, log, rooms, doors, watchBrand }: Work) {
  const holder = randomId(16);
  const runner = createRunner({
    jobs: listJobs({
      ...{ ...rooms, purge: config.purge, retentionDays: config.audit.retentionDays, watchBrand },
      ...{ cookieKeys: rooms.dataKeys.cookies, followKeys: doors.oidc.follow, cookieTimes: cookieTimesOf(config) },
      signOutDays: config.signOut.retentionDays,
    }),
    log,
    mayWork: createLeases(rooms, holder),
  });
  let isStarted = false;

  return {
    start(): void {
      isStarted = true;
      runner.start();
    },
    /** Other nodes need not wait for the end of our leases; a database that is away keeps nobody from stopping. */
    async stop(): Promise<void> {
      await runner.stop();
      await rooms.logout.stop();
      if (!isStarted) return;
      const given = endLeases(rooms.db, holder).then(() => rooms.db.flush());
      await given.catch((error: unknown) => log.warn({ error }, 'the leases could not be given back'));
    },
  };
}

/** Leases of this process. One that it holds is asked for again when half of it is over, not with every run of its job. */
function createLeases({ db, clock }: Pick<Rooms, 'db' | 'clock'>, holder: string): MayWork {
  const renewAt = new Map<string, number>();
  return async (name, seconds) => {
    const now = clock.now();
    if (now < (renewAt.get(name) ?? 0)) return true;
    const isOurs = await takeLease(db, { name, holder, seconds }, now);
    if (isOurs) renewAt.set(name, now + seconds * 500);
    return isOurs;
  };
}
