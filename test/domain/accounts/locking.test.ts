/** Two that change the same account at once, on a database that lets them: one waits for the other. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { gateDatabase, untilSomebodyWaits } from '../../support/gated-database.ts';
import { openSessions } from '../sessions/room.ts';
import { byFile, byOperator, openRoom, rightPassword } from './room.ts';

const otherPassword = 'a quiet boat on the lake';

describe('one account, at the same time, on PostgreSQL', () => {
  let opened: OpenedDatabase;
  let gated: ReturnType<typeof gateDatabase>;
  let room: Awaited<ReturnType<typeof openRoom>>;
  /** What another connection is told about the account's row in the moment in which sessions end. */
  let whileEnding: string[];
  beforeEach(async () => {
    opened = await (databases[2] as (typeof databases)[number]).open();
    gated = gateDatabase(opened.db);
    whileEnding = [];
    const { sessions } = openSessions(opened.db);
    const watched = {
      endAllIn: async (...of: Parameters<typeof sessions.endAllIn>) => {
        whileEnding.push(await stateOfRow(of[1]));
        return sessions.endAllIn(...of);
      },
    } as typeof sessions;
    room = await openRoom(gated.db, { createsGroups: false, sessions: watched });
  });
  afterEach(() => opened.close());

  const stateOfRow = (id: string): Promise<string> =>
    opened.db.get('SELECT id FROM accounts WHERE id = ? FOR SHARE NOWAIT', [id]).then(
      () => 'free',
      () => 'locked',
    );

  /** Does the one up to its commit, then begins the other: both are through when it resolves. */
  async function meanwhile<First, Second>(first: () => Promise<First>, second: () => Promise<Second>) {
    const commit = gated.holdNextCommit();
    const one = first();
    await commit.reached;
    const other = second();
    await untilSomebodyWaits(opened.db, other);
    commit.release();
    return Promise.allSettled([one, other]);
  }

  it('E12 of links that are issued at once only the last works', async () => {
    const issue = () => room.accounts.issueLink(room.bob.id, byOperator);
    const [first, second] = await meanwhile(issue, issue);
    if (first.status !== 'fulfilled' || second.status !== 'fulfilled') throw new Error('A link was refused.');
    expect(await room.accounts.findLink(first.value.token)).toBeUndefined();
    expect(await room.accounts.findLink(second.value.token)).toMatchObject({ account: { id: room.bob.id } });
  });

  it('E12 M09 no link outlives that its account is disabled in the same moment', async () => {
    const [, issued] = await meanwhile(
      () => room.accounts.setDisabled(room.bob.id, true, byOperator),
      () => room.accounts.issueLink(room.bob.id, byOperator),
    );
    expect(issued).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } });
    expect(await opened.db.all('SELECT id FROM account_links')).toEqual([]);
  });

  it.each([
    ['disabling', () => room.accounts.setDisabled(room.bob.id, true, byOperator), { disabled: true }],
    ['a change', () => room.accounts.update(room.bob.id, { name: 'Bob' }, byOperator), { name: 'Bob' }],
  ])('%s that names no version waits for another change and is done', async (_, change, after) => {
    const [, done] = await meanwhile(() => room.accounts.setPassword(room.bob.id, otherPassword, byOperator), change);
    expect(done).toMatchObject({ status: 'fulfilled', value: after });
    expect(await room.accounts.find(room.bob.id)).toMatchObject({ ...after, version: 3 });
    expect((await room.attempt('bob', otherPassword, '192.0.2.1')).code).toBe(
      'disabled' in after ? 'unauthorized' : 'ok',
    );
  });

  it('a change that names the version before is refused all the same', async () => {
    const ifVersion = room.bob.version;
    const [, done] = await meanwhile(
      () => room.accounts.setPassword(room.bob.id, otherPassword, byOperator),
      () => room.accounts.setDisabled(room.bob.id, true, { ...byOperator, ifVersion }),
    );
    expect(done).toMatchObject({ status: 'rejected', reason: { code: 'conflict', cause: { httpStatus: 412 } } });
  });

  it.each([
    ['disabling', () => room.accounts.setDisabled(room.bob.id, true, byOperator)],
    ['a change', () => room.accounts.update(room.bob.id, { disabled: true, name: 'Bob' }, byOperator)],
    ['removing', () => room.accounts.remove(room.bob.id, byOperator)],
    ['an operator’s password', () => room.accounts.setPassword(room.bob.id, otherPassword, byOperator)],
    [
      'the own password',
      () =>
        room.accounts.changeOwnPassword(
          room.bob.id,
          { current: rightPassword, password: otherPassword },
          { ip: '192.0.2.1' },
        ),
    ],
    [
      'a link',
      async () => {
        const { token } = await room.accounts.issueLink(room.bob.id, byOperator);
        await room.accounts.useLink(token, { password: otherPassword }, byOperator);
      },
    ],
    [
      'the file',
      async () => {
        const entry = { username: 'bob', disabled: true, password: otherPassword };
        const prepared = await room.accounts.prepare(entry, { current: room.bob, declared: true });
        await opened.db.transaction((tx) => room.accounts.changeIn(tx, room.bob, prepared, byFile));
      },
    ],
  ])('C08 M09 %s has the account’s row before it ends what the account has', async (_, change) => {
    await change();
    expect(new Set(whileEnding)).toEqual(new Set(['locked']));
  });

  it('C08 M09 what begins in an account’s name holds it as it is until that is written', async () => {
    const { bob, dave, accounts } = room;
    const held = (id: string, version?: number) => opened.db.transaction((tx) => accounts.holdIn(tx, id, version));
    expect([await held(bob.id), await held(bob.id, bob.version), await held(bob.id, 7)]).toEqual([true, true, false]);
    expect([await held(dave.id), await held(dave.id, dave.version), await held('acc_nobody')]).toEqual([
      false,
      false,
      false,
    ]);
    let change: Promise<unknown> = Promise.resolve();
    await opened.db.transaction(async (tx) => {
      await accounts.holdIn(tx, bob.id, bob.version);
      // Others that begin something don't wait for it; whoever ends something does.
      expect(await held(bob.id, bob.version)).toBe(true);
      change = accounts.setDisabled(bob.id, true, byOperator);
      await untilSomebodyWaits(opened.db, change);
      expect(await accounts.find(bob.id)).toMatchObject({ disabled: false });
    });
    expect(await change).toMatchObject({ disabled: true });
  });
});
