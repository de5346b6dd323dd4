import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/db/db.ts';
import { migrateToLatest } from '../../../src/db/migrate.ts';
import { openDatabase } from '../../../src/db/open.ts';
import { createTestRecords, newKeys } from './room.ts';

let db: Database;
beforeAll(async () => {
  db = await openDatabase({ kind: 'memory' });
  await migrateToLatest(db);
});
afterAll(() => db.close());

const rows = () => db.all<{ key: Buffer; payload: Buffer; user_code_key: Buffer | null }>('SELECT * FROM records');

describe('N02 rows that were swapped', () => {
  it.each([
    [
      'the payload of another record',
      'UPDATE records SET payload = (SELECT payload FROM records WHERE key = ?) WHERE key = ?',
    ],
    [
      'the payload under another model',
      'UPDATE records SET payload = (SELECT payload FROM records WHERE key = ?), model = 5 WHERE key = ?',
    ],
  ])('N02 %s is refused, and audited', async (_name, sql) => {
    const keys = newKeys();
    const { records, audit } = createTestRecords(db, keys);
    await db.run('DELETE FROM records');
    await db.run('DELETE FROM audit_events');
    await records.upsert('Session', 'of alice', { accountId: 'alice', uid: 'a' }, 60);
    const [alice] = await rows();
    await records.upsert('Session', 'of bob', { accountId: 'bob', uid: 'b' }, 60);
    const bob = (await rows()).find((row) => !row.key.equals(alice?.key as Buffer));
    await db.run(sql, [alice?.key as Buffer, bob?.key as Buffer]);
    // A node that has nothing in its cache.
    const node = createTestRecords(db, keys).records;
    expect(await node.find('Session', 'of alice')).toMatchObject({ accountId: 'alice' });
    expect(await node.find('Session', 'of bob')).toBeUndefined();
    expect(await node.findByUid('b')).toBeUndefined();
    const events = (await audit.list(db, { limit: 10 })).items;
    expect(events.map(({ event, detail, actor }) => ({ event, detail, actor }))).toEqual(
      Array.from({ length: 2 }, () => ({
        ...{ event: 'record.unreadable', actor: { type: 'system' } },
        detail: { table: 'records', reason: 'Session' },
      })),
    );
  });

  it('N02 a payload of which one bit was turned is refused', async () => {
    const keys = newKeys();
    await db.run('DELETE FROM records');
    await createTestRecords(db, keys).records.upsert('AccessToken', 'x', { n: 1 }, 60);
    const [row] = await rows();
    for (const position of [0, 13, (row?.payload.length ?? 0) - 1]) {
      const turned = Buffer.from(row?.payload as Buffer);
      turned[position] = (turned[position] as number) ^ 1;
      await db.run('UPDATE records SET payload = ?', [turned]);
      expect(await createTestRecords(db, keys).records.find('AccessToken', 'x')).toBeUndefined();
    }
    await db.run('UPDATE records SET payload = ?', [row?.payload as Buffer]);
    expect(await createTestRecords(db, keys).records.find('AccessToken', 'x')).toEqual({ n: 1 });
  });
});

it('N05 short values cannot be found by trying them all: their keys need the pepper, which differs by installation', async () => {
  await db.run('DELETE FROM records');
  const userCode = 'BCDF-GHJK';
  for (const keys of [newKeys(), newKeys()]) {
    await createTestRecords(db, keys).records.upsert('DeviceCode', 'd', { userCode }, 60);
  }
  const stored = (await rows()).map((row) => row.user_code_key?.toString('hex'));
  expect(new Set(stored).size).toBe(2);
  const spellings = [
    userCode,
    userCode.replace('-', ''),
    userCode.toLowerCase(),
    `userCode\0${userCode}`,
    `DeviceCode\0${userCode}`,
  ];
  const guesses = spellings.flatMap((text) => [
    createHash('sha256').update(text).digest('hex'),
    createHash('sha1').update(text).digest('hex'),
    createHash('sha512').update(text).digest('hex'),
    createHmac('sha256', '').update(text).digest('hex'),
  ]);
  expect(guesses.filter((guess) => stored.includes(guess))).toEqual([]);
  const dump = JSON.stringify(await rows(), (_name, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
  );
  for (const text of [userCode, userCode.replace('-', '')]) expect(dump).not.toContain(text);
});
