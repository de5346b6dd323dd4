import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Db } from '../../../src/db/db.ts';
import {
  type AuditEntry,
  type AuditEvent,
  auditEventNames,
  auditLine,
  createAudit,
} from '../../../src/domain/audit/audit.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const system = { type: 'system' } as const;
const created = (username: string) => ({ event: 'account.created', actor: system, detail: { username } }) as const;

/** A room whose clock goes on by a second with each event. */
function openRoom(db: Db) {
  const clock = createManualClock();
  const audit = createAudit({ clock });
  const record = async (...entries: AuditEntry[]) => {
    for (const entry of entries) {
      await audit.record(db, entry);
      clock.advance(1000);
    }
  };
  return { clock, audit, record };
}

describe.each(databases)('audit on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  it('gives back what was recorded, newest first', async () => {
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
    for (const username of ['a', 'b', 'c']) await audit.record(opened.db, created(username));
    // A clock that is set back does not change the order.
    clock.advance(-5000);
    await audit.record(opened.db, { event: 'installation.sealed', actor: system, detail: {} });

    const { items } = await audit.list(opened.db, { limit: 10 });
    expect(items.map((event) => event.event)).toEqual([
      'installation.sealed',
      'account.created',
      'account.created',
      'account.created',
      'key.created',
    ]);
    expect(items.at(-1)).toEqual({
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

describe.each(databases)('reading the log on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let room: ReturnType<typeof openRoom>;
  const beganAt = 1_700_000_000_000;
  beforeAll(async () => {
    opened = await open();
    room = openRoom(opened.db);
    const alice = { type: 'account', id: 'acc_alice' } as const;
    await room.record(
      created('alice'),
      {
        event: 'account.updated',
        actor: alice,
        accountId: 'acc_alice',
        ip: '192.0.2.1',
        detail: { before: {}, after: {} },
      },
      { event: 'account.disabled', actor: { type: 'api_key', id: 'key_1' }, accountId: 'acc_bob', detail: {} },
      { event: 'consent.granted', actor: alice, accountId: 'acc_alice', clientId: 'app', detail: { scopes: [] } },
      { event: 'consent.granted', actor: alice, accountId: 'acc_alice', clientId: 'wiki', detail: { scopes: [] } },
      { event: 'client.disabled', actor: { type: 'operator' }, clientId: 'app', detail: {} },
      {
        event: 'token.issued',
        actor: alice,
        accountId: 'acc_bob',
        clientId: 'app',
        detail: { grantType: 'x', scopes: [], kinds: [] },
      },
    );
  });
  afterAll(() => opened.close());
  const names = async (filters: Parameters<typeof room.audit.list>[1]) =>
    (await room.audit.list(opened.db, filters)).items.map(({ event }) => event);

  it.each([
    [{ event: 'account.' }, ['account.disabled', 'account.updated', 'account.created']],
    [{ event: 'consent.granted' }, ['consent.granted', 'consent.granted']],
    [{ accountId: 'acc_alice' }, ['consent.granted', 'consent.granted', 'account.updated']],
    [{ accountId: 'acc_alice', event: 'account.' }, ['account.updated']],
    [{ clientId: 'app' }, ['token.issued', 'client.disabled', 'consent.granted']],
    [{ clientId: 'app', accountId: 'acc_alice', event: 'consent.' }, ['consent.granted']],
    [{ actorId: 'key_1' }, ['account.disabled']],
    [{ ip: '192.0.2.1' }, ['account.updated']],
    [{ from: beganAt + 5000 }, ['token.issued', 'client.disabled']],
    [{ to: beganAt + 1000 }, ['account.created']],
    [{ from: beganAt + 1000, to: beganAt + 3000, event: 'account.' }, ['account.disabled', 'account.updated']],
    [{ event: 'key.' }, []],
    [{ accountId: 'nobody\0' }, []],
  ])('finds by %o', async (filters, expected) => {
    expect(await names({ limit: 10, ...filters })).toEqual(expected);
  });

  it('M11 pages follow each other without a gap; a cursor or a filter that was made up is refused', async () => {
    for (const filters of [{}, { event: 'account.' }, { accountId: 'acc_alice', event: 'consent.' }]) {
      const whole = (await room.audit.list(opened.db, { limit: 100, ...filters })).items;
      const walked: unknown[] = [];
      let after: string | undefined;
      do {
        const page = await room.audit.list(opened.db, { limit: 2, after, ...filters });
        expect(page.items.length).toBeLessThanOrEqual(2);
        walked.push(...page.items);
        after = page.next;
      } while (after !== undefined);
      expect(walked).toEqual(whole);
    }
    const refused = { code: 'invalid', cause: { httpStatus: 400 } };
    const rows = await room.audit.list(opened.db, { limit: 100 });
    const nested = Buffer.from(JSON.stringify([['x']])).toString('base64url');
    for (const after of ['', 'x', "' OR 1=1 --", nested])
      await expect(room.audit.list(opened.db, { limit: 2, after })).rejects.toMatchObject(refused);
    for (const event of ['', 'account', '.', "account.' OR '1'='1", 'account.%', '(SELECT 1)'])
      await expect(room.audit.list(opened.db, { limit: 2, event })).rejects.toMatchObject({
        ...refused,
        fields: [{ path: 'event', message: expect.stringContaining('for example account.') }],
      });
    expect(await names({ limit: 2, accountId: "x' OR '1'='1" })).toEqual([]);
    expect(await room.audit.list(opened.db, { limit: 100 })).toEqual(rows);
  });

  it('goes on from an event, oldest first', async () => {
    const { items } = await room.audit.list(opened.db, { limit: 3 });
    const since = items[2]?.id ?? '';
    expect(await room.audit.listSince(opened.db, { since, limit: 10 })).toEqual([items[1], items[0]]);
    expect(await room.audit.listSince(opened.db, { since, limit: 1 })).toEqual([items[1]]);
    expect(await room.audit.listSince(opened.db, { since, limit: 10, event: 'token.' })).toEqual([items[0]]);
  });
});

describe.each(databases)('following and purging on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  it('tells each event once, also one that commits after a later one', async () => {
    const { audit, clock, record } = openRoom(opened.db);
    await record(created('before'));
    const next = audit.tail(opened.db, { event: 'account.' });
    const told = async () => (await next()).map((event) => event.detail);
    expect(await told()).toEqual([]);
    await record(created('one'), { event: 'code.reuse', actor: system, detail: {} }, created('three'));
    expect(await told()).toEqual([{ username: 'one' }, { username: 'three' }]);
    // Another node, whose clock is two seconds behind.
    const late = createManualClock(clock.now() - 2000);
    await createAudit({ clock: late }).record(opened.db, created('late'));
    expect(await told()).toEqual([{ username: 'late' }]);
    clock.advance(3_600_000);
    expect(await told()).toEqual([]);
    await record(created('last'));
    expect(await told()).toEqual([{ username: 'last' }]);
    expect(await told()).toEqual([]);
  });

  it('deletes what is older than it is kept, in batches, and nothing else', async () => {
    const { audit, clock } = openRoom(opened.db);
    const count = async () => (await audit.list(opened.db, { limit: 100 })).items.length;
    const total = await count();
    const kept = (await audit.list(opened.db, { limit: 100, from: clock.now() + 2000 })).items.length;
    expect(kept).toBeGreaterThan(0);
    expect(await audit.purge(opened.db, clock.now() + 2000, 1)).toBe(1);
    expect(await count()).toBe(total - 1);
    expect(await audit.purge(opened.db, clock.now() + 2000, 100)).toBe(total - 1 - kept);
    expect(await audit.purge(opened.db, clock.now() + 2000, 100)).toBe(0);
    expect(await count()).toBe(kept);
  });
});

