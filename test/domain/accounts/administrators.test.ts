import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Db } from '../../../src/db/db.ts';
import type { Account } from '../../../src/domain/accounts/accounts.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { byFile, byOperator, createRoom } from './room.ts';

describe.each(databases)('the last administrator on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let room: ReturnType<typeof createRoom>;
  let alice: { id: string };
  beforeEach(async () => {
    opened = await open();
    room = createRoom(opened.db);
    alice = await room.add({ username: 'alice', groups: ['admins', 'engineering'] });
    // None of these can administer: no password, disabled, in no admin group.
    await room.accounts.create({ username: 'erin', groups: ['admins'] }, byOperator);
    await room.add({ username: 'dave', groups: ['admins'], disabled: true });
    await room.add({ username: 'carol', groups: ['engineering'] });
  });
  afterEach(() => opened.close());

  const administrators = async () => (await room.accounts.administratorsIn(opened.db)).map(({ username }) => username);
  const refused = { code: 'conflict', message: expect.stringMatching(/^alice is the last administrator/) };

  it.each([
    ['removed', () => room.accounts.remove(alice.id, byOperator)],
    ['disabled', () => room.accounts.setDisabled(alice.id, true, byOperator)],
    ['taken out of the group', () => room.accounts.update(alice.id, { groups: ['engineering'] }, byOperator)],
    ['disabled by a change', () => room.accounts.update(alice.id, { disabled: true }, byOperator)],
    [
      'left without the group',
      () =>
        opened.db.transaction((tx) =>
          room.accounts.keepAdministratorIn(tx, () => room.accounts.removeFromGroupIn(tx, 'admins', byOperator)),
        ),
    ],
    [
      'removed by the file',
      () =>
        opened.db.transaction((tx) =>
          room.accounts.keepAdministratorIn(tx, () => room.accounts.removeIn(tx, alice.id, byFile)),
        ),
    ],
  ])('M08 is not %s, and nothing is left half done', async (_, work) => {
    const before = await opened.db.all('SELECT * FROM accounts ORDER BY id');
    const logged = (await room.audit.list(opened.db, { limit: 50 })).items.length;
    await expect(work()).rejects.toMatchObject(refused);
    expect(await administrators()).toEqual(['alice']);
    expect(await opened.db.all('SELECT * FROM accounts ORDER BY id')).toEqual(before);
    expect((await room.audit.list(opened.db, { limit: 50 })).items).toHaveLength(logged);
  });

  it('may change otherwise, and go once there is another', async () => {
    await room.accounts.update(alice.id, { groups: ['owners'], name: 'Alice' }, byOperator);
    expect(await administrators()).toEqual(['alice']);
    await room.add({ username: 'bob', groups: ['admins', 'owners'] });
    expect(await administrators()).toEqual(['alice', 'bob']);
    await room.accounts.remove(alice.id, byOperator);
    expect(await administrators()).toEqual(['bob']);
  });

  it('where nobody could administer, anything may change', async () => {
    await opened.db.run('UPDATE accounts SET password_hash = NULL');
    await room.accounts.setDisabled(alice.id, true, byOperator);
    expect(await administrators()).toEqual([]);
  });

  it('one exchange of administrators is one change', async () => {
    const bob = await room.accounts.prepare({ username: 'bob', groups: ['admins'], password: 'seven quiet lanterns' });
    await opened.db.transaction((tx) =>
      room.accounts.keepAdministratorIn(tx, async () => {
        await room.accounts.removeIn(tx, alice.id, byOperator);
        await room.accounts.insertIn(tx, bob, byOperator);
      }),
    );
    expect(await administrators()).toEqual(['bob']);
  });

  it('M08 of two who are demoted at once in different ways, one stays', async () => {
    for (let round = 0; round < 5; round++) {
      const bob = await room.add({ username: `bob${round}`, groups: ['owners'] });
      const ways = [
        (id: string) => room.accounts.update(id, { groups: [] }, byOperator),
        (id: string) => room.accounts.setDisabled(id, true, byOperator),
        (id: string) => room.accounts.remove(id, byOperator),
      ] as const;
      const [one, other] = [ways[round % 3] as (typeof ways)[0], ways[(round + 1) % 3] as (typeof ways)[0]];
      const outcomes = await Promise.allSettled([one(alice.id), other(bob.id)]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const [left] = await room.accounts.administratorsIn(opened.db);
      expect(await administrators()).toHaveLength(1);
      alice = left as { id: string };
    }
  });
});

it('M08 over PostgreSQL, who demotes second waits until the first is done', async () => {
  const { db, close } = await (databases[2] as (typeof databases)[number]).open();
  const { accounts, add } = createRoom(db);
  const [alice, bob] = [
    await add({ username: 'alice', groups: ['admins'] }),
    await add({ username: 'bob', groups: ['owners'] }),
  ];
  const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  const demote = async (tx: Db, { id, username }: Account) => {
    const current = (await accounts.find(id)) as Account;
    const prepared = await accounts.prepare({ username }, { current, declared: true });
    await accounts.keepAdministratorIn(tx, () => accounts.changeIn(tx, current, prepared, byFile));
  };
  let second: Promise<unknown> = Promise.resolve();
  let hasPassed = false;
  await db.transaction(async (tx) => {
    await demote(tx, alice);
    second = db
      .transaction(async (other) => {
        await demote(other, bob);
        hasPassed = true;
      })
      .catch((error) => error);
    // Neither has committed yet: each would still see the other as an administrator.
    while (!hasPassed && (await db.get(waiting)) === undefined);
  });
  expect(await second).toMatchObject({ code: 'conflict' });
  expect((await accounts.administratorsIn(db)).map(({ username }) => username)).toEqual(['bob']);
  await close();
});
