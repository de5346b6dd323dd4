import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/base/clock.ts';
import type { Database } from '../../src/db/db.ts';
import type { Delivery } from '../../src/domain/deliveries/deliveries.ts';
import { daySeconds, fresh, openDeliveries } from '../domain/deliveries/room.ts';
import { databases, type OpenedDatabase } from '../support/databases.ts';

/** How long a claim lasts, where an attempt may take 2.5 s. */
const claimSeconds = 12.5;

describe.each(databases)('deliveries over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
  });
  afterAll(() => opened.close());

  it('shape: a row for each app comes back whole, due at once', async () => {
    const { enqueue, allOf, deliveries, clock } = openDeliveries(db);
    const [accountId, one, two] = [fresh('acc'), fresh('app'), fresh('äpp🚪')];
    const apps = [{ clientId: one, sid: 'sid-1' }, { clientId: two }];
    await enqueue(apps, { accountId, reason: 'account_disabled' });
    const found = await allOf({ accountId });
    expect(found.map(({ clientId, sid }) => [clientId, sid]).sort()).toEqual(
      [
        [one, 'sid-1'],
        [two, undefined],
      ].sort(),
    );
    const now = clock.now();
    for (const delivery of found) {
      expect(delivery).toMatchObject({
        ...{ accountId, state: 'waiting', attempts: 0, reason: 'account_disabled', settledAt: undefined },
        ...{ createdAt: now, dueAt: now, giveUpAt: now + daySeconds * 1000, by: { type: 'account', id: 'acc_admin' } },
      });
      expect(await deliveries.find(delivery.id)).toEqual({ ...delivery, tries: [] });
    }
    expect(new Set(found.map(({ signOutId }) => signOutId)).size).toBe(1);
    expect(await deliveries.clientsDue()).toEqual(expect.arrayContaining([one, two]));
  });

  it('nobody to tell: nothing is written', async () => {
    const { enqueue, allOf } = openDeliveries(db);
    const count = async () => Number((await db.get<{ n: number }>('SELECT COUNT(*) AS n FROM sign_outs'))?.n);
    const [accountId, before] = [fresh('acc'), await count()];
    await enqueue([], { accountId });
    expect([await allOf({ accountId }), await count()]).toEqual([[], before]);
  });

  it('the rows are gone with the transaction that was to write them', async () => {
    const { deliveries, allOf } = openDeliveries(db);
    const accountId = fresh('acc');
    const failed = db.transaction(async (tx) => {
      const apps = [{ clientId: fresh('app'), sid: 's' }];
      await deliveries.enqueueIn(tx, { accountId, reason: 'expired', apps }, { by: { type: 'system' } });
      throw new Error('something after it');
    });
    await expect(failed).rejects.toThrow('something after it');
    expect(await allOf({ accountId })).toEqual([]);
  });

  it('many couriers at once: nobody gets what another one has', async () => {
    const { deliveries, enqueue } = openDeliveries(db);
    const clientId = fresh('app');
    await enqueue(Array.from({ length: 120 }, (_, index) => ({ clientId, sid: `s${index}` })));
    const taken = await Promise.all(
      Array.from({ length: 8 }, async (_, courier) => {
        const mine: Delivery[] = [];
        for (;;) {
          const batch = await deliveries.claim(clientId, `courier${courier}`, 1 + (courier % 3));
          if (batch.length === 0) return mine;
          expect(batch.length).toBeLessThanOrEqual(1 + (courier % 3));
          mine.push(...batch);
        }
      }),
    );
    const ids = taken.flat().map(({ id }) => id);
    expect(ids).toHaveLength(120);
    expect(new Set(ids).size).toBe(120);
    expect(await deliveries.clientsDue()).not.toContain(clientId);
  });

  it('what was due first is told first, and what is not due is not told', async () => {
    const { deliveries, enqueue, clock, outcome } = openDeliveries(db);
    const clientId = fresh('app');
    for (const sid of ['first', 'second', 'third']) {
      await enqueue([{ clientId, sid }]);
      clock.advance(1000);
    }
    const [first] = await deliveries.claim(clientId, 'c', 1);
    expect(first?.sid).toBe('first');
    await deliveries.settle(first as Delivery, 'c', outcome());
    expect((await deliveries.claim(clientId, 'c', 10)).map(({ sid }) => sid).sort()).toEqual(['second', 'third']);
    expect(await deliveries.clientsDue()).not.toContain(clientId);
    clock.advance(2000);
    expect(await deliveries.clientsDue()).toContain(clientId);
    expect((await deliveries.claim(clientId, 'c', 10)).map(({ sid, attempts }) => [sid, attempts])).toEqual([
      ['first', 1],
    ]);
  });

  it('a claim that ran out is another’s, and what the first one says of it changes nothing', async () => {
    const { deliveries, claimed, clock, outcome, confirmed } = openDeliveries(db);
    for (const late of ['settle', 'settleUntold'] as const) {
      const delivery = await claimed('slow');
      const { id, clientId } = delivery;
      clock.advance(claimSeconds * 1000 - 1);
      expect(await deliveries.claim(clientId, 'other', 10)).toEqual([]);
      clock.advance(1);
      expect(await deliveries.clientsDue()).toContain(clientId);
      expect(await deliveries.claim(clientId, 'other', 10)).toMatchObject([{ id, attempts: 0 }]);
      if (late === 'settle') expect(await deliveries.settle(delivery, 'slow', confirmed())).toBeUndefined();
      else await deliveries.settleUntold(delivery, 'slow');
      expect(await deliveries.find(id)).toMatchObject({ state: 'waiting', attempts: 0, tries: [] });
      // It is still the other one's.
      expect(await deliveries.claim(clientId, 'third', 10)).toEqual([]);
      expect(await deliveries.settle(delivery, 'other', outcome())).toBe('waiting');
      expect(await deliveries.find(id)).toMatchObject({ state: 'waiting', attempts: 1, tries: [{ number: 1 }] });
    }
  });

  it('what came of an attempt is kept, the last one first; a confirmed one is over', async () => {
    const { deliveries, claimed, clock, outcome, confirmed } = openDeliveries(db);
    const { id, clientId } = await claimed('c');
    const [delivery] = [(await deliveries.find(id)) as Delivery];
    const failure = outcome({ status: undefined, problem: 'It did not answer.', answer: '' });
    expect(await deliveries.settle(delivery, 'c', failure)).toBe('waiting');
    clock.advance(2000);
    const [again] = await deliveries.claim(clientId, 'c', 1);
    expect(await deliveries.settle(again as Delivery, 'c', confirmed())).toBe('confirmed');
    const { tries, ...told } = await deliveries.find(id);
    expect(told).toMatchObject({ state: 'confirmed', attempts: 2, settledAt: clock.now() });
    expect(tries).toEqual([
      { number: 2, at: clock.now(), milliseconds: 12, status: 200, problem: undefined, answer: '' },
      {
        number: 1,
        at: clock.now() - 2000,
        milliseconds: 12,
        status: undefined,
        problem: 'It did not answer.',
        answer: '',
      },
    ]);
    clock.advance(365 * daySeconds * 1000);
    expect(await deliveries.claim(clientId, 'c', 1)).toEqual([]);
    expect(await deliveries.clientsDue()).not.toContain(clientId);
  });

  it('R28 is tried for a day, for the last time when it is over, and then given up aloud', async () => {
    const { deliveries, claimed, clock, outcome, eventsAbout } = openDeliveries(db);
    const began = clock.now();
    const { id, clientId, accountId } = await claimed('c');
    let delivery = await deliveries.find(id);
    let attempts = 0;
    for (;;) {
      attempts += 1;
      const state = await deliveries.settle(delivery, 'c', outcome());
      if (state !== 'waiting') break;
      delivery = await deliveries.find(id);
      expect(delivery.dueAt).toBeGreaterThan(clock.now());
      clock.advance(delivery.dueAt - clock.now());
      expect(await deliveries.claim(clientId, 'c', 1)).toHaveLength(1);
    }
    // An app that is back in the last of the 24 hours hears of it.
    expect(clock.now() - began).toBe(daySeconds * 1000);
    expect(await deliveries.find(id)).toMatchObject({ state: 'given_up', attempts, settledAt: clock.now() });
    expect(attempts).toBeGreaterThan(18);
    const detail = { deliveryId: id, attempts };
    expect(await eventsAbout(clientId)).toEqual([{ event: 'delivery.given_up', detail, by: 'system', accountId }]);
    clock.advance(daySeconds * 1000);
    expect(await deliveries.claim(clientId, 'c', 1)).toEqual([]);
  });

  it('R28 what could not be tried for longer than that, is tried once before it is given up', async () => {
    const { deliveries, enqueue, clock, outcome, confirmed } = openDeliveries(db);
    const clientId = fresh('app');
    for (const sid of ['a', 'b']) await enqueue([{ clientId, sid }]);
    clock.advance(3 * daySeconds * 1000);
    const [one, two] = (await deliveries.claim(clientId, 'c', 2)) as [Delivery, Delivery];
    expect(await deliveries.settle(one, 'c', outcome())).toBe('given_up');
    expect(await deliveries.settle(two, 'c', confirmed())).toBe('confirmed');
  });

  it('counts by state', async () => {
    const { deliveries, claimed, confirmed, clock } = openDeliveries(db);
    const before = await deliveries.count();
    await deliveries.settle(await claimed('c'), 'c', confirmed());
    await deliveries.settleUntold(await claimed('c'), 'c');
    await claimed('c');
    const after = await deliveries.count();
    expect(after).toEqual({
      ...{ confirmed: before.confirmed + 1, not_told: before.not_told + 1 },
      ...{ waiting: before.waiting + 1, given_up: before.given_up },
    });
    expect(clock.now()).toBe(createManualClock().now());
  });
});
