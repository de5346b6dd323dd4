import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { type Audit, createAudit } from '../../../src/domain/audit/audit.ts';
import { openDataKeys } from '../../../src/domain/data-keys/data-keys.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const secret = 'one-secret-that-is-long-enough-0123456789-0123456789';
const other = 'other-secret-that-is-long-enough-0123456789-01234567';
const purposes = ['record-ids', 'records', 'keys', 'accounts', 'forms', 'proofs', 'cookies'] as const;
const clock = createManualClock();
const audit = createAudit({ clock });

describe.each(databases)('data keys over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
  });
  afterEach(() => opened.close());

  const keysWith = (...secrets: string[]) => keysAudited(audit, secrets);
  const keysAudited = async (by: Audit, secrets: string[]) => {
    const keys = await openDataKeys({ db, clock, audit: by, secrets });
    const keyOf = (purpose: (typeof purposes)[number]) =>
      purpose === 'cookies' ? keys.cookies.newest() : keys[purpose];
    return Object.fromEntries(purposes.map((purpose) => [purpose, keyOf(purpose).export().toString('hex')]));
  };
  const rows = () => db.all<{ id: string; purpose: string; sealed_key: Buffer }>('SELECT * FROM data_keys ORDER BY id');

  it('makes a random key for each purpose once, and finds the same ones from then on', async () => {
    const first = await keysWith(secret);
    expect(new Set(Object.values(first)).size).toBe(purposes.length);
    expect(await keysWith(secret)).toEqual(first);
    expect(await rows()).toHaveLength(purposes.length);
  });

  it('several that start at once make one set', async () => {
    // Connections that are open already meet each other more often.
    await Promise.all(Array.from({ length: 5 }, rows));
    const all = await Promise.all(Array.from({ length: 5 }, () => keysWith(secret)));
    const now = await keysWith(secret);
    for (const keys of all) expect(keys).toEqual(now);
  });

  it('N03 another secret is refused with 78 and changes nothing; it does as an earlier one in the list', async () => {
    const first = await keysWith(secret);
    const before = await rows();
    await expect(keysWith(other)).rejects.toMatchObject({ code: 'invalid', exitStatus: 78 });
    expect(await rows()).toEqual(before);
    expect(await keysWith(other, secret)).toEqual(first);
  });

  it('N04 beside an earlier secret the new one takes over: the same keys, and the earlier one is needed no more', async () => {
    const first = await keysWith(secret);
    expect(await keysWith(other, secret)).toEqual(first);
    expect(await keysWith(other)).toEqual(first);
    await expect(keysWith(secret)).rejects.toMatchObject({ code: 'invalid', exitStatus: 78 });
    expect(await keysWith(other, secret)).toEqual(first);
    expect((await audit.list(db, { limit: 10, event: 'secret.changed' })).items).toMatchObject([
      { actor: { type: 'system' }, detail: { keys: purposes.length } },
    ]);
  });

  it('N04 a change that is cut short changed nothing: both secrets still do what they did', async () => {
    const first = await keysWith(secret);
    const before = await rows();
    const cutShort = { ...audit, record: () => Promise.reject(new Error('killed')) };
    await expect(keysAudited(cutShort, [other, secret])).rejects.toThrow('killed');
    expect(await rows()).toEqual(before);
    expect(await keysWith(secret)).toEqual(first);
    expect(await keysWith(other, secret)).toEqual(first);
  });

  it('N04 several nodes that change it at once change it once', async () => {
    const first = await keysWith(secret);
    await Promise.all(Array.from({ length: 5 }, rows));
    for (const keys of await Promise.all(Array.from({ length: 5 }, () => keysWith(other, secret)))) {
      expect(keys).toEqual(first);
    }
    expect((await audit.list(db, { limit: 10, event: 'secret.changed' })).items).toHaveLength(1);
  });

  it('N01 N02 stores none of the keys openly, and refuses a row that was moved to another purpose', async () => {
    const keys = await keysWith(secret);
    const stored = Buffer.concat((await rows()).map((row) => row.sealed_key)).toString('hex');
    for (const key of Object.values(keys)) expect(stored).not.toContain(key);
    const [one] = await rows();
    await db.run('UPDATE data_keys SET sealed_key = ? WHERE id = ?', [one?.sealed_key as Buffer, 'records-1']);
    await expect(keysWith(secret)).rejects.toThrow('could not be opened');
  });
});