it('M12 a line of the log is one line of JSON, its members in one order, whatever an event holds', () => {
  const event: AuditEvent = {
    ...{ requestId: 'r', ip: '::1', accountId: 'acc_1', at: 1_700_000_000_000, id: '0f' },
    ...{
      event: 'group.created',
      actor: { type: 'operator' },
      detail: { name: '=cmd|\r\n\u2028{"event":"x"}\u001b[2J' },
    },
  };
  const text = JSON.stringify(auditLine(event));
  expect(text).toMatch(
    /^\{"id":"0f","at":"2023-11-14T22:13:20.000Z","event":"group.created","actor":\{"type":"operator"\},"accountId":"acc_1","ip":"::1","requestId":"r","detail":/,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(text).not.toMatch(/[\x00-\x1f]/);
  expect(JSON.parse(text).detail).toEqual(event.detail);
});

it('the names of events are what a filter can ask for by kind', () => {
  expect(auditEventNames).toContain('account.created');
  for (const name of auditEventNames) expect(name).toMatch(/^[a-z_]+\.[a-z_]+$/);
});

it('no filter sorts the whole log', async () => {
  const { db, close } = await (databases[0] as (typeof databases)[0]).open();
  onTestFinished(close);
  const { audit } = openRoom(db);
  // Within each part the order comes from an index; what is sorted above it are the few rows of the parts.
  const plans: string[] = [];
  const explaining: Db = {
    ...db,
    all: async (sql, values) => {
      const steps = await db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, values);
      plans.push(steps.map(({ detail }) => detail).join('\n'));
      return db.all(sql, values);
    },
  };
  const page = { limit: 10, from: 1, to: 2e12 };
  await audit.list(explaining, page);
  await audit.list(explaining, { ...page, event: 'token.issued' });
  await audit.list(explaining, { ...page, event: 'account.' });
  await audit.list(explaining, { ...page, accountId: 'acc_alice', event: 'account.' });
  await audit.list(explaining, { ...page, clientId: 'app', event: 'token.' });
  const searched = plans.map((plan) => /audit_events USING (?:INDEX )?(\w+)/.exec(plan)?.[1]);
  expect(searched).toEqual([
    'sqlite_autoindex_audit_events_1',
    'audit_events_event',
    'audit_events_event',
    'audit_events_account',
    'audit_events_client',
  ]);
  for (const plan of plans) expect(plan).not.toMatch(/SEARCH[^\n]*\n[^\n]*TEMP B-TREE/);
});
