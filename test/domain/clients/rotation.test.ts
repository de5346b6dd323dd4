import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digest } from '../../../src/base/ids.ts';
import { secretMatches } from '../../../src/domain/clients/clients.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openRoom } from './room.ts';

const by = { by: { type: 'operator' as const } };
const web = { id: 'app', redirectUris: ['https://rp.example/cb'] };
const day = 86_400;

describe.each(databases)('secrets over time on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let house: ReturnType<typeof openRoom>;
  let first: string;
  beforeEach(async () => {
    opened = await open();
    house = openRoom(opened.db);
    first = (await house.clients.create(web, by)).secret ?? '';
  });
  afterEach(() => opened.close());

  const isLive = async (secret: string | undefined) => {
    const metadata = await house.clients.metadata('app');
    return secretMatches(metadata?.postern_secrets ?? [], secret ?? '', house.clock.now());
  };

  it('B18 both are live for a week, then the new one alone', async () => {
    const { secret: second, client } = await house.clients.addSecret('app', {}, by);
    expect(client.secrets).toMatchObject([{ expiresAt: house.clock.now() + 7 * day * 1000 }, { expiresAt: null }]);
    house.clock.advance(7 * day * 1000 - 1);
    expect([await isLive(first), await isLive(second)]).toEqual([true, true]);
    house.clock.advance(1);
    expect([await isLive(first), await isLive(second)]).toEqual([false, true]);
  });

  it('B18 the overlap is as long as it is told to be, and none ends the old one at once', async () => {
    const { secret: second } = await house.clients.addSecret('app', { overlapSeconds: 60 }, by);
    const { secret: third } = await house.clients.addSecret('app', { overlapSeconds: 0 }, by);
    expect([await isLive(first), await isLive(second), await isLive(third)]).toEqual([false, false, true]);
  });

  it('B18 two are live at most, also when eight are added at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => house.clients.addSecret('app', {}, by)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
    }
    expect((await house.clients.find('app'))?.secrets).toHaveLength(2);
    expect(await house.events()).toEqual(['client.created', 'client.secret_added']);
  });

  it('an old end does not move when the new one comes late', async () => {
    await house.clients.addSecret('app', { overlapSeconds: 60 }, by);
    house.clock.advance(61_000);
    const { client } = await house.clients.addSecret('app', {}, by);
    expect(client.secrets).toHaveLength(2);
    expect(await isLive(first)).toBe(false);
  });

  it('a retired secret is dead at once, the only live one cannot be retired', async () => {
    const [old] = (await house.clients.find('app'))?.secrets ?? [];
    await expect(house.clients.retireSecret('app', old?.id ?? '', by)).rejects.toMatchObject({ code: 'conflict' });
    const { secret: second } = await house.clients.addSecret('app', {}, by);
    const { secrets } = await house.clients.retireSecret('app', old?.id ?? '', by);
    expect(secrets).toHaveLength(1);
    expect([await isLive(first), await isLive(second)]).toEqual([false, true]);
    await expect(house.clients.retireSecret('app', old?.id ?? '', by)).rejects.toMatchObject({ code: 'not_found' });
    expect(await house.events()).toEqual(['client.created', 'client.secret_added', 'client.secret_retired']);
  });

  it('when the new one is taken back, the old one stays for good', async () => {
    const { secret: second, client } = await house.clients.addSecret('app', {}, by);
    await house.clients.retireSecret('app', client.secrets[1]?.id ?? '', by);
    house.clock.advance(30 * day * 1000);
    expect([await isLive(first), await isLive(second)]).toEqual([true, false]);
  });

  it('of two that are retired at once one stays', async () => {
    const { client } = await house.clients.addSecret('app', {}, by);
    const outcomes = await Promise.allSettled(
      client.secrets.map(({ id }) => house.clients.retireSecret('app', id, by)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await house.clients.find('app'))?.secrets).toMatchObject([{ expiresAt: null }]);
  });

  it('M04 nothing that is shown or logged has a secret or its hash in it', async () => {
    const { secret = '', client } = await house.clients.addSecret('app', {}, by);
    const shown = JSON.stringify([client, await house.clients.list({ limit: 9 }), await house.log()]);
    for (const hidden of [first, secret, digest(first), digest(secret)]) expect(shown).not.toContain(hidden);
    expect(JSON.stringify(await opened.db.all('SELECT * FROM clients'))).not.toContain(secret);
  });

  it('takes the hash of a secret that was made elsewhere, once', async () => {
    const secretHash = digest('made elsewhere');
    const added = await house.clients.addSecret('app', { secretHash, overlapSeconds: 0 }, by);
    expect(added).not.toHaveProperty('secret');
    expect(await isLive('made elsewhere')).toBe(true);
    await expect(house.clients.addSecret('app', { secretHash }, by)).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each([
    ['overlapSeconds', { overlapSeconds: -1 }],
    ['overlapSeconds', { overlapSeconds: 1.5 }],
    ['overlapSeconds', { overlapSeconds: 1e12 }],
    ['secretHash', { secretHash: 'short' }],
    ['secret', { secret: 'x' }],
  ])('refuses %s of %j', async (path, input) => {
    await expect(house.clients.addSecret('app', input as never, by)).rejects.toMatchObject({
      code: 'invalid',
      fields: [{ path }],
    });
  });

  it('is nothing for a client without secrets, or for nobody', async () => {
    await house.clients.create({ id: 'spa', redirectUris: ['https://spa.example/'], kind: 'spa' }, by);
    await expect(house.clients.addSecret('spa', {}, by)).rejects.toMatchObject({ code: 'conflict' });
    await expect(house.clients.addSecret('nobody', {}, by)).rejects.toMatchObject({ code: 'not_found' });
    await expect(house.clients.retireSecret('nobody', 'x', by)).rejects.toMatchObject({ code: 'not_found' });
  });
});
