import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { openDataKeys } from '../../../src/domain/data-keys/data-keys.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const secret = 'one-secret-that-is-long-enough-0123456789-0123456789';
const other = 'other-secret-that-is-long-enough-0123456789-01234567';
const by = { by: { type: 'operator' } } as const;
const day = 86_400;
const times = { rotateSeconds: 90 * day, keepSeconds: 31 * day };

describe.each(databases)('the keys of cookies over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  let clock: ReturnType<typeof createManualClock>;
  beforeEach(async () => {
    clock = createManualClock();
    opened = await open();
    db = opened.db;
  });
  afterEach(() => opened.close());

  const audit = () => createAudit({ clock });
  const ring = async (...secrets: string[]) =>
    (await openDataKeys({ db, clock, audit: audit(), secrets: secrets.length > 0 ? secrets : [secret] })).cookies;
  const hex = (keys: { export(): Buffer }[]) => keys.map((key) => key.export().toString('hex'));
  const events = async () => (await audit().list(db, { limit: 10, event: 'key.cookie_created' })).items;

  it('D05 a new key is read everywhere before it signs, and the old one goes on opening', async () => {
    const [one, two] = [await ring(), await ring()];
    const [first] = hex(one.all());
    clock.advance(60_000);
    const { id } = await one.rotate({ ...by, reason: 'a test' });
    expect(hex([one.newest()])).toEqual([first]);
    expect(one.all()).toHaveLength(2);
    await two.refresh();
    expect(hex(two.all())).toEqual(hex(one.all()));
    clock.advance(10_000);
    for (const node of [one, two]) {
      expect(hex(node.all())[1]).toBe(first);
      expect(hex([node.newest()])).not.toEqual([first]);
    }
    expect(await events()).toMatchObject([{ actor: by.by, detail: { keyId: id, reason: 'a test' } }]);
  });

  it('D05 a new key waits for its time also where the first one is hardly older', async () => {
    const node = await ring();
    const [first] = hex(node.all());
    clock.advance(1);
    await node.rotate(by);
    expect(hex([node.newest()])).toEqual([first]);
    clock.advance(9_999);
    expect(hex([node.newest()])).toEqual([first]);
    clock.advance(1);
    expect(hex([node.newest()])).not.toEqual([first]);
  });

  it('many who ask at once get one new key', async () => {
    const nodes = await Promise.all(Array.from({ length: 4 }, () => ring()));
    clock.advance(60_000);
    const made = await Promise.all(nodes.map((node) => node.rotate(by)));
    const ids = new Set(made.map(({ id }) => id));
    expect(ids.size).toBeLessThanOrEqual(2);
    expect(await events()).toHaveLength(1);
  });

  it('D05 is renewed by itself when it is old enough, and goes when no cookie of it can live', async () => {
    const node = await ring();
    const [first] = hex(node.all());
    await node.advance(times);
    expect(node.all()).toHaveLength(1);
    clock.advance(90 * day * 1000);
    await node.advance(times);
    expect(hex(node.all())).toContain(first);
    clock.advance(31 * day * 1000);
    await node.advance(times);
    expect(hex(node.all())).toContain(first);
    clock.advance(1);
    await node.advance(times);
    expect(hex(node.all())).not.toContain(first);
    expect(node.all()).toHaveLength(1);
    expect(await events()).toMatchObject([{ actor: { type: 'system' }, detail: { reason: 'scheduled' } }]);
  });

  it('R17 a key that cannot be opened signs everybody out and is told about; nothing fails', async () => {
    const [first] = hex((await ring()).all());
    await db.run(`UPDATE data_keys SET sealed_key = ? WHERE purpose = 'cookies'`, [Buffer.alloc(60)]);
    const node = await ring();
    expect(node.all()).toHaveLength(1);
    expect(hex(node.all())).not.toEqual([first]);
    const told = await audit().list(db, { limit: 10, event: 'record.unreadable' });
    expect(told.items).toMatchObject([{ detail: { table: 'data_keys' } }]);
    expect(hex((await ring()).all())).toEqual(hex(node.all()));
  });

  it('N04 a node with the earlier secret goes on with what it has, and makes no key that others cannot open', async () => {
    const earlier = await ring();
    clock.advance(60_000);
    const before = hex(earlier.all());
    expect(hex((await ring(other, secret)).all())).toEqual(before);
    await earlier.refresh();
    expect(hex(earlier.all())).toEqual(before);
    await expect(earlier.rotate(by)).rejects.toMatchObject({ code: 'conflict' });
    expect(hex((await ring(other)).all())).toEqual(before);
  });
});
