/** The table `rehearsals`: rows in and out. Every function takes the connection or transaction to work in. */
import { fromJson } from '../../db/columns.ts';
import type { Db } from '../../db/db.ts';
import type { PublicJwk } from '../keys/keys.ts';
import { type Step, type StepDetail, sameStep, stepLine } from './step.ts';
import type { VariantName } from './variants.ts';

/** As stored. `clientId`: whose tokens are signed by a key of the rehearsal; undefined: those of any client. Epoch ms. */
export type StoredRehearsal = {
  id: string;
  variant: VariantName;
  clientId: string | undefined;
  startedAt: number;
  endsAt: number;
  endedAt: number | undefined;
  sealedKeys: Buffer;
  steps: Step[];
};

type Row = {
  id: string;
  variant: VariantName;
  client_id: string | null;
  started_at: number;
  ends_at: number;
  ended_at: number | null;
  sealed_keys: Buffer;
  steps: string;
};

const columnsButSteps = 'id, variant, client_id, started_at, ends_at, ended_at, sealed_keys';
const columns = `${columnsButSteps}, steps`;

const withoutSteps = (row: Omit<Row, 'steps'>): Omit<StoredRehearsal, 'steps'> => ({
  ...{ id: row.id, variant: row.variant, clientId: row.client_id ?? undefined },
  ...{ startedAt: row.started_at, endsAt: row.ends_at, endedAt: row.ended_at ?? undefined },
  sealedKeys: row.sealed_keys,
});

const toRehearsal = (row: Row): StoredRehearsal => ({
  ...withoutSteps(row),
  steps: row.steps
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => fromJson<Step>(line)),
});

async function selectOne(db: Db, where: string, values: readonly (string | number)[]) {
  const row = await db.get<Row>(`SELECT ${columns} FROM rehearsals ${where}`, values);
  return row && toRehearsal(row);
}

export const findRehearsal = (db: Db, id: string) => selectOne(db, 'WHERE id = ?', [id]);
export const findRunning = (db: Db) => selectOne(db, 'WHERE running = 1', []);
/** The one whose time was over at `now` (epoch ms) and that nobody has ended. */
export const findExpired = (db: Db, now: number) => selectOne(db, 'WHERE running = 1 AND ends_at <= ?', [now]);

/** Asked for every second: without the steps. */
export async function findLatest(db: Db): Promise<Omit<StoredRehearsal, 'steps'> | undefined> {
  const sql = `SELECT ${columnsButSteps} FROM rehearsals ORDER BY started_at DESC, id LIMIT 1`;
  const row = await db.get<Omit<Row, 'steps'>>(sql);
  return row && withoutSteps(row);
}

/** Those of one client, the latest first. */
export async function listOf(db: Db, clientId: string): Promise<StoredRehearsal[]> {
  const sql = `SELECT ${columns} FROM rehearsals WHERE client_id = ? ORDER BY started_at DESC, id`;
  return (await db.all<Row>(sql, [clientId])).map(toRehearsal);
}

/** The public keys of the latest rehearsals, each set on its own: two may have the same kid. */
export async function latestPublicKeys(db: Db, limit: number): Promise<PublicJwk[][]> {
  const sql = 'SELECT public_keys FROM rehearsals ORDER BY started_at DESC, id LIMIT ?';
  return (await db.all<{ public_keys: string }>(sql, [limit])).map((row) => fromJson<PublicJwk[]>(row.public_keys));
}

/** False while another one runs. */
export async function insertRehearsal(
  tx: Db,
  rehearsal: Pick<StoredRehearsal, 'id' | 'variant' | 'clientId' | 'startedAt' | 'endsAt' | 'sealedKeys'>,
  publicKeys: string,
): Promise<boolean> {
  const sql = `INSERT INTO rehearsals
    (id, variant, client_id, running, started_at, ends_at, sealed_keys, public_keys, steps)
    VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?) ON CONFLICT (running) DO NOTHING`;
  const { id, variant, clientId = null, startedAt, endsAt, sealedKeys } = rehearsal;
  const steps = stepLine({ kind: 'began' }, startedAt);
  return (await tx.run(sql, [id, variant, clientId, startedAt, endsAt, sealedKeys, publicKeys, steps])) === 1;
}

/** Erases the private keys. False when it had ended already. */
export async function endRehearsal(tx: Db, id: string, at: number): Promise<boolean> {
  const sql = `UPDATE rehearsals SET running = NULL, ended_at = ?, sealed_keys = ?, steps = steps || ?
    WHERE id = ? AND running = 1`;
  return (await tx.run(sql, [at, Buffer.alloc(0), stepLine({ kind: 'ended' }, at), id])) === 1;
}

export const forgetRehearsals = (tx: Db, before: number): Promise<number> =>
  tx.run('DELETE FROM rehearsals WHERE ended_at < ?', [before]);

/** What clients may do as often as they like must not fill the row, so that there is room for what decides. */
const mostCharacters = { noise: 50_000, any: 200_000 };

/**
 * Adds a step, in one statement: several may happen at once. A sign of life is noted once for each token, and only for one
 * that was handed over in this rehearsal.
 */
export async function addStep(db: Db, id: string, step: StepDetail, at: number): Promise<void> {
  const sql = `UPDATE rehearsals SET steps = steps || ?
    WHERE id = ? AND length(steps) < ? AND steps LIKE ? AND steps NOT LIKE ?`;
  const isNoise = step.kind === 'keys' || step.kind === 'asked';
  const most = isNoise ? mostCharacters.noise : mostCharacters.any;
  const known = step.kind === 'alive' ? `%"${step.of}"%` : '%';
  await db.run(sql, [stepLine(step, at), id, most, known, sameStep(step) ?? '']);
}
