import { describe, expect, it } from 'vitest';
import { startPostern } from '../../src/testing/testing.ts';
import { createCommandLine } from '../support/command-line.ts';
import { goodSecret } from '../support/spawned.ts';
import { addDeliveries } from '../support/told.ts';

const by = { by: { type: 'operator' } } as const;

/** The commands over deliveries of one sign-out of mara: waiting, given up, confirmed, not told. */
async function createDesk() {
  const cli = await createCommandLine();
  const server = await startPostern({ mode: 'serve', data: cli.folder, secret: [goodSecret], issuer: cli.issuer });
  const { accounts, clients } = server;
  const { id: accountId } = await accounts.create({ username: 'mara', name: 'Mara Lindqvist' }, by);
  const addresses = { redirectUris: ['https://wiki.example/cb'], backchannelLogoutUri: 'https://wiki.example/bye' };
  for (const id of ['wiki', 'pay', 'chat']) await clients.create({ id, ...addresses }, by);
  const refused = { problem: 'https://wiki.example refused the connection. See whether it is up.' };
  const hostile = { status: 400, problem: 'It answered 400; 200 was expected.', answer: 'no\u001b[31m token' };
  const apps = [
    { clientId: 'wiki', state: 'waiting' as const, sid: 'a-sid', tries: [hostile, refused] },
    { clientId: 'pay', state: 'given_up' as const, tries: [refused, hostile, hostile] },
    { clientId: 'chat', state: 'confirmed' as const, tries: [{ status: 200 }] },
    { clientId: 'gone', state: 'not_told' as const },
  ];
  const { ids, signOutId } = await addDeliveries(server, { accountId, apps, reason: 'account_disabled' });
  await server.stop();
  return { cli, ids, signOutId };
}

