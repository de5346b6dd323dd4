/** The tables of the room: rows in and out. Every function takes the connection or transaction to work in. */
import type { Db, Value } from '../../db/db.ts';
import type { SessionEnd } from '../audit/audit.ts';
import type {
  Attempt,
  Delivery,
  DeliveryFilters,
  DeliveryState,
  ListedDelivery,
  Outcome,
  RecordedSignOut,
} from './delivery.ts';

type Row = {
  id: string;
  sign_out_id: string;
  client_id: string;
  account_id: string;
  sid: string | null;
  state: DeliveryState;
  attempts: number;
  created_at: number;
  due_at: number;
  give_up_at: number;
  settled_at: number | null;
  reason: SessionEnd;
  actor_type: Delivery['by']['type'];
  actor_id: string | null;
};

const columns = `deliveries.id, sign_out_id, client_id, deliveries.account_id, sid, state, attempts, created_at, due_at,
  give_up_at, settled_at, reason, actor_type, actor_id`;
const joined = 'deliveries JOIN sign_outs ON sign_outs.id = deliveries.sign_out_id';

const toDelivery = (row: Row): Delivery => ({
  ...{ id: row.id, signOutId: row.sign_out_id, clientId: row.client_id, accountId: row.account_id },
  ...{ sid: row.sid ?? undefined, state: row.state, attempts: row.attempts },
  ...{ createdAt: row.created_at, dueAt: row.due_at, giveUpAt: row.give_up_at },
  ...{ settledAt: row.settled_at ?? undefined, reason: row.reason },
  by: { type: row.actor_type, ...(row.actor_id !== null && { id: row.actor_id }) },
});

export async function insertSignOut(tx: Db, { id, accountId, reason, by, at }: RecordedSignOut): Promise<void> {
  const sql = 'INSERT INTO sign_outs (id, account_id, reason, actor_type, actor_id, at) VALUES (?, ?, ?, ?, ?, ?)';
  await tx.run(sql, [id, accountId, reason, by.type, by.id ?? null, at]);
}

export async function findSignOut(db: Db, id: string): Promise<RecordedSignOut | undefined> {
  type Row = { account_id: string; reason: SessionEnd; actor_type: Delivery['by']['type']; actor_id: string | null };
  const sql = 'SELECT account_id, reason, actor_type, actor_id, at FROM sign_outs WHERE id = ?';
  const row = await db.get<Row & { at: number }>(sql, [id]);
  if (!row) return undefined;
  const by = { type: row.actor_type, ...(row.actor_id !== null && { id: row.actor_id }) };
  return { id, accountId: row.account_id, reason: row.reason, by, at: row.at };
}

export type NewDelivery = Pick<
  Delivery,
  'id' | 'signOutId' | 'clientId' | 'accountId' | 'sid' | 'createdAt' | 'giveUpAt'
>;

export async function insertDelivery(tx: Db, delivery: NewDelivery): Promise<void> {
  const sql = `INSERT INTO deliveries (id, sign_out_id, client_id, account_id, sid, state, created_at, due_at, give_up_at)
    VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?)`;
  const { id, signOutId, clientId, accountId, sid = null, createdAt, giveUpAt } = delivery;
  await tx.run(sql, [id, signOutId, clientId, accountId, sid, createdAt, createdAt, giveUpAt]);
}

const isFree = '(claimed_until IS NULL OR claimed_until <= ?)';

/** From client to client through the index, past all that is due to one, or not due yet. */
const clientsDueSql = `WITH RECURSIVE waiting(client) AS (
    SELECT MIN(client_id) FROM deliveries WHERE state = 'waiting'
    UNION ALL
    SELECT (SELECT MIN(client_id) FROM deliveries WHERE state = 'waiting' AND client_id > client)
      FROM waiting WHERE client IS NOT NULL)
  SELECT client FROM waiting WHERE client IS NOT NULL AND EXISTS (
    SELECT 1 FROM deliveries WHERE client_id = client AND state = 'waiting' AND due_at <= ? AND ${isFree})`;

/** Clients that something is due for and nobody is on. */
export async function clientsDue(db: Db, now: number): Promise<string[]> {
  return (await db.all<{ client: string }>(clientsDueSql, [now, now])).map((row) => row.client);
}

