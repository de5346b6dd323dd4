import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../../src/base/paging.ts';
import type { Db, Value } from '../../../src/db/db.ts';
import { listAccounts } from '../../../src/domain/accounts/listing.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { byOperator, createRoom } from './room.ts';

const people = [
  { username: 'Zoë', name: 'Zoë Müller', email: 'zm@example.test', groups: ['sales', 'all'] },
  { username: 'adam', name: 'Adam 100% Straße', groups: ['all'] },
  { username: 'BERTA', name: 'Berta_B', groups: ['all'], disabled: true },
  { username: 'carl', email: 'carl@elsewhere.test', groups: [] },
];

describe.each(databases)('the list of accounts on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let room: ReturnType<typeof createRoom>;
  beforeAll(async () => {
    opened = await open();
    room = createRoom(opened.db);
    for (const person of people) await room.accounts.create(person, byOperator);
  });
  afterAll(() => opened.close());

  const names = async (filters: Partial<Parameters<typeof room.accounts.list>[0]>) =>
    (await room.accounts.list({ limit: 50, ...filters })).items.map(({ username }) => username);

  it('is in the order of canonical user names, page by page, and whole', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await room.accounts.list({ limit: 3, after });
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(({ username }) => username));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(['adam', 'BERTA', 'carl', 'Zoë']);
    expect((await room.accounts.list({ limit: 4 })).next).toBeUndefined();
    expect((await room.accounts.list({ limit: 1, search: 'carl' })).items[0]).toEqual(
      await room.accounts.findByUsername('carl'),
    );
    expect(await room.accounts.count()).toBe(4);
    expect([await room.accounts.count({ group: 'all' }), await room.accounts.count({ group: 'none' })]).toEqual([3, 0]);
  });

  it('M11 hands out no cursor that it would not take back, whatever names there are', async () => {
    const longest = ['ﷺ'.repeat(3) + 'x'.repeat(10), '\u{20000}'.repeat(32), '語'.repeat(64), 'ß'.repeat(32)];
    const ids: string[] = [];
    for (const username of longest) ids.push((await room.accounts.create({ username }, byOperator)).id);
    let after: string | undefined;
    const seen: string[] = [];
    do {
      const page = await room.accounts.list({ limit: 1, after });
      seen.push(...page.items.map(({ username }) => username));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toHaveLength(people.length + longest.length);
    for (const id of ids) await room.accounts.remove(id, byOperator);
    for (const username of ['ﷺ'.repeat(64), 'ﷺ'.repeat(4), 'ß'.repeat(33)]) {
      await expect(room.accounts.create({ username }, byOperator)).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ path: 'username', message: expect.stringContaining('not be longer than 64 characters') }],
      });
    }
  });

  it.each(['\ufe0f', '\u3164', '\u115f', '\u{e0100}', '\u034f', '\u200b'])(
    'a user name holds nothing that cannot be seen: %j',
    async (character) => {
      for (const username of [`adam${character}`, `ad${character}am`, character]) {
        const made = room.accounts.create({ username }, byOperator);
        await expect(made).rejects.toMatchObject({ code: 'invalid', fields: [{ path: 'username' }] });
        const changed = room.accounts.update(
          (await room.accounts.findByUsername('carl'))?.id ?? '',
          { username },
          byOperator,
        );
        await expect(changed).rejects.toMatchObject({ code: 'invalid', fields: [{ path: 'username' }] });
      }
    },
  );

  it.each([
    ['ZOE\u0308', ['Zoë']],
    ['müller', ['Zoë']],
    ['STRASSE', ['adam']],
    ['@EXAMPLE', ['Zoë']],
    ['100%', ['adam']],
    ['a_b', ['BERTA']],
    ['_', ['BERTA']],
    ['%', ['adam']],
    ['!', []],
    ["'", []],
    ['a\0', []],
    ['x'.repeat(300), []],
    ['', ['adam', 'BERTA', 'carl', 'Zoë']],
  ])('finds by any part of user name, name and address: %j', async (search, expected) => {
    expect(await names({ search })).toEqual(expected);
  });

  it('keeps to a group and to those who are disabled or not', async () => {
    expect(await names({ group: 'all' })).toEqual(['adam', 'BERTA', 'Zoë']);
    expect(await names({ group: 'all', disabled: false })).toEqual(['adam', 'Zoë']);
    expect(await names({ disabled: true })).toEqual(['BERTA']);
    expect(await names({ group: 'sales', search: 'adam' })).toEqual([]);
    expect(await names({ group: 'sa' })).toEqual([]);
    expect(await names({ group: 'a\0' })).toEqual([]);
  });

  it('M11 refuses a cursor that it did not make', async () => {
    for (const after of ['', 'x', "carl' --", encodeCursor([1]), encodeCursor(['a', 'b']), encodeCursor(['a\0'])]) {
      const work = room.accounts.list({ limit: 3, after });
      await expect(work).rejects.toMatchObject({ code: 'invalid', cause: { httpStatus: 400 } });
    }
  });
});

describe.each([databases[0], databases[2]] as typeof databases)('with many accounts on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await open();
    const { db } = opened;
    const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)';
    await db.run(`${numbers} INSERT INTO accounts (id, username, email_verified, claims, group_names, disabled,
        created_at, updated_at, username_key, search_text)
      SELECT 'acc_' || i, 'p' || i, 0, '{}', '["all"]', 0, 0, 0, 'p' || i, 'p' || i FROM n`);
    for (const [group, each] of [
      ['all', 1],
      ['few', 100],
    ] as const) {
      await db.run(`${numbers} INSERT INTO account_groups SELECT '${group}', 'acc_' || i FROM n WHERE i % ${each} = 0`);
    }
    await db.run('ANALYZE');
    if (db.dialect === 'postgresql') await db.run('VACUUM accounts');
  });
  afterAll(() => opened.close());

  /** What the database does for the last statement of a list. */
  async function planOf(filters: Partial<Parameters<typeof listAccounts>[1]>): Promise<string> {
    const { db } = opened;
    let asked: [string, readonly Value[]] = ['', []];
    const all: Db['all'] = (sql, values = []) => {
      asked = [sql, values];
      return db.all(sql, values);
    };
    await listAccounts({ ...db, all }, { limit: 50, ...filters });
    const [explain, column] =
      db.dialect === 'sqlite' ? (['EXPLAIN QUERY PLAN', 'detail'] as const) : (['EXPLAIN', 'QUERY PLAN'] as const);
    const rows = await db.all<Record<string, string>>(`${explain} ${asked[0]}`, asked[1]);
    return rows.map((row) => row[column]).join('\n');
  }

  it.each([
    ['a page', {}],
    ['a later page', { after: encodeCursor(['p3']) }],
    ['the members of a large group', { group: 'all' }],
    ['who is not disabled', { disabled: false }],
    ['a common word', { search: 'p' }],
  ])('%s is read from the covering index in its order', async (_, filters) => {
    const plan = await planOf(filters);
    expect(plan).toMatch(/COVERING INDEX accounts_listing|Index Only Scan using accounts_listing/);
    expect(plan).not.toContain('TEMP B-TREE');
  });

  it('the members of a small group are looked up one by one', async () => {
    const plan = await planOf({ group: 'few' });
    expect(plan).toMatch(/sqlite_autoindex_account_groups|account_groups_pkey|on account_groups/);
    expect(plan).not.toMatch(/COVERING INDEX accounts_listing/);
    expect((await listAccounts(opened.db, { limit: 2, group: 'few' })).items.map(({ username }) => username)).toEqual([
      'p100',
      'p1000',
    ]);
  });
});
