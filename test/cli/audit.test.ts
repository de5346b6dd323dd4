import { describe, expect, it } from 'vitest';
import { createCommandLine } from '../support/command-line.ts';
import { goodSecret, serve, spawnPostern } from '../support/spawned.ts';

const env = { POSTERN_SECRET: goodSecret };
const eventsOf = (out: string): string[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);

describe('postern audit list', () => {
  it('newest first, by any filter, with the names of people', async () => {
    const line = await createCommandLine();
    await line.does('group', 'add', 'ops');
    const { id } = await line.tells('account', 'add', 'alice');
    await line.does('account', 'change', 'alice', '--add-group', 'ops');
    await line.does('client', 'add', 'app', '--redirect-uri', 'https://rp.example/cb');
    const named = async (...argv: string[]) =>
      (await line.tells('audit', 'list', ...argv)).items.map(({ event }: { event: string }) => event);
    const ofAlice = ['account.updated', 'account.link_issued', 'account.created'];
    expect(await named('--account', 'alice')).toEqual(ofAlice);
    expect(await named('--account', id, '--event', 'account.updated')).toEqual(['account.updated']);
    expect(await named('--client', 'app')).toEqual(['client.created']);
    expect(await named('--from', '1h', '--event', 'group.')).toEqual(['group.created']);
    expect(await named('--to', '1h')).toEqual([]);
    expect(await named('--from', '2020-01-01', '--to', '2020-01-01T10:00')).toEqual([]);
    const text = await line.does('audit', 'list', '--account', 'alice', '--limit', '1');
    expect(text).toMatch(/^\S+ \S+Z +account\.updated +operator +alice +before=\{"groups":\[\]\} after=/m);

    const first = await line.tells('audit', 'list', '--limit', '2');
    expect(first.items).toHaveLength(2);
    expect((await line.tells('audit', 'list', '--after', first.next)).items[0].id < first.items[1].id).toBe(true);
    // Somebody who is gone is remembered by id.
    await line.does('account', 'delete', 'alice');
    expect(await line.run(['audit', 'list', '--account', 'alice'])).toMatchObject({ status: 1, out: '' });
    expect(await named('--account', id)).toEqual(['account.deleted', ...ofAlice]);
    for (const argv of [
      ['--from', 'yesterday'],
      ['--event', 'bogus'],
      ['--after', 'x'],
      ['--to', '2026-13-01'],
    ]) {
      expect(await line.run(['audit', 'list', ...argv]), argv.join(' ')).toMatchObject({ status: 64, out: '' });
    }
  });
});

describe('postern audit export', () => {
  it('M12 is JSON Lines, oldest first: one event a line whatever stands in it', async () => {
    const line = await createCommandLine();
    const hostile = '=cmd|calc\u0085\u009b31m\u2028{"event":"signin.succeeded"}';
    for (let count = 0; count < 3; count++) await line.does('group', 'add', `g${count}`, '--description', `${count}`);
    // Control characters never get in as a description; a redirect URI of somebody's own may have what it likes.
    await line.run(['group', 'add', 'h', '--description', hostile]);
    await line.does('account', 'add', 'erin', '--claim', `address.formatted=${hostile}\n\u202e`);
    const out = await line.does('audit', 'export');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
    const events = eventsOf(out);
    expect(events.slice(-5)).toEqual([
      ...['group.created', 'group.created', 'group.created', 'account.created', 'account.link_issued'],
    ]);
    const created = JSON.parse(out.split('\n').find((text) => text.includes('account.created')) ?? '{}');
    expect(created.detail.after['claims.address'].formatted).toBe(`${hostile}\n\u202e`);
    expect(eventsOf(await line.does('audit', 'export', '--event', 'group.'))).toHaveLength(3);
    const table = await line.run(['audit', 'list'], { columns: 120 });
    expect(table.out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
  });
});

describe('postern audit tail', () => {
  it('R10 --follow tells what a running server writes, and ends cleanly at Ctrl-C', async () => {
    const { folder } = await serve();
    const flags = ['--issuer', 'http://localhost:4999', '--data', folder];
    const add = (name: string) => spawnPostern(['group', 'add', name, ...flags], { env }).ended;
    await add('before');
    const tail = spawnPostern(['audit', 'tail', '--follow', '--json', '--event', 'group.', ...flags], { env });
    await tail.saying('"name":"before"');
    await add('during');
    await tail.saying('"name":"during"');
    tail.kill('SIGINT');
    const { status, out, err } = await tail.ended;
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(eventsOf(out)).toEqual(['group.created', 'group.created']);
  }, 60_000);

  it('without --follow the latest events, oldest first', async () => {
    const line = await createCommandLine();
    for (const name of ['a', 'b', 'c']) await line.does('group', 'add', name);
    const out = await line.does('audit', 'tail', '--lines', '2');
    expect(out).toMatch(
      /^\S+ \S+Z {2}group\.created +by operator +name=b .*\n\S+ \S+Z {2}group\.created .* name=c .*\n$/,
    );
    expect(await line.does('audit', 'tail', '--lines', '0')).toBe('');
    expect(await line.run(['audit', 'tail', '--lines', 'x'])).toMatchObject({ status: 64, out: '' });
  });
});
