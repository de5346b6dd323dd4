import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/db/db.ts';
import type { Delivery } from '../../src/domain/deliveries/deliveries.ts';
import { by, daySeconds, fresh, openDeliveries } from '../domain/deliveries/room.ts';
import { databases, type OpenedDatabase } from '../support/databases.ts';

const day = daySeconds * 1000;

describe.each(databases)('the list of deliveries over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
  });
  afterAll(() => opened.close());

  it('pages through all that match, the newest first, each once', async () => {
    const { deliveries, enqueue, clock, confirmed } = openDeliveries(db);
    const [accountId, clientId] = [fresh('acc'), fresh('app')];
    for (let index = 0; index < 7; index++) {
      await enqueue([{ clientId, sid: `s${index}` }, { clientId: fresh('other') }], { accountId });
      // Some of them in the same millisecond.
      clock.advance(index % 2);
    }
    const [first] = await deliveries.claim(clientId, 'c', 1);
    await deliveries.settle(first as Delivery, 'c', confirmed());
    const everything = async (filters: Omit<Parameters<typeof deliveries.list>[0], 'limit'>, limit: number) => {
      const seen: Delivery[] = [];
      let after: string | undefined;
      do {
        const page = await deliveries.list({ ...filters, limit, after });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      const ids = seen.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
      return seen;
    };
    for (const limit of [1, 3, 7, 50]) {
      expect(await everything({ accountId }, limit)).toHaveLength(14);
      expect(await everything({ accountId, clientId }, limit)).toHaveLength(7);
      expect(await everything({ clientId, state: 'waiting' }, limit)).toHaveLength(6);
      expect((await everything({ clientId, state: 'confirmed' }, limit)).map(({ id }) => id)).toEqual([first?.id]);
      expect(await everything({ accountId, state: 'given_up' }, limit)).toEqual([]);
    }
    const signOutId = first?.signOutId;
    expect((await everything({ signOutId }, 1)).map(({ state }) => state).sort()).toEqual(['confirmed', 'waiting']);
    expect(await deliveries.list({ limit: 2 })).toMatchObject({ items: [{ accountId }, { accountId }] });
  });

  it('M11 refuses a cursor that it did not hand out, and knows no other ids', async () => {
    const { deliveries } = openDeliveries(db);
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const after of ['x', '', encoded([1]), encoded({}), encoded([]), encoded(['a', 'b'])]) {
      const refused = deliveries.list({ limit: 5, after });
      await expect(refused, after).rejects.toMatchObject({ code: 'invalid', cause: { httpStatus: 400 } });
    }
    for (const id of ['', 'x', "' OR 1=1", 'dl_000000000000'])
      await expect(deliveries.find(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('a replay tries one again at once, and for as long as a new one', async () => {
    const { deliveries, claimed, clock, outcome, confirmed, eventsAbout } = openDeliveries(db);
    const { id, clientId, accountId } = await claimed('c');
    clock.advance(day);
    expect(await deliveries.settle(await deliveries.find(id), 'c', outcome())).toBe('given_up');
    expect(await deliveries.replay({ id }, by)).toBe(1);
    const now = clock.now();
    expect(await deliveries.find(id)).toMatchObject({
      ...{ state: 'waiting', attempts: 1, dueAt: now, giveUpAt: now + day, settledAt: undefined },
    });
    const [third] = await deliveries.claim(clientId, 'c', 1);
    expect(await deliveries.settle(third as Delivery, 'c', confirmed())).toBe('confirmed');
    expect((await deliveries.find(id)).tries.map(({ number, status }) => [number, status])).toEqual([
      [2, 200],
      [1, 503],
    ]);
    expect(await eventsAbout(clientId)).toEqual([
      { event: 'delivery.replayed', detail: { count: 1, deliveryId: id }, by: 'acc_admin', accountId },
      { event: 'delivery.given_up', detail: { deliveryId: id, attempts: 1 }, by: 'system', accountId },
    ]);
    await expect(deliveries.replay({ id }, by)).rejects.toMatchObject({ code: 'conflict' });
    await expect(deliveries.replay({ id: 'dl_none' }, by)).rejects.toMatchObject({ code: 'not_found' });
    expect(await eventsAbout(clientId)).toHaveLength(2);
  });

  it('a replay of all that match leaves alone what is confirmed and what is being told just now', async () => {
    const { deliveries, enqueue, allOf, clock, outcome, confirmed, eventsAbout } = openDeliveries(db);
    const [clientId, other] = [fresh('app'), fresh('other')];
    await enqueue(['a', 'b', 'c', 'd'].map((sid) => ({ clientId, sid })));
    await enqueue([{ clientId: other }]);
    const [done, untold, held, failed] = (await deliveries.claim(clientId, 'c', 4)) as Delivery[];
    await deliveries.settle(done as Delivery, 'c', confirmed());
    await deliveries.settleUntold(untold as Delivery, 'c');
    await deliveries.settle(failed as Delivery, 'c', outcome());
    clock.advance(1000);
    expect(await deliveries.replay({ clientId, state: 'given_up' }, by)).toBe(0);
    expect(await eventsAbout(clientId)).toEqual([]);
    expect(await deliveries.replay({ clientId }, by)).toBe(2);
    const states = Object.fromEntries((await allOf({ clientId })).map(({ id, state, dueAt }) => [id, [state, dueAt]]));
    const began = clock.now() - 1000;
    expect(states).toEqual({
      [done?.id ?? '']: ['confirmed', began + 2000],
      [untold?.id ?? '']: ['waiting', clock.now()],
      [failed?.id ?? '']: ['waiting', clock.now()],
      [held?.id ?? '']: ['waiting', began],
    });
    expect(await eventsAbout(clientId)).toMatchObject([{ event: 'delivery.replayed', detail: { count: 2 } }]);
    expect((await deliveries.find(held?.id ?? '')).tries).toEqual([]);
    expect(await deliveries.settle(held as Delivery, 'c', confirmed())).toBe('confirmed');
    expect((await allOf({ clientId: other })).map(({ dueAt }) => dueAt)).toEqual([began]);
  });

  it('removes what was settled long ago with its attempts, in batches, and nothing that still has to be told', async () => {
    const { deliveries, enqueue, allOf, clock, confirmed, outcome } = openDeliveries(db);
    const rows = async (table: string, column: string, value: string) =>
      Number((await db.get<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table} WHERE ${column} = ?`, [value]))?.n);
    const clientId = fresh('app');
    await enqueue(['a', 'b', 'c'].map((sid) => ({ clientId, sid })));
    const [one, two, three] = (await deliveries.claim(clientId, 'x', 3)) as [Delivery, Delivery, Delivery];
    await deliveries.settle(one, 'x', confirmed());
    await deliveries.settleUntold(two, 'x');
    await deliveries.settle(three, 'x', outcome());
    const settledAt = clock.now();
    const left = async () => (await allOf({ clientId })).map(({ id }) => id);
    // Other tests have left theirs in the same tables, with the same clock.
    while ((await deliveries.purge(settledAt, 2)) > 0);
    expect(await left()).toHaveLength(3);
    expect(await deliveries.purge(settledAt + 1, 1)).toBe(1);
    for (let count = 1; count > 0; ) {
      count = await deliveries.purge(settledAt + 1, 2);
      expect(count).toBeLessThanOrEqual(2);
    }
    expect(await left()).toEqual([three.id]);
    expect(await rows('delivery_attempts', 'delivery_id', one.id)).toBe(0);
    expect(await rows('delivery_attempts', 'delivery_id', three.id)).toBe(1);
    expect(await rows('sign_outs', 'id', one.signOutId)).toBe(1);

    clock.advance(2000);
    const [again] = (await deliveries.claim(clientId, 'x', 1)) as [Delivery];
    await deliveries.settle(again, 'x', confirmed());
    while ((await deliveries.purge(clock.now() + 1, 50)) > 0);
    expect(await left()).toEqual([]);
    expect(await rows('sign_outs', 'id', one.signOutId)).toBe(0);
    expect(await rows('delivery_attempts', 'delivery_id', three.id)).toBe(0);
  });
});
