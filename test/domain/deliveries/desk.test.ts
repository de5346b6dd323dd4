import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { createDeliveries } from '../../../src/domain/deliveries/deliveries.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { addDeliveries } from '../../support/told.ts';

const by = { by: { type: 'account', id: 'acc_admin' }, ip: '192.0.2.9', requestId: 'r-1' } as const;
const day = 86_400_000;

describe.each(databases)('the delivery desk over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  let desk: ReturnType<typeof openDesk>;
  beforeAll(async () => {
    opened = await open();
    db = opened.db;
    desk = openDesk(db);
  });
  afterAll(() => opened.close());

  it('lists each with its last attempt, newest first, by any filter, page by page', async () => {
    const { deliveries, clock } = desk;
    const tries = [
      { problem: 'It refused the connection.' },
      { status: 502, problem: 'It answered 502.', answer: 'x' },
    ];
    const first = await addDeliveries(desk, {
      accountId: 'acc_a',
      apps: [
        { clientId: 'wiki', state: 'given_up', tries },
        { clientId: 'chat', state: 'confirmed', tries: [{ status: 200 }] },
        { clientId: 'files', state: 'not_told' },
      ],
    });
    clock.advance(1000);
    const second = await addDeliveries(desk, { accountId: 'acc_b', apps: [{ clientId: 'wiki', state: 'waiting' }] });
    const ids = async (filters: Parameters<typeof deliveries.count>[0] = {}) =>
      (await deliveries.list({ limit: 50, ...filters })).items.map(({ id }) => id);
    const [wiki = '', chat = '', files = ''] = first.ids;
    expect((await ids())[0]).toBe(second.ids[0]);
    expect(new Set(await ids({ state: 'unconfirmed' }))).toEqual(new Set([wiki, files, ...second.ids]));
    expect(await ids({ state: 'given_up', clientId: 'wiki' })).toEqual([wiki]);
    expect(await ids({ accountId: 'acc_b' })).toEqual(second.ids);
    expect(new Set(await ids({ signOutId: first.signOutId }))).toEqual(new Set(first.ids));
    expect(await ids({ clientId: "x' OR 1=1 --" })).toEqual([]);
    const paged: string[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await deliveries.list({ limit: 1, after });
      paged.push(...page.items.map(({ id }) => id));
      after = page.next;
      more = after !== undefined;
    }
    expect(paged).toEqual(await ids());

    const byId = new Map((await deliveries.list({ limit: 50 })).items.map((each) => [each.id, each]));
    expect(byId.get(wiki)?.last).toMatchObject({ number: 2, status: 502, answer: 'x' });
    expect(byId.get(chat)?.last).toMatchObject({ number: 1, status: 200, problem: undefined });
    expect(byId.get(files)?.last).toBeUndefined();
    expect((await deliveries.find(wiki)).tries.map(({ number, status }) => [number, status])).toEqual([
      [2, 502],
      [1, undefined],
    ]);
  });

  it('counts by state, in all and of what matches', async () => {
    const { deliveries } = desk;
    expect(await deliveries.count()).toEqual({ waiting: 1, confirmed: 1, given_up: 1, not_told: 1 });
    expect(await deliveries.count({ clientId: 'wiki' })).toEqual({
      waiting: 1,
      confirmed: 0,
      given_up: 1,
      not_told: 0,
    });
    expect(await deliveries.count({ state: 'unconfirmed', accountId: 'acc_a' })).toMatchObject({ confirmed: 0 });
  });

  it('finds a sign-out: who, why, by whom, when; an old or forged id is not found', async () => {
    const { deliveries, clock } = desk;
    const { signOutId } = await addDeliveries(desk, {
      accountId: 'acc_c',
      apps: [{ clientId: 'x', state: 'confirmed' }],
    });
    expect(await deliveries.findSignOut(signOutId)).toEqual({
      ...{ id: signOutId, accountId: 'acc_c', reason: 'ended_by_admin', at: clock.now() },
      by: { type: 'operator' },
    });
    for (const id of ['', 'so_x', "' OR 1=1 --"]) {
      await expect(deliveries.findSignOut(id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('tells one again: due at once and for as long as a new one, with one event that says which', async () => {
    const { deliveries, clock, events } = desk;
    const { ids } = await addDeliveries(desk, { accountId: 'acc_d', apps: [{ clientId: 'one', state: 'given_up' }] });
    const [id = ''] = ids;
    clock.advance(2 * day);
    expect(await deliveries.replay({ id }, by)).toBe(1);
    const now = clock.now();
    const expected = { state: 'waiting', dueAt: now, giveUpAt: now + day, settledAt: undefined };
    expect(await deliveries.find(id)).toMatchObject(expected);
    expect(await events()).toMatchObject([
      { clientId: 'one', accountId: 'acc_d', actor: by.by, ip: by.ip, detail: { count: 1, deliveryId: id } },
    ]);
    await expect(deliveries.replay({ id: 'dl_x' }, by)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('does not tell again what is confirmed, nor what a courier is telling just now', async () => {
    const { deliveries, clock, events } = desk;
    const { ids } = await addDeliveries(desk, {
      accountId: 'acc_e',
      apps: [
        { clientId: 'done', state: 'confirmed' },
        { clientId: 'busy', state: 'waiting' },
      ],
    });
    const [done = '', busy = ''] = ids;
    clock.advance(3_600_000);
    expect(await deliveries.claim('busy', 'courier', 1)).toHaveLength(1);
    const before = await events();
    for (const id of [done, busy])
      await expect(deliveries.replay({ id }, by)).rejects.toMatchObject({ code: 'conflict' });
    expect(await deliveries.replay({ clientId: 'done' }, by)).toBe(0);
    expect(await deliveries.replay({ accountId: 'acc_e' }, by)).toBe(0);
    expect(await events()).toEqual(before);
  });

  it('tells all again that match, and nothing for a filter that is none', async () => {
    const { deliveries, events } = desk;
    const apps = (['given_up', 'not_told', 'confirmed'] as const).map((state) => ({
      clientId: `many-${state}`,
      state,
    }));
    const { signOutId } = await addDeliveries(desk, { accountId: 'acc_f', apps });
    for (const wrong of [{ state: 'bogus' }, { state: '' }, { clientId: '' }, { nonsense: 'x' }, { accountId: 7 }]) {
      await expect(deliveries.replay(wrong as never, by)).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await deliveries.count({ accountId: 'acc_f' })).toMatchObject({ waiting: 0 });
    expect(await deliveries.replay({ signOutId, state: 'given_up' }, by)).toBe(1);
    expect(await deliveries.replay({ signOutId }, by)).toBe(2);
    expect(await deliveries.count({ accountId: 'acc_f' })).toEqual({
      waiting: 2,
      confirmed: 1,
      given_up: 0,
      not_told: 0,
    });
    expect((await events())[0]).toMatchObject({ detail: { count: 2, signOutId } });
  });
});

function openDesk(db: Database) {
  const clock = createManualClock();
  const audit = createAudit({ clock });
  const deliveries = createDeliveries({ db, clock, audit, giveUpSeconds: day / 1000, attemptMilliseconds: 2500 });
  const events = async () => (await audit.list(db, { limit: 50, event: 'delivery.replayed' })).items;
  return { db, clock, audit, deliveries, events };
}
