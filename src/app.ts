/**
 * The builder: makes every part by hand, in order, and hands out the services and a start and a stop. Server, commands,
 * fixture and tests use the same object.
 */

import { createReadiness } from './app/readiness.ts';
import { seed } from './app/seed.ts';
import { openStore, type Store } from './app/store.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { createLog, type Log, type LogStream } from './base/log.ts';
import type { Config } from './config/config.ts';
import { createAccess } from './domain/access/access.ts';
import { createAccounts } from './domain/accounts/accounts.ts';
import { createApiKeys, tokenScopes } from './domain/api-keys/api-keys.ts';
import { createAttributes } from './domain/attributes/attributes.ts';
import { type AuditEntry, createAudit } from './domain/audit/audit.ts';
import { createClients, demoClient } from './domain/clients/clients.ts';
import { openDataKeys } from './domain/data-keys/data-keys.ts';
import { createDirectory } from './domain/directory/directory.ts';
import { createGroups } from './domain/groups/groups.ts';
import { createInstallation } from './domain/installation/installation.ts';
import { createKeys } from './domain/keys/keys.ts';
import { createRecords } from './domain/records/records.ts';
import { createSessions } from './domain/sessions/sessions.ts';
import { createThrottles } from './domain/throttles/throttles.ts';
import { exchangeOf } from './http/context.ts';
import { createCsrf } from './http/csrf.ts';
import { createEnginePages } from './http/engine-pages.ts';
import { createPages } from './http/pages.ts';
import { createRequestToSelf } from './http/self.ts';
import { createHttp } from './http/server.ts';
import { createViews } from './http/views.ts';
import { listJobs } from './jobs/jobs.ts';
import { createRunner } from './jobs/runner.ts';
import { createOidc, createTryIt, type Oidc } from './oidc/oidc.ts';

export { type Account, type AccountChange, type AccountInput, hashForFile } from './domain/accounts/accounts.ts';
export { type Attribute, attributeFromText, attributeText } from './domain/attributes/attributes.ts';
export { type AuditEvent, type AuditFilters, auditLine } from './domain/audit/audit.ts';
export {
  type Client,
  type ClientChange,
  type ClientInput,
  demoClient,
  secretProblem,
} from './domain/clients/clients.ts';
export type { Directory, Plan, Progress, WrittenFile } from './domain/directory/directory.ts';
/** What a test puts in the place of the real thing: log lines go nowhere unless told, `store` is closed by `stop`. */
export type Seams = { clock?: Clock; logStream?: LogStream; store?: Store };
export type App = Awaited<ReturnType<typeof createApp>>;
type Rooms = Awaited<ReturnType<typeof createRooms>>;

/** Opens the database (creating it where that is allowed) and builds the house. Throws PosternError with an exit status. */
export async function createApp(config: Config, seams: Seams = {}) {
  const clock = seams.clock ?? systemClock;
  const log = createLog({ level: config.logLevel, stream: seams.logStream });
  const store = seams.store ?? (await openStore(config));
  try {
    const rooms = await createRooms(config, store, clock);
    const doors = await createDoors(config, rooms, log);
    return { config, log, ...rooms, ...doors, ...createLife({ config, log, store, rooms, doors }) };
  } catch (error) {
    // What went wrong first is what matters.
    await store.db
      .close()
      .catch((closing: unknown) => log.warn({ error: closing }, 'the database could not be closed'));
    store.release();
    throw error;
  }
}