/** On PostgreSQL two that claim at once pass over each other's rows; SQLite has one writer anyway. */
const claimSql = (lock: string): string => `UPDATE deliveries SET claim = ?, claimed_until = ? WHERE id IN (
    SELECT id FROM deliveries WHERE client_id = ? AND state = 'waiting' AND due_at <= ? AND ${isFree}
    ORDER BY due_at LIMIT ?${lock}) AND ${isFree} RETURNING id`;
const claims = { sqlite: claimSql(''), postgresql: claimSql(' FOR UPDATE SKIP LOCKED') };

export type Claim = { clientId: string; claim: string; now: number; until: number; limit: number };

/** Takes due deliveries of a client for one courier until that time; nobody else gets them meanwhile. */
export async function claimDue(db: Db, { clientId, claim, now, until, limit }: Claim): Promise<Delivery[]> {
  const values = [claim, until, clientId, now, now, limit, now];
  const taken = await db.all<{ id: string }>(claims[db.dialect], values);
  if (taken.length === 0) return [];
  const marks = taken.map(() => '?').join(', ');
  const ids = taken.map(({ id }) => id);
  return (await db.all<Row>(`SELECT ${columns} FROM ${joined} WHERE deliveries.id IN (${marks})`, ids)).map(toDelivery);
}

/** Writes what came of an attempt; false when the claim had run out and somebody else has the delivery by now. */
export async function settle(
  tx: Db,
  { id, attempts }: Pick<Delivery, 'id' | 'attempts'>,
  claim: string,
  next: { state: DeliveryState; dueAt: number; settledAt: number | undefined },
): Promise<boolean> {
  const sql = `UPDATE deliveries SET state = ?, attempts = ?, due_at = ?, settled_at = ?, claim = NULL, claimed_until = NULL
    WHERE id = ? AND claim = ?`;
  return (await tx.run(sql, [next.state, attempts, next.dueAt, next.settledAt ?? null, id, claim])) === 1;
}

