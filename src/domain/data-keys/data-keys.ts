/**
 * data-keys: the random keys that protect everything at rest, each sealed under the installation's secret. The secret
 * only wraps: changing it rewraps these rows and ends nothing. Cookies have a ring of keys, which is renewed without
 * ending a session (cookie-ring.ts). Owns the table `data_keys`; does not know what the keys are used for.
 */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Database, Db } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import { type CookieRing, createCookieRing } from './cookie-ring.ts';
import { type DataKeyRow, insertDataKey, lockDataKeys, removeDataKey, resealDataKey, selectDataKeys } from './store.ts';
import { createWrapping, type Wrapping } from './wrapping.ts';

export type { CookieKey, CookieRing } from './cookie-ring.ts';

/** One key for each of these; `cookies` has a ring instead. */
const singles = ['record-ids', 'records', 'keys', 'accounts', 'forms', 'proofs'] as const;
type Single = (typeof singles)[number];
export type DataKeys = Record<Single, KeyObject> & { cookies: CookieRing };

type Dependencies = { db: Database; clock: Clock; audit: Audit; secrets: readonly string[] };

/**
 * Opens the keys; in one transaction creates the missing ones and seals those of an earlier secret anew under the present
 * one, so that the earlier one is needed no more (N04). `secrets` is the present secret, then earlier ones. Throws
 * `invalid` (exit status 78) when none of them opens the keys, or a row was changed; the database stays untouched (N03).
 */
export async function openDataKeys(dependencies: Dependencies): Promise<DataKeys> {
  const { db, secrets } = dependencies;
  const wrapping = createWrapping(secrets);
  let rows = await selectDataKeys(db);
  const problem = rows.map(wrapping.problemOf).find(Boolean);
  if (problem) throw problem;
  if (!isInOrder(rows, wrapping)) rows = await bringInOrder(dependencies, wrapping);
  const single = (purpose: Single) => wrapping.open(rows.find((row) => row.purpose === purpose) as DataKeyRow);
  return {
    ...(Object.fromEntries(singles.map((purpose) => [purpose, single(purpose)])) as Record<Single, KeyObject>),
    cookies: createCookieRing({ ...dependencies, wrapping, rows }),
  };
}

/** Whether a secret has sealed anything here already. */
export async function hasDataKeys(db: Db): Promise<boolean> {
  return (await selectDataKeys(db)).length > 0;
}

/**
 * Whether there is a key that none of these secrets opens, and that is needed: then what it sealed is lost (R16). False for
 * a database without keys.
 */
export async function isSecretLost(db: Db, secrets: readonly string[]): Promise<boolean> {
  const wrapping = createWrapping(secrets);
  return (await selectDataKeys(db)).some((row) => wrapping.problemOf(row) !== undefined);
}

/** Forgets all keys, in the caller's transaction, and with them whatever they have sealed. */
export async function forgetDataKeysIn(tx: Db): Promise<void> {
  await lockDataKeys(tx);
  await tx.run('DELETE FROM data_keys');
}

/** Nothing is missing, nothing sealed by an earlier secret, and no key of cookies damaged. */
function isInOrder(rows: readonly DataKeyRow[], wrapping: Wrapping): boolean {
  const isComplete = [...singles, 'cookies'].every((purpose) => rows.some((row) => row.purpose === purpose));
  const isSound = (row: DataKeyRow) => row.purpose !== 'cookies' || wrapping.tryOpen(row) !== undefined;
  return isComplete && rows.every((row) => row.secret_id === wrapping.newestId && isSound(row));
}

async function bringInOrder({ db, clock, audit }: Dependencies, wrapping: Wrapping): Promise<DataKeyRow[]> {
  return db.transaction(async (tx) => {
    // Two nodes that start on an empty database: the second one waits, then finds the keys of the first.
    await lockDataKeys(tx);
    const present = await selectDataKeys(tx);
    const actor = { type: 'system' } as const;
    // A cookie key that is damaged signs out, and that is all: it must keep nobody from starting or changing secrets (R17).
    const damaged = present.filter((row) => row.purpose === 'cookies' && wrapping.tryOpen(row) === undefined);
    for (const { id } of damaged) await removeDataKey(tx, id);
    const rows = present.filter((row) => !damaged.includes(row));
    let resealed = 0;
    for (const row of rows.filter(({ secret_id }) => secret_id !== wrapping.newestId)) {
      resealed += await resealDataKey(tx, row, wrapping.seal(row, wrapping.open(row)));
    }
    const missing = [...singles, 'cookies' as const].filter((purpose) => !rows.some((row) => row.purpose === purpose));
    // Counts on from the damaged ones too: an id is not given twice.
    for (const purpose of missing) await insertDataKey(tx, wrapping.make(purpose, present, clock.now()));
    if (damaged.length > 0) {
      const detail = { table: 'data_keys', reason: `cannot be opened and was removed: ${damaged.map(({ id }) => id)}` };
      await audit.record(tx, { event: 'record.unreadable', actor, detail });
    }
    if (resealed > 0) await audit.record(tx, { event: 'secret.changed', actor, detail: { keys: resealed } });
    return selectDataKeys(tx);
  });
}
