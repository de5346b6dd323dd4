/**
 * The builder: makes every part by hand, in order, and hands out the services and a start and a stop. Server, commands,
 * fixture and tests use the same object.
 */
import type { DestinationStream } from 'pino';
import { type Clock, systemClock } from './base/clock.ts';
import { createLog } from './base/log.ts';
import { deriveKey } from './base/vault.ts';
import type { Config } from './config/config.ts';
import { createAccounts } from './domain/accounts/accounts.ts';
import { createAudit } from './domain/audit/audit.ts';
import { createClients } from './domain/clients/clients.ts';
import { openDataKeys } from './domain/data-keys/data-keys.ts';
import { createInstallation } from './domain/installation/installation.ts';
import { createKeys } from './domain/keys/keys.ts';
import { createRecords } from './domain/records/records.ts';
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
import { createOidc, createTryIt } from './oidc/oidc.ts';
import { seedEntries } from './seed.ts';
import { openStore, type Store } from './store.ts';

export type { ClientInput } from './domain/clients/clients.ts';
export type Seams = { clock?: Clock; logStream?: DestinationStream; store?: Store };
export type App = Awaited<ReturnType<typeof createApp>>;

/** Opens the database (creating it where that is allowed) and builds the rooms. Throws PosternError with an exit status. */
export async function createApp(config: Config, seams: Seams = {}) {
  const clock = seams.clock ?? systemClock;
  const log = createLog({ level: config.logLevel, stream: seams.logStream });
  const { db, secrets, release } = seams.store ?? (await openStore(config));
  const dataKeys = await openDataKeys({ db, clock, secrets });
  const audit = createAudit({ clock });
  const installation = createInstallation({ db, clock });
  const throttles = createThrottles({ db, clock });
  const records = createRecords({ db, clock, audit, idKey: dataKeys['record-ids'], payloadKey: dataKeys.records });
  const keys = createKeys({ db, clock, audit, sealingKey: dataKeys.keys });
  const accounts = createAccounts({
    ...{ db, clock, audit, throttles, passwords: config.passwords, throttle: config.throttle },
    key: dataKeys.accounts,
    contextWords: ['postern', config.brand.name],
  });
  // The second call upwards: what a client may be, the engine knows, and it is built after the clients.
  const clients = createClients({
    ...{ db, clock, audit, mode: config.mode, strict: config.strictClients },
    validate: (metadata) => services.oidc.validateClient(metadata),
  });

  /** The doors and the engine: only a server needs them, and they cost most of the start. */
  async function createServices() {
    await keys.ensure();
    const views = createViews({ brand: config.brand, mode: config.mode, cache: true, clock });
    const pages = createPages(views);
    const oidc = await createOidc({
      ...{ settings: config, db, clock, log, audit, accounts, clients, keys, records, throttles },
      cookieKey: dataKeys.cookies,
      proofKey: dataKeys.proofs,
      pages: createEnginePages({ pages, accounts, clock, log, mode: config.mode }),
      callerOf: (request) => {
        const { ip, id } = exchangeOf(request);
        return { ip, requestId: id };
      },
    });
    return { views, pages, oidc };
  }
  const services = await createServices();
  const csrf = createCsrf({ key: deriveKey(dataKeys.forms.export(), 'csrf'), issuer: new URL(config.issuer) });
  const tryIt = createTryIt({
    ...{ issuer: config.issuer, keys, client: { id: 'demo', secret: 'demo-secret' } },
    requestToken: createRequestToSelf(() => listening, new URL(config.issuer).host),
  });
  const http = createHttp({
    ...{ config, clock, db, log, audit, accounts, clients, csrf, tryIt, ...services },
    interactions: services.oidc.interactions,
    ready: () => probe(),
  });
  const runner = createRunner({ jobs: listJobs({ records, throttles, purge: config.purge }), log });
  let listening: { port: number; addresses: string[] } | undefined;

  /** A write that proves the store, for readiness. */
  async function probe(): Promise<boolean> {
    await throttles.reset('readiness');
    await db.flush();
    return true;
  }

  return {
    ...{
      config,
      db,
      log,
      clock,
      accounts,
      clients,
      keys,
      records,
      audit,
      throttles,
      oidc: services.oidc,
      handle: http.handle,
    },

    /** Notes the start (and seals, in `serve`), creates the entries of the file and the samples, listens, runs jobs. */
    async start(): Promise<{ port: number; addresses: string[]; sealed: boolean }> {
      const sealed = await installation.open(config.mode, config.issuer);
      if (sealed) await audit.record(db, { actor: { type: 'system' }, event: 'installation.sealed', detail: {} });
      await seedEntries({ config, accounts, clients });
      await db.flush();
      for (const warning of config.warnings) log.warn({ warning }, 'configuration');
      listening = await http.listen({ hosts: config.host, port: config.port });
      runner.start();
      return { ...listening, sealed };
    },

    /** Answers what is in flight, ends the jobs, closes the database (R22). */
    async stop(): Promise<void> {
      await http.stop({ seconds: config.http.stopSeconds });
      await runner.stop();
      await db.close();
      release();
    },
  };
}
