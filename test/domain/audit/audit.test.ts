import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

describe.each(databases)('audit on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  it('gives back what was recorded, newest first, by pages and by kind', async () => {
    const clock = createManualClock();
    const audit = createAudit({ clock });
    const actor = { type: 'operator', id: 'root' } as const;
    await audit.record(opened.db, {
      event: 'key.created',
      actor,
      accountId: 'acc_1',
      clientId: 'app',
      ip: '::1',
      requestId: 'r-1',
      detail: { kid: 'ä"k', algorithm: 'ES256' },
    });
    for (const username of ['a', 'b', 'c']) {
      await audit.record(opened.db, { event: 'account.created', actor: { type: 'system' }, detail: { username } });
    }
    // A clock that is set back does not change the order.
    clock.advance(-5000);
    await audit.record(opened.db, { event: 'installation.sealed', actor: { type: 'system' }, detail: {} });

    const all = await audit.list(opened.db, { limit: 10 });
    expect(all.map((event) => event.event)).toEqual([
      'installation.sealed',
      'account.created',
      'account.created',
      'account.created',
      'key.created',
    ]);
    expect(all.at(-1)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      at: 1_700_000_000_000,
      event: 'key.created',
      actor,
      accountId: 'acc_1',
      clientId: 'app',
      ip: '::1',
      requestId: 'r-1',
      detail: { kid: 'ä"k', algorithm: 'ES256' },
    });
    const page = await audit.list(opened.db, { limit: 2, event: 'account.created' });
    const next = await audit.list(opened.db, { limit: 2, event: 'account.created', before: page.at(-1)?.id });
    expect([...page, ...next].map((event) => event.detail)).toEqual([
      { username: 'c' },
      { username: 'b' },
      { username: 'a' },
    ]);
  });

  it('joins the transaction: an event whose cause is rolled back never happened', async () => {
    const audit = createAudit({ clock: createManualClock() });
    const before = await audit.list(opened.db, { limit: 100 });
    const work = opened.db.transaction(async (tx) => {
      await audit.record(tx, { event: 'code.reuse', actor: { type: 'client', id: 'app' }, detail: {} });
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await audit.list(opened.db, { limit: 100 })).toEqual(before);
  });
});
