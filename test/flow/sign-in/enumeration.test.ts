import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/testing/sign-in.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { createThrottledWorld, openDoor } from '../../support/sign-in-door.ts';
import type { World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createThrottledWorld();
  await world.postern.accounts.create({ username: 'erin' }, { by: { type: 'system' } });
});
afterAll(() => world.stop());

/** What an onlooker can compare: everything but the name that was typed and the time of day. */
function look({ status, headers, text }: Answer, username: string) {
  const length = Number(headers.get('content-length')) - username.length;
  const shown = [...headers].filter(([name]) => name !== 'date' && name !== 'content-length');
  return { status, length, headers: shown, text: text.replaceAll(`value="${username}"`, 'value="…"') };
}

describe('a sign-in that fails', () => {
  it('E08 unknown, wrong, disabled, without password: one status, one page, the same headers, no cookie', async () => {
    const tries = [
      ['nobody', 'not the password'],
      ['alice', 'not the password'],
      ['dave', 'not the password'],
      ['dave', world.people.dave.password],
      ['erin', 'not the password'],
      ['nobody@example.test', 'not the password'],
      ['alice@example.test', ''],
      ['alice', 'x'.repeat(300)],
      ['alice', world.people.bob.password],
    ] as const;
    const door = await openDoor(world);
    const looks = [];
    for (const [index, [username, password]] of tries.entries()) {
      const before = world.postern.accounts.verifications();
      const answer = await door.attempt({ username, password }, `192.0.2.${index}`);
      expectHarmless(answer, [world.people.dave.password, world.people.bob.password, 'not the password']);
      looks.push({ ...look(answer, username), verified: world.postern.accounts.verifications() - before });
    }
    expect(looks[0]).toMatchObject({ status: 401, verified: 1 });
    expect(looks[0]?.headers.map(([name]) => name)).not.toContain('set-cookie');
    for (const other of looks) expect(other).toEqual(looks[0]);
  });

  it('E08 the throttle says as much about a name that exists as about one that does not', async () => {
    const series = async (username: string, ip: string) => {
      const door = await openDoor(world);
      const looks = [];
      for (let index = 0; index < 7; index++) looks.push(look(await door.wrong(username, ip), username));
      return looks.map(({ status, headers }) => ({
        status,
        wait: headers.find(([name]) => name === 'retry-after')?.[1],
      }));
    };
    const unknown = await series('nobody-else', '198.51.100.1');
    expect(unknown.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(await series('bob', '198.51.100.2')).toEqual(unknown);
    expect(await series('dave', '198.51.100.3')).toEqual(unknown);
  });

  it('E08 asking for an account by login_hint shows nothing of it', async () => {
    const pages = [];
    for (const hint of ['alice', 'dave', 'nobody']) {
      const page = await world.visitor().open(world.authorizeUrl('app', { login_hint: hint }));
      const masked = page.text.replaceAll(`value="${hint}"`, '').replace(/name="csrf" value="[^"]*"/g, '');
      pages.push(masked.replace(/\/interaction\/[\w-]+/g, ''));
    }
    expect(new Set(pages).size).toBe(1);
  });
});
