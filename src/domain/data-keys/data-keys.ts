/**
 * data-keys: the random keys that protect everything at rest, each sealed under the installation's secret. The secret
 * only wraps: changing it rewraps these rows and ends nothing. Owns the table `data_keys`; does not know what the keys
 * are used for.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { digest } from '../../base/ids.ts';
import { deriveKey, open, seal } from '../../base/vault.ts';
import type { Database, Db } from '../../db/db.ts';

export const purposes = ['record-ids', 'records', 'keys', 'cookies', 'accounts', 'forms', 'proofs'] as const;
export type Purpose = (typeof purposes)[number];
export type DataKeys = Record<Purpose, KeyObject>;

type DataKeyRow = { id: string; purpose: Purpose; secret_id: string; sealed_key: Buffer };

/**
 * Opens the keys; creates the missing ones, in one transaction. `secrets` is the present secret, then earlier ones.
 * Throws `invalid` (exit status 78) when none of them opens the keys; the database stays untouched (N03).
 */
export async function openDataKeys(dependencies: {
  db: Database;
  clock: Clock;
  secrets: readonly string[];
}): Promise<DataKeys> {
  const { db, clock, secrets } = dependencies;
  const wrapping = secrets.map((secret) => ({ id: secretId(secret), key: deriveKey(secret, 'wrapping') }));
  const present = await select(db);
  const keys = Object.fromEntries(present.map((row) => [row.purpose, unwrap(row, wrapping)])) as Partial<DataKeys>;
  if (purposes.every((purpose) => keys[purpose] !== undefined)) return keys as DataKeys;
  return db.transaction(async (tx) => {
    // Two nodes that start on an empty database: the second one waits, then finds the keys of the first.
    if (tx.dialect === 'postgresql') await tx.run('LOCK TABLE data_keys IN EXCLUSIVE MODE');
    const rows = new Map((await select(tx)).map((row) => [row.purpose, row]));
    const complete: Partial<DataKeys> = {};
    for (const purpose of purposes) {
      const row = rows.get(purpose) ?? (await insert(tx, purpose, wrapping[0] as Wrapping, clock.now()));
      complete[purpose] = unwrap(row, wrapping);
    }
    return complete as DataKeys;
  });
}

type Wrapping = { id: string; key: KeyObject };

/** Names the secret without telling it: the first 96 bits of a digest of a key derived from it. */
function secretId(secret: string): string {
  return digest(deriveKey(secret, 'secret id').export().toString('base64url')).slice(0, 16);
}

const contextOf = (row: Pick<DataKeyRow, 'id' | 'purpose' | 'secret_id'>) =>
  `data_keys|${row.id}|${row.purpose}|${row.secret_id}`;

function select(db: Db): Promise<DataKeyRow[]> {
  return db.all<DataKeyRow>('SELECT id, purpose, secret_id, sealed_key FROM data_keys');
}

async function insert(tx: Db, purpose: Purpose, wrapping: Wrapping, now: number): Promise<DataKeyRow> {
  const row = { id: `${purpose}-1`, purpose, secret_id: wrapping.id };
  const sealed_key = seal(wrapping.key, randomBytes(32), contextOf(row));
  await tx.run('INSERT INTO data_keys (id, purpose, secret_id, sealed_key, created_at) VALUES (?, ?, ?, ?, ?)', [
    row.id,
    row.purpose,
    row.secret_id,
    sealed_key,
    now,
  ]);
  return { ...row, sealed_key };
}

function unwrap(row: DataKeyRow, wrappings: readonly Wrapping[]): KeyObject {
  const wrapping = wrappings.find((candidate) => candidate.id === row.secret_id);
  if (!wrapping) {
    throw new PosternError(
      'invalid',
      'The secret does not open this database. Start with the POSTERN_SECRET it was made with; nothing was changed.',
      { exitStatus: 78 },
    );
  }
  return createSecretKey(open(wrapping.key, row.sealed_key, contextOf(row)));
}
