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
import type { Audit } from '../audit/audit.ts';

export const purposes = ['record-ids', 'records', 'keys', 'cookies', 'accounts', 'forms', 'proofs'] as const;
type Purpose = (typeof purposes)[number];
type DataKeys = Record<Purpose, KeyObject>;

type DataKeyRow = { id: string; purpose: Purpose; secret_id: string; sealed_key: Buffer };

/**
 * Opens the keys; in one transaction creates the missing ones and seals those of an earlier secret anew under the present
 * one, so that the earlier one is needed no more (N04). `secrets` is the present secret, then earlier ones. Throws
 * `invalid` (exit status 78) when none of them opens the keys; the database stays untouched (N03).
 */
export async function openDataKeys(dependencies: {
  db: Database;
  clock: Clock;
  audit: Audit;
  secrets: readonly string[];
}): Promise<DataKeys> {
  const { db, clock, audit, secrets } = dependencies;
  const wrapping = secrets.map((secret) => ({ id: secretId(secret), key: deriveKey(secret, 'wrapping') }));
  const [newest] = wrapping as [Wrapping];
  const present = await select(db);
  const keys = Object.fromEntries(present.map((row) => [row.purpose, unwrap(row, wrapping)])) as Partial<DataKeys>;
  const isComplete = purposes.every((purpose) => keys[purpose] !== undefined);
  if (isComplete && present.every((row) => row.secret_id === newest.id)) return keys as DataKeys;
  return db.transaction(async (tx) => {
    // Two nodes that start on an empty database: the second one waits, then finds the keys of the first.
    if (tx.dialect === 'postgresql') await tx.run('LOCK TABLE data_keys IN EXCLUSIVE MODE');
    const rows = new Map((await select(tx)).map((row) => [row.purpose, row]));
    const complete: Partial<DataKeys> = {};
    let resealed = 0;
    for (const purpose of purposes) {
      const row = rows.get(purpose) ?? (await insert(tx, purpose, newest, clock.now()));
      const key = unwrap(row, wrapping);
      if (row.secret_id !== newest.id) resealed += await reseal(tx, row, key, newest);
      complete[purpose] = key;
    }
    if (resealed > 0) {
      await audit.record(tx, { event: 'secret.changed', actor: { type: 'system' }, detail: { keys: resealed } });
    }
    return complete as DataKeys;
  });
}

/** Whether a secret has sealed anything here already. */
export async function hasDataKeys(db: Db): Promise<boolean> {
  return (await db.get('SELECT id FROM data_keys LIMIT 1')) !== undefined;
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

function reseal(tx: Db, row: DataKeyRow, key: KeyObject, { id: secret_id, key: wrapping }: Wrapping): Promise<number> {
  const sealed = seal(wrapping, key.export(), contextOf({ ...row, secret_id }));
  return tx.run('UPDATE data_keys SET secret_id = ?, sealed_key = ? WHERE id = ?', [secret_id, sealed, row.id]);
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