export async function insertAttempt(tx: Db, deliveryId: string, number: number, outcome: Outcome): Promise<void> {
  const { at, milliseconds, status = null, problem = null, answer } = outcome;
  await tx.run(
    `INSERT INTO delivery_attempts (delivery_id, number, at, milliseconds, status, problem, answer)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [deliveryId, number, at, milliseconds, status, problem, answer],
  );
}

export async function findDelivery(db: Db, id: string): Promise<Delivery | undefined> {
  const row = await db.get<Row>(`SELECT ${columns} FROM ${joined} WHERE deliveries.id = ?`, [id]);
  return row && toDelivery(row);
}

type AttemptRow = Omit<Attempt, 'status' | 'problem'> & { status: number | null; problem: string | null };

const toAttempt = ({ number, at, milliseconds, status, problem, answer }: AttemptRow): Attempt => ({
  ...{ number, at, milliseconds, answer },
  ...{ status: status ?? undefined, problem: problem ?? undefined },
});

export async function attemptsOf(db: Db, deliveryId: string): Promise<Attempt[]> {
  const sql = `SELECT number, at, milliseconds, status, problem, answer FROM delivery_attempts
    WHERE delivery_id = ? ORDER BY number DESC`;
  return (await db.all<AttemptRow>(sql, [deliveryId])).map(toAttempt);
}

function conditionsOf(filters: DeliveryFilters): { sql: string; values: Value[] } {
  const { state, clientId, accountId, signOutId } = filters;
  const isOpen = state === 'unconfirmed';
  const conditions = [
    ['state', isOpen ? undefined : state],
    ['client_id', clientId],
    ['deliveries.account_id', accountId],
    ['sign_out_id', signOutId],
  ].filter((condition): condition is [string, string] => condition[1] !== undefined);
  return {
    sql: (isOpen ? " AND state <> 'confirmed'" : '') + conditions.map(([column]) => ` AND ${column} = ?`).join(''),
    values: conditions.map(([, value]) => value),
  };
}

/** The newest first, those before the one with the id `before`, each with its last attempt. */
export async function listDeliveries(
  db: Db,
  filters: DeliveryFilters,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<ListedDelivery[]> {
  const { sql, values } = conditionsOf(filters);
  const page = before === undefined ? '' : ' AND deliveries.id < ?';
  type Listed = Row &
    Omit<AttemptRow, 'number' | 'at' | 'answer'> & { number: number | null; tried_at: number; answer: string };
  const rows = await db.all<Listed>(
    `SELECT ${columns}, last.number, last.at AS tried_at, milliseconds, status, problem, answer FROM ${joined}
     LEFT JOIN delivery_attempts last ON last.delivery_id = deliveries.id AND last.number = attempts
     WHERE 1 = 1${sql}${page} ORDER BY deliveries.id DESC LIMIT ?`,
    [...values, ...(before === undefined ? [] : [before]), limit],
  );
  return rows.map(({ number, tried_at: at, ...row }) => ({
    ...toDelivery(row),
    last: number === null ? undefined : toAttempt({ ...row, number, at }),
  }));
}

/** Makes those that are not confirmed, and that nobody is telling just now, due now; how many. */
export function replay(
  tx: Db,
  filters: DeliveryFilters & { id?: string },
  now: number,
  giveUpAt: number,
): Promise<number> {
  const { sql, values } = conditionsOf(filters);
  const one = filters.id === undefined ? '' : ' AND id = ?';
  const again = `UPDATE deliveries SET state = 'waiting', due_at = ?, give_up_at = ?, settled_at = NULL
    WHERE state <> 'confirmed'${sql}${one} AND ${isFree}`;
  return tx.run(again, [now, giveUpAt, ...values, ...(filters.id === undefined ? [] : [filters.id]), now]);
}

export async function countByState(db: Db, filters: DeliveryFilters): Promise<Record<DeliveryState, number>> {
  const { sql, values } = conditionsOf(filters);
  const rows = await db.all<{ state: DeliveryState; count: number }>(
    `SELECT state, COUNT(*) AS count FROM deliveries WHERE 1 = 1${sql} GROUP BY state`,
    values,
  );
  const none = { waiting: 0, confirmed: 0, given_up: 0, not_told: 0 };
  return { ...none, ...Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)])) };
}

/** Deletes up to `limit` of those that were settled before that time (epoch ms), with their attempts; how many. */
export async function purge(tx: Db, settledBefore: number, limit: number): Promise<number> {
  const sql = 'SELECT id, sign_out_id FROM deliveries WHERE settled_at < ? ORDER BY id LIMIT ?';
  const old = await tx.all<{ id: string; sign_out_id: string }>(sql, [settledBefore, limit]);
  for (const { id, sign_out_id: signOutId } of old) {
    await tx.run('DELETE FROM delivery_attempts WHERE delivery_id = ?', [id]);
    await tx.run('DELETE FROM deliveries WHERE id = ?', [id]);
    await tx.run(
      'DELETE FROM sign_outs WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE sign_out_id = sign_outs.id)',
      [signOutId],
    );
  }
  return old.length;
}

/** Copies what is still waiting in another database, with the sign-out it belongs to and its attempts; how many. */
export async function adoptWaiting(tx: Db, from: Db): Promise<number> {
  type Copied = Record<string, Value>;
  const waiting = await from.all<Copied>(`SELECT * FROM deliveries WHERE state = 'waiting'`);
  let count = 0;
  for (const delivery of waiting) {
    const { id, sign_out_id: signOutId } = delivery as { id: string; sign_out_id: string };
    if (await tx.get('SELECT id FROM deliveries WHERE id = ?', [id])) continue;
    const signOut = await from.get<Copied>('SELECT * FROM sign_outs WHERE id = ?', [signOutId]);
    const attempts = await from.all<Copied>('SELECT * FROM delivery_attempts WHERE delivery_id = ?', [id]);
    if (signOut) await copyRow(tx, 'INSERT INTO sign_outs', signOut);
    await copyRow(tx, 'INSERT INTO deliveries', { ...delivery, claim: null, claimed_until: null });
    for (const attempt of attempts) await copyRow(tx, 'INSERT INTO delivery_attempts', attempt);
    count += 1;
  }
  return count;
}

/** Both databases are of this version, so the columns are the same. */
function copyRow(tx: Db, insert: string, row: Record<string, Value>): Promise<number> {
  const names = Object.keys(row);
  const marks = names.map(() => '?').join(', ');
  return tx.run(`${insert} (${names.join(', ')}) VALUES (${marks}) ON CONFLICT DO NOTHING`, Object.values(row));
}
