import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalName } from '../../../src/base/names.ts';
import type { Database } from '../../../src/db/db.ts';
import { claimsOf, sampleAccounts, scopeClaims } from '../../../src/domain/accounts/accounts.ts';
import { createPasswords } from '../../../src/domain/accounts/password.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { cheapPasswords, createRoom, openRoom, operator, rightPassword } from './room.ts';

const person = {
  username: 'Zoë',
  name: 'Zoë Müller',
  email: 'zoe@example.test',
  emailVerified: true,
  groups: ['sales', 'très-bien'],
  claims: { given_name: 'Zoë', address: { locality: 'Köln' }, phone_number_verified: false },
  password: rightPassword,
};

const countAccounts = async (db: Database) => (await db.all('SELECT id FROM accounts')).length;

describe.each(databases)('accounts on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let room: Awaited<ReturnType<typeof openRoom>>;
  beforeEach(async () => {
    opened = await open();
    room = await openRoom(opened.db);
  });
  afterEach(() => opened.close());
  it('finds what was created, by id and by each of its names', async () => {
    const created = await room.accounts.create(person, { by: operator });
    const { password, ...rest } = person;
    expect(created).toEqual({
      ...rest,
      ...{ id: created.id, disabled: false, attributes: {}, origin: 'admin', hasPassword: true, version: 1 },
      ...{ createdAt: room.clock.now(), updatedAt: room.clock.now() },
    });
    expect(await room.accounts.find(created.id)).toEqual(created);
    expect(await room.accounts.findByUsername('ZOE\u0308')).toEqual(created);
    expect(await room.accounts.findByUsername('Zoe@EXAMPLE.test')).toEqual(created);
    expect(await room.accounts.find('acc_none')).toBeUndefined();
    expect(await room.accounts.findByUsername('none')).toBeUndefined();
    expect(await countAccounts(room.db)).toBe(4);
    expect((await room.audit.list(opened.db, { limit: 1, event: 'account.created' })).items).toMatchObject([
      { actor: operator, accountId: created.id, detail: { username: 'Zoë' } },
    ]);
  });

  it.each([
    ['the user name, written otherwise', { username: 'ＡＬＩＣＥ' }, 'username'],
    ['somebody’s verified address as user name', { username: 'alice@example.test' }, 'username'],
    ['somebody’s verified address', { username: 'new', email: 'Alice@example.test', emailVerified: true }, 'email'],
  ])('refuses a second account with %s and leaves nothing behind', async (_, input, path) => {
    const work = room.accounts.create({ password: rightPassword, ...input }, { by: operator });
    await expect(work).rejects.toMatchObject({ code: 'conflict', fields: [{ path }] });
    expect(await countAccounts(room.db)).toBe(3);
    expect((await room.audit.list(opened.db, { limit: 10, event: 'account.created' })).items).toHaveLength(3);
    expect(await room.accounts.findByUsername('new')).toBeUndefined();
  });

  it('gives a name to one of eight that ask at once', async () => {
    const tries = Array.from({ length: 8 }, () => room.accounts.create({ username: 'grace' }, { by: operator }));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
    const ensured = await Promise.all(
      Array.from({ length: 8 }, () => room.accounts.ensure({ username: 'heidi' }, { by: operator })),
    );
    expect(ensured.filter(Boolean)).toHaveLength(1);
  });

  it('an address that is not verified is nobody’s name', async () => {
    const mallory = await room.accounts.create({ username: 'mallory', email: 'bob@example.test' }, { by: operator });
    expect(await room.accounts.findByUsername('bob@example.test')).toBeUndefined();
    expect(mallory.emailVerified).toBe(false);
  });

  it('disables and readmits, and says so in the audit once', async () => {
    room.clock.advance(5000);
    await room.accounts.setDisabled(room.alice.id, true, { by: operator });
    await room.accounts.setDisabled(room.alice.id, true, { by: operator });
    expect(await room.accounts.find(room.alice.id)).toMatchObject({ disabled: true, updatedAt: room.clock.now() });
    expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('unauthorized');
    await room.accounts.setDisabled(room.alice.id, false, { by: operator });
    expect((await room.attempt('alice', rightPassword, '192.0.2.1')).code).toBe('ok');
    expect((await room.audit.list(opened.db, { limit: 10, event: 'account.disabled' })).items).toHaveLength(1);
    await expect(room.accounts.setDisabled('acc_none', true, { by: operator })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('ensures what is absent and leaves alone what exists', async () => {
    const creation = { by: { type: 'system' }, exemptFromPolicy: true } as const;
    expect(await room.accounts.ensure({ username: 'Alice', password: 'alice', groups: ['admins'] }, creation)).toBe(
      false,
    );
    expect(await room.accounts.find(room.alice.id)).toEqual(room.alice);
    expect(await room.accounts.ensure({ username: 'carol', password: 'carol' }, creation)).toBe(true);
    expect((await room.attempt('carol', 'carol', '192.0.2.1')).code).toBe('ok');
  });

  it('takes an argon2 hash from elsewhere', async () => {
    const elsewhere = createPasswords({ ...cheapPasswords, memoryKib: 64 });
    const passwordHash = await elsewhere.hash('correct horse battery staple');
    await room.accounts.create({ username: 'ivan', passwordHash }, { by: operator });
    expect((await room.attempt('ivan', 'correct horse battery staple', '192.0.2.1')).code).toBe('ok');
  });

  it('B14 ids are 128 random bits behind a prefix that no client id has', () => {
    const ids = [room.alice, room.bob, room.dave].map((account) => account.id);
    for (const id of ids) expect(id).toMatch(/^acc_[a-z2-7]{26}$/);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('input of an account', () => {
  let opened: OpenedDatabase;
  let room: Awaited<ReturnType<typeof openRoom>>;
  beforeEach(async () => {
    opened = await (databases[0] as (typeof databases)[number]).open();
    room = await openRoom(opened.db);
  });
  afterEach(() => opened.close());

  it.each([
    [{ username: 'a b' }, 'username'],
    [{ username: '' }, 'username'],
    [{ username: 'x\u0000' }, 'username'],
    [{ username: 'x', email: 'a@b@c' }, 'email'],
    [{ username: 'x', groups: ['a,b'] }, 'groups[0]'],
    [{ username: 'x', claims: { picture: 'javascript:alert(1)' } }, 'claims.picture'],
    [{ username: 'x', claims: { birthdate: '1.2.1990' } }, 'claims.birthdate'],
    [{ username: 'x', claims: { sub: 'acc_other' } as object }, 'claims.sub'],
    [{ username: 'x', password: 'too short' }, 'password'],
    [{ username: 'x', passwordHash: 'plain' }, 'passwordHash'],
    [
      { username: 'x', password: rightPassword, passwordHash: '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAA' },
      'passwordHash',
    ],
  ])('refuses %j', async (input, path) => {
    await expect(room.accounts.create(input, { by: operator })).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ path }],
    });
    expect(await countAccounts(room.db)).toBe(3);
  });

  it('O09 of ever so many groups, no more are looked for than somebody may be in', async () => {
    const groups = Array.from({ length: 2000 }, (_, index) => `none-${index}`);
    const { accounts } = createRoom(room.db, { createsGroups: false });
    const error = await accounts.create({ username: 'x', groups }, { by: operator }).catch((thrown) => thrown);
    expect(error.fields[0]).toEqual({ path: 'groups', message: 'must not have more than 200 entries' });
    expect(error.fields.slice(1).map(({ path }: { path: string }) => path)).toEqual(
      Array.from({ length: 200 }, (_, index) => `groups[${index}]`),
    );
  });
});

describe('claims', () => {
  it('the samples fill every standard claim, and each claim belongs to a scope', async () => {
    const opened = await (databases[0] as (typeof databases)[number]).open();
    const { accounts } = await openRoom(opened.db);
    for (const input of sampleAccounts.slice(2, 3))
      await accounts.create(input, { by: operator, exemptFromPolicy: true });
    const carol = await accounts.findByUsername('carol@example.test');
    await opened.close();
    if (!carol) throw new Error('carol is missing');
    const claims = claimsOf(carol);
    // Roles depend on the client: the room `access` knows them.
    expect([...Object.keys(claims), 'roles'].sort()).toEqual(Object.values(scopeClaims).flat().sort());
    expect(claims).toMatchObject({
      sub: carol.id,
      name: 'Carol Castellan',
      given_name: 'Carol',
      preferred_username: 'carol',
      email_verified: true,
      groups: ['sales'],
      updated_at: 1_700_000_000,
      address: { locality: 'Boston', country: 'United States' },
    });
  });

  it('what is unknown is absent', () => {
    const bare = {
      id: 'acc_x',
      username: 'x',
      name: undefined,
      email: undefined,
      emailVerified: false,
      claims: {},
      groups: [],
      attributes: {},
      origin: 'admin',
      hasPassword: false,
      tokensFrom: undefined,
    } as const;
    const claims = claimsOf({ ...bare, groups: [], disabled: false, createdAt: 0, updatedAt: 1999, version: 1 });
    expect(claims).toEqual({ sub: 'acc_x', preferred_username: 'x', groups: [], updated_at: 1 });
  });

  it('the samples are the four people of the manual', () => {
    const short = sampleAccounts.map(({ username, password, name, email, groups, disabled }) => [
      username,
      password,
      name,
      email,
      groups,
      disabled,
    ]);
    expect(short).toEqual([
      ['alice', 'alice', 'Alice Archer', 'alice@example.test', ['admins', 'engineering'], false],
      ['bob', 'bob', 'Bob Brenner', 'bob@example.test', ['engineering'], false],
      ['carol', 'carol', 'Carol Castellan', 'carol@example.test', ['sales'], false],
      ['dave', 'dave', 'Dave Drummond', 'dave@example.test', [], true],
    ]);
  });
});

it('E07 a canonical name is its own canonical name', () => {
  expect(canonicalName('STRASSE')).toBe(canonicalName('straße'));
  expect(canonicalName('STRAẞE')).toBe(canonicalName('straße'));
  expect(canonicalName('ΟΔΟΣ')).toBe(canonicalName('οδος'));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
      expect(canonicalName(canonicalName(name))).toBe(canonicalName(name));
    }),
    { seed: 7, numRuns: 500 },
  );
});

it('E07 no character has two canonical names, whatever its case and form', () => {
  const odd: string[] = [];
  for (let code = 0x20; code < 0x1_f000; code++) {
    const one = String.fromCodePoint(code);
    if (!one.isWellFormed()) continue;
    const forms = [one.toLowerCase(), one.toUpperCase(), one.normalize('NFKC'), one.normalize('NFD')];
    const name = canonicalName(one);
    if (canonicalName(name) !== name || forms.some((form) => canonicalName(form) !== name)) odd.push(one);
  }
  expect(odd).toEqual([]);
});
