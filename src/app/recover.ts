/**
 * The way on when the secret is lost (security.md R16): what it had sealed cannot be opened by anybody, so it goes; people,
 * passwords, groups, clients and the log stay. Nothing of this happens by itself.
 */
import { existsSync } from 'node:fs';
import { createApp } from '../app.ts';
import { systemClock } from '../base/clock.ts';
import { PosternError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/db.ts';
import { isLeased } from '../db/lease.ts';
import { acquireServerLock } from '../db/server-lock.ts';
import { createAudit } from '../domain/audit/audit.ts';
import { forgetDataKeysIn, isSecretLost } from '../domain/data-keys/data-keys.ts';
import { createInstallation } from '../domain/installation/installation.ts';
import { forgetKeysIn } from '../domain/keys/keys.ts';
import { endRestoredRecords } from '../domain/records/records.ts';
import { signOfServers } from '../jobs/jobs.ts';
import { openStore } from './store.ts';

/** How many signing keys and how many records (sessions, grants, codes, tokens) went. */
export type Recovered = { keys: number; records: number };

/**
 * Forgets what a lost secret has sealed and makes new keys under the present one, in a database that no server uses. Throws
 * `conflict` when the present secret opens it (then nothing is lost), and while a server runs (exit status 75), over
 * PostgreSQL also for ten seconds after one was killed; `not_found` where there is no database.
 */
export async function recover(config: Config): Promise<Recovered> {
  const isFile = !config.memory && config.database.url === undefined && existsSync(config.database.file);
  const lock = isFile ? await acquireServerLock(config.database.file) : undefined;
  try {
    const store = await openStore(config, { server: false });
    const recovered = await forgetSealed(config, store).catch(async (error: unknown) => {
      await store.db.close();
      throw error;
    });
    // Makes what is missing, sealed under the present secret.
    const app = await createApp({ ...config, logLevel: 'silent' }, { store });
    await app.stop();
    return recovered;
  } finally {
    lock?.release();
  }
}

type Sealed = { db: Database; secrets: readonly string[] };

async function forgetSealed({ issuer }: Config, { db, secrets }: Sealed): Promise<Recovered> {
  if (!(await isSecretLost(db, secrets))) {
    const message =
      'This secret opens the database: nothing is lost, and nothing was changed. To change it, start with POSTERN_SECRET=<new>,<old>.';
    throw new PosternError('conflict', message);
  }
  const clock = systemClock;
  // A SQLite file has its lock. What runs with the lost secret in memory would go on sealing with the keys that go here.
  if (db.dialect === 'postgresql' && (await isLeased(db, signOfServers, clock.now()))) throw inUse();
  const audit = createAudit({ clock });
  return db.transaction(async (tx) => {
    await forgetDataKeysIn(tx);
    const keys = await forgetKeysIn(tx, clock.now());
    const records = await endRestoredRecords(tx);
    await createInstallation({ db, clock, issuer }).setNotBeforeIn(tx, clock.now());
    const detail = { keys, records };
    await audit.record(tx, { actor: { type: 'operator' }, event: 'installation.recovered', detail });
    return detail;
  });
}

const inUse = () =>
  new PosternError(
    'conflict',
    'A Postern server uses this database. Stop them all, and wait for ten seconds if one was killed. One that runs has the secret still: look for it in its environment.',
    { exitStatus: 75 },
  );