/** The rooms, each with what it needs and nothing else. */
async function createRooms(config: Config, { db, secrets }: Store, clock: Clock) {
  const audit = createAudit({ clock });
  const dataKeys = await openDataKeys({ db, clock, audit, secrets });
  const throttles = createThrottles({ db, clock });
  const records = createRecords({
    ...{ db, clock, audit, idKey: dataKeys['record-ids'], payloadKey: dataKeys.records },
    tombstoneSeconds: longestLifetime(config),
  });
  const sessions = createSessions({ db, clock, audit, records });
  const keys = createKeys({ db, clock, audit, sealingKey: dataKeys.keys });
  const groups = createGroups({ db, clock, audit });
  const attributes = createAttributes({ db, clock, audit });
  const apiKeys = createApiKeys({ db, clock, audit });
  const accounts = createAccounts({
    ...{ db, clock, audit, throttles, groups, attributes, sessions, apiKeys },
    ...{ passwords: config.passwords, throttle: config.throttle, links: config.links, key: dataKeys.accounts },
    ...{ adminGroups: config.admin.groups, readGroups: config.admin.readGroups },
    createsGroups: config.mode !== 'serve',
    contextWords: ['postern', config.brand.name],
    picker: config.mode === 'dev',
  });
  const engine: { current?: Oidc } = {};
  const clients = createClients({
    ...{ db, clock, audit, groups, attributes, sessions },
    ...{ mode: config.mode, strict: config.strictClients, issuer: config.issuer },
    scopes: [...config.resources.flatMap(({ scopes }) => scopes), ...tokenScopes],
    resources: config.resources.map(({ identifier }) => identifier),
    // The call upwards: what a client may be, the engine knows, and it is built after the clients.
    validate: async (metadata) => engine.current?.validateClient(metadata),
  });
  const { groups: adminGroups, readGroups } = config.admin;
  const access = createAccess({ db, groups, attributes, accounts, clients, adminGroups, readGroups });
  const installation = createInstallation({ db, clock, issuer: config.issuer });
  const directory = createDirectory({
    ...{ db, audit, groups, attributes, accounts, clients, access, installation, adminGroups, readGroups },
    createsGroups: config.mode !== 'serve',
  });
  const recordEvent = (entry: AuditEntry) => audit.record(db, entry);
  return {
    ...{
      db,
      clock,
      dataKeys,
      audit,
      throttles,
      records,
      sessions,
      keys,
      groups,
      attributes,
      apiKeys,
      accounts,
      clients,
    },
    ...{ access, directory, engine, installation, recordEvent },
  };
}

/** Of everything that is issued, in seconds. */
const longestLifetime = ({ lifetimes, resources }: Config): number =>
  Math.max(...Object.values(lifetimes), ...resources.map(({ seconds = 0 }) => seconds));

/** The engine and the doors around it. */
async function createDoors(config: Config, rooms: Rooms, log: Log) {
  const { db, audit, dataKeys, accounts, throttles, clock, keys } = rooms;
  await keys.ensure();
  const views = createViews({ brand: config.brand, mode: config.mode, cache: true, clock });
  const pages = createPages(views, config.mode);
  const issuer = new URL(config.issuer);
  const listening: { at?: { port: number; addresses: string[] } } = {};
  const requestToken = createRequestToSelf(() => listening.at, issuer.host);
  const oidc = await createOidc({
    ...{ ...rooms, settings: config, log, durability: db, requestToken },
    cookieKey: dataKeys.cookies,
    proofKey: dataKeys.proofs,
    pages: createEnginePages({ pages, accounts, clock, log, mode: config.mode }),
    callerOf: (request) => {
      const { ip, id: requestId } = exchangeOf(request);
      return { ip, requestId };
    },
  });
  rooms.engine.current = oidc;
  const http = createHttp({
    ...{ ...rooms, config, log, durability: db, oidc, views, pages, interactions: oidc.interactions },
    listEvents: (page) => audit.list(db, page),
    cookieKey: dataKeys.cookies,
    csrf: createCsrf({ key: dataKeys.forms, issuer }),
    tryIt: createTryIt({ issuer: config.issuer, keys, client: demoClient, requestToken }),
    ready: createReadiness({ db, throttles }),
  });
  return { oidc, http, views, listening };
}

type Parts = { config: Config; log: Log; store: Store; rooms: Rooms; doors: Awaited<ReturnType<typeof createDoors>> };

function createLife({ config, log, store, rooms, doors }: Parts) {
  const runner = createRunner({
    jobs: listJobs({ ...rooms, purge: config.purge, retentionDays: config.audit.retentionDays, watchBrand }),
    log,
  });
  let stopped: Promise<void> | undefined;

  /** A brand that was applied wins over the one of the configuration. */
  async function watchBrand(): Promise<void> {
    doors.views.rebrand((await rooms.installation.brand()) ?? config.brand);
  }

  /** Only a server that listens seals: a `serve` that could not start must not close a directory to `dev`. */
  async function noteStart(): Promise<boolean> {
    const sealed = await rooms.installation.open(config.mode, config.issuer);
    if (sealed) await rooms.recordEvent({ actor: { type: 'system' }, event: 'installation.sealed', detail: {} });
    await rooms.db.flush();
    if (config.mode === 'serve') store.seal?.();
    return sealed;
  }

  async function stop(): Promise<void> {
    await doors.http.stop({ seconds: config.http.stopSeconds });
    await runner.stop();
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
      runner.start();
      return { ...doors.listening.at, sealed };
    },

    /** Answers what is in flight, ends the jobs, closes the database (R22). Called again, it gives the same promise. */
    stop(): Promise<void> {
      stopped ??= stop();
      return stopped;
    },
  };
}
