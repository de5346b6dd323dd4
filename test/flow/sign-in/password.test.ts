import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusOfCode } from '../../../src/http/errors.ts';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { startPostern } from '../../../src/testing/testing.ts';
import { openDoor } from '../../support/sign-in-door.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { type: 'operator' } as const;
let world: World;
let names = 0;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

/** A new account with this password; its user name. */
async function add(password: string): Promise<string> {
  const username = `person-${++names}`;
  await world.postern.accounts.create({ username, password }, { by });
  return username;
}

const tryOut = async (username: string, password: string) => (await openDoor(world)).attempt({ username, password });

describe('a new password', () => {
  const phrase = 'Ein Satz, den so nur einer kennt. ';
  const accepted = {
    'fifteen characters, spaces and umlauts': 'größer als sonst',
    '64 characters': phrase.repeat(2).slice(0, 64),
    '256 characters': Array.from({ length: 256 }, (_, at) =>
      String.fromCodePoint(0x61 + ((at * at + at * 7) % 26)),
    ).join(''),
    'no digit, no capital': 'quiet lantern over the bay',
  };
  it.each(Object.entries(accepted))('E15 %s is taken, and signs in as it was typed', async (_, password) => {
    const username = await add(password);
    expect((await tryOut(username, password)).status).toBe(200);
    expect((await tryOut(username, password.slice(0, -1))).status).toBe(401);
    expect((await tryOut(username, password.toUpperCase())).status).toBe(401);
  });

  const refused = {
    'fourteen characters': 'vjq8!mZk2#rTqW',
    'the product twice': 'postern2026postern',
    'common, and long enough': '1234567890123456',
    'one character again and again': 'aaaaaaaaaaaaaaaaaaaa',
    '257 characters': 'correct horse '.repeat(19).slice(0, 257),
    'a common one twice': 'password1password1',
  };
  it.each(Object.entries(refused))('E15 %s is refused, and nothing of it repeated', async (_, password) => {
    const failure = await add(password).then(
      () => undefined,
      (error: unknown) => error as { code: 'invalid'; message: string; fields: { path: string; message: string }[] },
    );
    expect(failure?.code).toBe('invalid');
    expect(statusOfCode.invalid).toBe(422);
    expect(failure?.fields.map(({ path }) => path)).toContain('password');
    expect(JSON.stringify([failure?.message, failure?.fields])).not.toContain(password);
    expect((await tryOut(`person-${names}`, password)).status).toBe(401);
  });

  it('E15 nothing is cut off: what differs from the 73rd character on is another password', async () => {
    const start = 'the long way home goes by the harbour, past the fish market and the two mills; ';
    expect(start.length).toBeGreaterThan(73);
    const username = await add(`${start}left`);
    expect((await tryOut(username, `${start}right`)).status).toBe(401);
    expect((await tryOut(username, start)).status).toBe(401);
    expect((await tryOut(username, `${start}left`)).status).toBe(200);
  });

  it('E15 one word of the person in it does no harm, a password made of their name does', async () => {
    const email = 'ottilie.brandt@example.test';
    const create = (username: string, password: string) =>
      world.postern.accounts.create({ username, name: 'Ottilie Brandt', email, password }, { by });
    await expect(create('ottilie', 'ottilie-brandt-2026')).rejects.toMatchObject({ code: 'invalid' });
    await expect(create('ottilie', 'ottilie sails at dawn again')).resolves.toMatchObject({ username: 'ottilie' });
  });
});

describe('the cost of a stored password', () => {
  it('E17 follows the configuration at the next sign-in, and not at a failed one', async () => {
    const data = await mkdtemp(join(tmpdir(), 'postern-rehash-'));
    const secret = ['a-secret-of-this-test-alone-0123456789-0123456789'];
    const file = { data, memory: false, database: { file: join(data, 'x.db') }, secret };
    const stored = async ({ postern, people }: World) =>
      (
        await postern.db.get<{ password_hash: string }>('SELECT password_hash FROM accounts WHERE id = ?', [
          people.alice.id,
        ])
      )?.password_hash;
    const first = await createWorld({ ...file, passwords: { memoryKib: 8, iterations: 1 } });
    const before = await stored(first);
    expect(before).toContain('$m=8,t=1,p=1$');
    await first.stop();

    const postern = await startPostern({ ...file, passwords: { memoryKib: 16, iterations: 2 } });
    const url = first.authorizeUrl('app').replace(first.issuer, postern.issuer);
    const second = { ...first, postern, visitor: () => createVisitor(postern.issuer), authorizeUrl: () => url };
    try {
      const door = await openDoor(second);
      expect((await door.wrong('alice')).status).toBe(401);
      expect(await stored(second)).toBe(before);
      expect((await door.right('alice')).status).toBe(200);
      const after = await stored(second);
      expect(after).toContain('$m=16,t=2,p=1$');
      expect((await (await openDoor(second)).right('alice')).status).toBe(200);
      expect(await stored(second)).toBe(after);
    } finally {
      await postern.stop();
      await rm(data, { recursive: true });
    }
  });

  it('E17 without a word in the configuration `serve` takes OWASP’s cost', async () => {
    const data = await mkdtemp(join(tmpdir(), 'postern-cost-'));
    const postern = await startPostern({ mode: 'serve', data });
    try {
      const { id } = await postern.accounts.create(
        { username: 'mara', password: 'quiet lantern over the bay' },
        { by },
      );
      const row = await postern.db.get<{ password_hash: string }>('SELECT password_hash FROM accounts WHERE id = ?', [
        id,
      ]);
      expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    } finally {
      await postern.stop();
      await rm(data, { recursive: true });
    }
  });
});
