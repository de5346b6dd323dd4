/** How the secret of the installation wraps the keys: sealed under a key that is derived from it, and tied to their row. */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { isPosternError, PosternError } from '../../base/errors.ts';
import { digest } from '../../base/ids.ts';
import { deriveKey, open, seal } from '../../base/vault.ts';
import type { DataKeyRow, Purpose } from './store.ts';

export type Wrapping = ReturnType<typeof createWrapping>;

/** `secrets` is the present one, then earlier ones. */
export function createWrapping(secrets: readonly string[]) {
  const known = new Map(secrets.map((secret) => [secretId(secret), deriveKey(secret, 'wrapping')]));
  const [newestId = ''] = known.keys();
  const newest = known.get(newestId) as KeyObject;

  const openRow = (row: DataKeyRow): KeyObject =>
    createSecretKey(open(known.get(row.secret_id) ?? newest, row.sealed_key, contextOf(row)));

  const sealRow = (row: Pick<DataKeyRow, 'id' | 'purpose'>, key: KeyObject) => ({
    secret_id: newestId,
    sealed_key: seal(newest, key.export(), contextOf({ ...row, secret_id: newestId })),
  });

  function tryOpenRow(row: DataKeyRow): KeyObject | undefined {
    try {
      return known.has(row.secret_id) ? openRow(row) : undefined;
    } catch (error) {
      if (isPosternError(error)) return undefined;
      throw error;
    }
  }

  return {
    /** Names the present secret. */
    newestId,
    /** Why this key, and with it the database, can't be opened. A damaged key of cookies only signs people out (R17). */
    problemOf(row: DataKeyRow): PosternError | undefined {
      if (!known.has(row.secret_id)) return wrongSecret();
      return row.purpose !== 'cookies' && tryOpenRow(row) === undefined ? damaged(row) : undefined;
    },
    open: openRow,
    /** Undefined for a row that was changed, or that another secret has sealed. */
    tryOpen: tryOpenRow,
    /** Under the present secret. */
    seal: sealRow,
    /** A new random key; its id counts on from those that are there. */
    make(purpose: Purpose, present: readonly DataKeyRow[], now: number): DataKeyRow {
      const numbers = present.flatMap(({ id }) => Number(/^([a-z-]+)-(\d+)$/.exec(id)?.[2] ?? 0));
      const id = `${purpose}-${purpose === 'cookies' ? Math.max(0, ...numbers) + 1 : 1}`;
      const row = { id, purpose, created_at: now, retired_at: null };
      return { ...row, ...sealRow(row, createSecretKey(randomBytes(32))) };
    },
  };
}

const wrongSecret = () =>
  new PosternError(
    'invalid',
    'The secret does not open this database. Start with the POSTERN_SECRET it was made with; nothing was changed. If it is lost: postern key recover --help',
    { exitStatus: 78 },
  );

const damaged = ({ id }: DataKeyRow) =>
  new PosternError(
    'invalid',
    `The data key ${id} could not be opened: its row was changed. Restore a backup: postern restore --help. If there is none: postern key recover --help`,
    { exitStatus: 78 },
  );

/** Names the secret without telling it: the first 96 bits of a digest of a key derived from it. */
function secretId(secret: string): string {
  return digest(deriveKey(secret, 'secret id').export().toString('base64url')).slice(0, 16);
}

const contextOf = (row: Pick<DataKeyRow, 'id' | 'purpose' | 'secret_id'>) =>
  `data_keys|${row.id}|${row.purpose}|${row.secret_id}`;