describe('postern delivery', () => {
  it('list: a table with the last answer of each, and filters', async () => {
    const { cli, signOutId } = await createDesk();
    const all = await cli.does('delivery', 'list');
    expect(all).toMatch(/^TIME +CLIENT +USERNAME +STATE +TRIES +LAST ANSWER +NEXT +ID$/m);
    expect(all).toMatch(
      /^\d{4}-.*Z +wiki +mara +waiting +2 +https:\/\/wiki\.example refused the connection +\d{4}.* UTC +dl_\w+$/m,
    );
    expect(all).toMatch(/ pay +mara +given up +3 +400 +dl_/);
    expect(all).toMatch(/ chat +mara +confirmed +1 +200 +dl_/);
    expect(all).toMatch(/ gone +mara +not told +0 +dl_/);
    const clientsOf = async (...flags: string[]) =>
      (await cli.tells('delivery', 'list', ...flags)).items
        .map(({ clientId }: { clientId: string }) => clientId)
        .sort();
    expect(await clientsOf('--state', 'given_up')).toEqual(['pay']);
    expect(await clientsOf('--state', 'unconfirmed', '--account', 'mara')).toEqual(['gone', 'pay', 'wiki']);
    expect(await clientsOf('--sign-out', signOutId, '--client', 'chat')).toEqual(['chat']);
    expect(await clientsOf('--account', 'acc_gone')).toEqual([]);
    expect(await cli.run(['delivery', 'list', '--client', 'nobody'])).toMatchObject({ status: 0, out: '' });
    const { items, next } = await cli.tells('delivery', 'list', '--limit', '3');
    expect(items).toHaveLength(3);
    expect((await cli.tells('delivery', 'list', '--after', next)).items).toHaveLength(1);
  });

  it('list refuses what is no filter: exit 64, and 1 for somebody who is not there', async () => {
    const { cli } = await createDesk();
    const wrong = await cli.run(['delivery', 'list', '--state', 'lost']);
    expect(wrong).toMatchObject({
      status: 64,
      out: '',
      err: expect.stringContaining('--state must be one of: unconfirmed'),
    });
    expect(await cli.run(['delivery', 'list', '--account', 'nobody'])).toMatchObject({ status: 1, out: '' });
  });

  it('show: what it is about, every attempt, what to do; nothing that steers the terminal', async () => {
    const { cli, ids, signOutId } = await createDesk();
    const [waiting = '', givenUp = '', , notTold = ''] = ids;
    const text = await cli.does('delivery', 'show', waiting);
    expect(text).toMatch(/^App +wiki$/m);
    expect(text).toMatch(/^Signed out +mara$/m);
    expect(text).toMatch(/^Why +account disabled$/m);
    expect(text).toMatch(/^By +operator$/m);
    expect(text).toMatch(/^Told at +https:\/\/wiki\.example\/bye$/m);
    expect(text).toMatch(/^Session \(sid\) +a-sid$/m);
    expect(text).toMatch(/^Next attempt +\d{4}/m);
    expect(text).toMatch(
      /^2 +\d{4}.*Z +12 +none +https:\/\/wiki\.example refused the connection\. See whether it is up\.$/m,
    );
    expect(text).toMatch(/^1 +\d{4}.*Z +12 +400 +It answered 400; 200 was expected\.$/m);
    expect(text).toContain('\nAnswer to attempt 1, its beginning:\n  no\\u001b[31m token\n');
    const answered = await cli.does('delivery', 'show', givenUp);
    expect(answered).toContain('\nAnswer to attempts 2 to 3, its beginning:\n  no\\u001b[31m token\n');
    expect(answered).not.toContain('\u001b');
    expect(await cli.does('delivery', 'show', notTold)).toMatch(/^Told at +the client is gone$/m);
    expect(await cli.tells('delivery', 'show', waiting)).toMatchObject({
      ...{ id: waiting, signOutId, clientId: 'wiki', state: 'waiting', attempts: 2, reason: 'account_disabled' },
      by: { type: 'operator' },
      createdAt: expect.stringMatching(/Z$/),
      tries: [{ number: 2 }, { number: 1, status: 400 }],
    });
    expect(await cli.run(['delivery', 'show', 'dl_x'])).toMatchObject({ status: 1, out: '' });
    expect(await cli.run(['delivery', 'show'])).toMatchObject({ status: 64, out: '' });
  });

  it('replay: one, or all that match; exit 1 for one that is confirmed, 64 for what is unclear', async () => {
    const { cli, ids, signOutId } = await createDesk();
    const [, givenUp = '', confirmed = ''] = ids;
    const unclear = [
      [],
      [givenUp, '--all'],
      [givenUp, '--client', 'pay'],
      ['--client', 'pay'],
      ['--all', '--state', 'lost'],
    ];
    for (const argv of unclear) {
      expect([argv, await cli.run(['delivery', 'replay', ...argv])]).toMatchObject([argv, { status: 64, out: '' }]);
    }
    expect((await cli.tells('delivery', 'show', givenUp)).state).toBe('given_up');
    expect(await cli.run(['delivery', 'replay', confirmed])).toMatchObject({ status: 1, out: '' });
    expect(await cli.run(['delivery', 'replay', 'dl_x'])).toMatchObject({ status: 1, out: '' });
    expect(await cli.does('delivery', 'replay', givenUp)).toBe('1 app is told again.\n');
    expect((await cli.tells('delivery', 'show', givenUp)).state).toBe('waiting');
    expect(await cli.tells('delivery', 'replay', '--all', '--sign-out', signOutId)).toEqual({ count: 3 });
    expect(await cli.does('delivery', 'replay', '--all', '--client', 'chat')).toBe(
      'There was nothing to tell again.\n',
    );
    const log = await cli.tells('audit', 'list', '--event', 'delivery.replayed');
    expect(log.items).toMatchObject([
      { actor: { type: 'operator' }, detail: { count: 3, signOutId } },
      { actor: { type: 'operator' }, clientId: 'pay', detail: { count: 1, deliveryId: givenUp } },
    ]);
  });

  it('session end --client says what it ended, and who is not there: exit 1', async () => {
    const { cli } = await createDesk();
    expect(await cli.does('session', 'end', '--client', 'wiki')).toBe('Ended 0 sessions of wiki.\n');
    expect(await cli.run(['session', 'end', '--client', 'nobody'])).toMatchObject({ status: 1, out: '' });
    const both = ['session', 'end', '--client', 'wiki', '--account', 'mara'];
    expect(await cli.run(both)).toMatchObject({ status: 64, out: '' });
  });
});
