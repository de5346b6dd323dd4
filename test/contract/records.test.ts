import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/db.ts';
import { createTestRecords, newKeys, tombstoneSeconds } from '../domain/records/room.ts';
import { databases, type OpenedDatabase } from '../support/databases.ts';

const grant = (id: string) => ({ grantId: id, accountId: 'acc', clientId: 'app' });

describe.each(databases)('the records room over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
  });
  afterAll(() => opened.close());

  it('shape: a payload comes back whole, also by uid and by user code, also by another node', async () => {
    const keys = newKeys();
    const { records } = createTestRecords(db, keys);
    const other = createTestRecords(db, keys).records;
    const payload = {
      jti: 's',
      uid: 'u-1',
      kind: 'Session',
      nested: { list: [1, 'ä漢🚪'], empty: null },
      accountId: 'a',
    };
    expect(await records.upsert('Session', 's', payload, 60)).toBe(true);
    await records.upsert('DeviceCode', 'd', { userCode: 'ABCD-EFGH' }, 60);
    for (const room of [records, other]) {
      expect(await room.find('Session', 's')).toEqual(payload);
      expect(await room.findByUid('u-1')).toEqual(payload);
      expect(await room.findByUserCode('ABCD-EFGH')).toEqual({ userCode: 'ABCD-EFGH' });
      expect(await room.find('AccessToken', 's')).toBeUndefined();
      expect(await room.findByUid('s')).toBeUndefined();
    }
    // What a caller does to its copy is its own affair.
    ((await records.find('Session', 's')) as { nested: { list: unknown[] } }).nested.list.length = 0;
    expect(await records.find('Session', 's')).toEqual(payload);
  });

  it('B02 C02 one of twenty consumers wins, on two nodes, and what is spent is never written again', async () => {
    const keys = newKeys();
    const nodes = [createTestRecords(db, keys).records, createTestRecords(db, keys).records] as const;
    await nodes[0].upsert('Grant', 'g', {}, 60);
    for (const model of ['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'PushedAuthorizationRequest'] as const) {
      const payload = model === 'PushedAuthorizationRequest' ? { n: 1 } : { n: 1, ...grant('g') };
      await nodes[0].upsert(model, 'x', payload, 60);
      const won = await Promise.all(
        Array.from({ length: 20 }, (_, index) => nodes[index % 2 ? 1 : 0].consume(model, 'x')),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await nodes[0].upsert(model, 'x', { ...payload, n: 2 }, 60)).toBe(false);
      for (const node of nodes)
        expect(await node.find(model, 'x')).toMatchObject({ n: 1, consumed: expect.any(Number) });
    }
  });

  it('one of twenty claims, one of twenty removals, and nobody replaces what is gone', async () => {
    const { records } = createTestRecords(db);
    const twenty = (work: () => Promise<boolean>) => Promise.all(Array.from({ length: 20 }, work));
    const claimed = await twenty(() => records.claim('ReplayDetection', 'jti', {}, 60));
    expect(claimed.filter(Boolean)).toHaveLength(1);
    await records.upsert('Interaction', 'i', { n: 1 }, 60);
    expect(await records.replace('Interaction', 'i', { n: 2 }, 60)).toBe(true);
    expect((await twenty(() => records.remove('Interaction', 'i'))).filter(Boolean)).toHaveLength(1);
    expect(await records.replace('Interaction', 'i', { n: 3 }, 60)).toBe(false);
    expect(await records.find('Interaction', 'i')).toBeUndefined();
  });

  it('a revoked grant stays revoked: nothing under it is left, nothing is added, not even the grant', async () => {
    const { records } = createTestRecords(db);
    await records.upsert('Grant', 'g', { n: 1 }, 60);
    await records.upsert('Grant', 'other', { n: 1 }, 60);
    await records.upsert('AccessToken', 'theirs', grant('other'), 60);
    for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode'] as const) {
      expect(await records.upsert(model, 'x', grant('g'), 60)).toBe(true);
    }
    await records.removeByGrant('AccessToken', 'g');
    expect(await records.find('AccessToken', 'x')).toBeUndefined();
    expect(await records.find('RefreshToken', 'x')).toBeDefined();
    await records.revokeGrant('g');
    await records.revokeGrant('g');
    for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode'] as const) {
      expect(await records.find(model, 'x')).toBeUndefined();
      expect(await records.upsert(model, 'y', grant('g'), 60)).toBe(false);
      expect(await records.find(model, 'y')).toBeUndefined();
    }
    expect(await records.upsert('Grant', 'g', { n: 2 }, 60)).toBe(false);
    expect(await records.find('Grant', 'g')).toBeUndefined();
    expect(await records.find('AccessToken', 'theirs')).toBeDefined();
  });

  it('no token and no grant outlives the revocation that it raced with, forty times', async () => {
    const { records } = createTestRecords(db);
    for (let round = 0; round < 40; round++) {
      const id = `g${round}`;
      await records.upsert('Grant', id, { n: 1 }, 60);
      const saves = [1, 2, 3, 4].map((index) => records.upsert('AccessToken', `${id}-${index}`, grant(id), 60));
      const again = [1, 2].map(() => records.upsert('Grant', id, { n: 2 }, 60));
      await Promise.all([...saves.slice(0, 2), again[0], records.revokeGrant(id), ...saves.slice(2), again[1]]);
      for (const index of [1, 2, 3, 4]) expect(await records.find('AccessToken', `${id}-${index}`)).toBeUndefined();
      expect(await records.find('Grant', id)).toBeUndefined();
    }
  });

  it('what has expired is purged in batches, the rest stays; tombstones go after their time', async () => {
    const keys = newKeys();
    let now = Date.now();
    const clock = { now: () => now, sleep: () => Promise.resolve() };
    const { records } = createTestRecords(db, keys, clock);
    await records.purge({ batch: 1000 });
    for (let index = 0; index < 25; index++) await records.upsert('AccessToken', `t${index}`, {}, 10);
    await records.upsert('AccessToken', 'stays', {}, 3600);
    await records.upsert('AccessToken', 'forever', {});
    await records.revokeGrant('gone');
    // What ended less than a minute ago may still be asked for.
    now += 60_000;
    expect(await records.purge({ batch: 10 })).toBe(0);
    now += 11_000;
    expect(await records.purge({ batch: 10 })).toBe(25);
    const fresh = createTestRecords(db, keys, clock).records;
    expect(await fresh.find('AccessToken', 't0')).toBeUndefined();
    expect(await fresh.find('AccessToken', 'stays')).toBeDefined();
    expect(await fresh.find('AccessToken', 'forever')).toBeDefined();
    now += (tombstoneSeconds - 120) * 1000;
    await records.purge({ batch: 100 });
    expect(await records.upsert('Grant', 'gone', {}, 60)).toBe(false);
    now += 180_000;
    await records.purge({ batch: 100 });
    expect(await records.upsert('Grant', 'gone', {}, 60)).toBe(true);
  });
});
