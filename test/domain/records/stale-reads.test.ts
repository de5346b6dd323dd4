/** What was read before a change must not be served after it, however the two overlap (security.md finding 2). */
import { createSecretKey, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { migrateToLatest } from '../../../src/db/migrate.ts';
import { openDatabase } from '../../../src/db/open.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { createRecords, type Model } from '../../../src/domain/records/records.ts';

let db: Database;
beforeAll(async () => {
  db = await openDatabase({ kind: 'memory' });
  await migrateToLatest(db);
});
afterAll(() => db.close());

const newKey = () => createSecretKey(randomBytes(32));
const keys = { idKey: newKey(), payloadKey: newKey() };

/** The room over a database whose answers to `verb` are held back until `release`. */
function createSlowRoom(verb: 'SELECT' | 'INSERT' | 'DELETE', hold: 'before' | 'after') {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const slowly = async <Result>(sql: string, work: () => Promise<Result>): Promise<Result> => {
    const isHeld = sql.trimStart().startsWith(verb);
    if (isHeld && hold === 'before') await released;
    const result = await work();
    if (isHeld && hold === 'after') await released;
    return result;
  };
  const slow: Database = {
    ...db,
    get: (sql, values) => slowly(sql, () => db.get(sql, values)),
    run: (sql, values) => slowly(sql, () => db.run(sql, values)),
  };
  const clock = systemClock;
  return {
    records: createRecords({ db: slow, clock, audit: createAudit({ clock }), ...keys, tombstoneSeconds: 3600 }),
    release,
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const newId = () => randomBytes(8).toString('hex');
const quick = () => createSlowRoom('SELECT', 'before');

async function write(model: Model, id: string, grantId: string) {
  const { records } = quick();
  await records.upsert('Grant', grantId, { jti: grantId }, 60);
  await records.upsert(model, id, { jti: id, grantId, uid: id }, 60);
}

describe('a cached read', () => {
  it('that began before the record was removed is not kept', async () => {
    const id = newId();
    await write('Session', id, newId());
    const { records, release } = createSlowRoom('SELECT', 'after');
    const read = records.find('Session', id);
    await settled();
    await records.remove('Session', id);
    release();
    await read;
    expect(await records.find('Session', id)).toBeUndefined();
    expect(await records.findByUid(id)).toBeUndefined();
  });

  it('while the removal waits for its turn is not served after it', async () => {
    const id = newId();
    await write('Session', id, newId());
    const { records, release } = createSlowRoom('DELETE', 'before');
    const removal = records.remove('Session', id);
    await settled();
    expect(await records.find('Session', id)).toBeDefined();
    release();
    expect(await removal).toBe(true);
    expect(await records.find('Session', id)).toBeUndefined();
  });

  it('of a token whose grant was revoked before its own write was acknowledged is not kept', async () => {
    const [id, grantId] = [newId(), newId()];
    await quick().records.upsert('Grant', grantId, { jti: grantId }, 60);
    const { records, release } = createSlowRoom('INSERT', 'after');
    const write = records.upsert('AccessToken', id, { jti: id, grantId }, 60);
    await settled();
    await records.revokeGrant(grantId);
    release();
    await write;
    expect(await records.find('AccessToken', id)).toBeUndefined();
  });

  it('that began before the record was changed does not bring the old state back', async () => {
    const id = newId();
    await write('Grant', id, id);
    const { records, release } = createSlowRoom('SELECT', 'after');
    const read = records.find('Grant', id);
    await settled();
    await records.upsert('Grant', id, { jti: id, state: 'new' }, 60);
    release();
    await read;
    expect((await records.find('Grant', id))?.state).toBe('new');
  });
});
