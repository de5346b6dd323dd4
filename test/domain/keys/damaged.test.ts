import { createSecretKey, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { algorithms, createKeys } from '../../../src/domain/keys/keys.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { hourly, keyRoom } from '../../support/key-room.ts';

const by = { by: { type: 'operator' } } as const;
const hour = 3_600_000;

describe.each(databases)('signing keys that were changed in the database, over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
  });
  afterEach(() => opened.close());

  it('R18 a damaged key is left out and noted once, and nothing is made in its place', async () => {
    const { audit, active, ...before } = keyRoom(db);
    await before.keys.ensure();
    const kid = await active('RS256');
    // Another process, which has not opened it before.
    const { keys } = keyRoom(db);
    await db.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [Buffer.alloc(64), kid]);
    const set = await keys.signingSet();
    await keys.signingSet();
    await keys.ensure();
    await keys.advance();
    expect(set.active.has('RS256')).toBe(false);
    expect(set.keys.map((jwk) => jwk.kid)).not.toContain(kid);
    expect(await keys.withoutKey()).toEqual(['RS256']);
    expect((await keys.list()).filter(({ isDamaged }) => isDamaged)).toMatchObject([{ kid }]);
    const told = (await audit.list(db, { limit: 10, event: 'record.unreadable' })).items;
    expect(told).toMatchObject([{ detail: { table: 'keys' } }]);
    // The first process goes on with what it has in memory.
    expect(await active('RS256')).toBe(kid);
    expect(await before.keys.withoutKey()).toEqual(['RS256']);
    expect(await keys.revoke(kid, by)).toMatchObject({ successor: expect.any(String) });
    expect(await keys.withoutKey()).toEqual([]);
  });

  it('R18 a damaged key that waits never signs: not in its time, not by hand, not in the place of a revoked one', async () => {
    const { keys, clock, active, states, audit } = keyRoom(db);
    await keys.ensure();
    const first = await active('ES256');
    const { kid: waiting } = await keys.rotate('ES256', by);
    await db.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [Buffer.alloc(64), waiting]);
    clock.advance(hour);
    // Nor does a process that has it in memory: the others could not sign.
    for (const room of [keyRoom(db, { clock }), { keys }]) await room.keys.advance();
    expect(await active('ES256')).toBe(first);
    await expect(keys.activate(waiting, by)).rejects.toMatchObject({ code: 'conflict' });
    expect((await audit.list(db, { limit: 9, event: 'record.unreadable' })).items.length).toBeGreaterThan(0);
    const { successor } = await keys.revoke(first, by);
    expect(successor).not.toBe(waiting);
    expect(await active('ES256')).toBe(successor);
    expect(await keys.withoutKey()).toEqual([]);
    // Nor is it said to be on its way.
    const { items: before } = await audit.list(db, { limit: 99 });
    await expect(keys.rotate('ES256', by)).rejects.toMatchObject({
      ...{ code: 'conflict', message: expect.stringContaining(`postern key revoke ${waiting} --now`) },
    });
    expect((await audit.list(db, { limit: 99 })).items).toEqual(before);
    // Taken out, it makes way for the next.
    await keys.revoke(waiting, by);
    expect(await keys.rotate('ES256', by)).toMatchObject({ isNew: true });
    expect((await states('ES256')).filter((state) => state === 'pending')).toHaveLength(1);
  });

  it('N01 N02 stores no private part openly, and opens no key that was moved to another row', async () => {
    const { keys } = keyRoom(db);
    await keys.ensure();
    const set = (await keys.signingSet()).keys;
    const rows = await db.all<{ kid: string; sealed_jwk: Buffer }>('SELECT * FROM keys');
    for (const jwk of set) {
      const raw = Buffer.from(jwk.d as string, 'base64url');
      for (const row of rows) {
        for (const needle of [jwk.d as string, raw.toString('hex'), raw.toString('base64')]) {
          expect(JSON.stringify(row)).not.toContain(needle);
          expect(row.sealed_jwk.includes(needle)).toBe(false);
        }
        expect(row.sealed_jwk.includes(raw)).toBe(false);
      }
    }
    const [one, two] = rows;
    await db.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [one?.sealed_jwk as Buffer, two?.kid as string]);
    const damaged = (await keys.list()).filter(({ isDamaged }) => isDamaged);
    expect(damaged.map(({ kid }) => kid)).toEqual([two?.kid]);
    const clock = createManualClock();
    const strange = createSecretKey(randomBytes(32));
    const others = {
      db,
      clock,
      audit: createAudit({ clock }),
      sealingKey: strange,
      algorithms,
      policyOf: () => hourly,
    };
    expect((await createKeys(others).signingSet()).keys).toEqual([]);
  });
});
