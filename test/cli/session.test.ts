import { expect, it, onTestFinished } from 'vitest';
import { goodSecret, spawnPostern, temporaryFolder } from '../support/spawned.ts';
import { createWorld } from '../support/world.ts';

it('R10 postern session: where people are signed in, and its end, beside the running server', async () => {
  const folder = temporaryFolder();
  const world = await createWorld({ mode: 'serve', data: folder, secret: [goodSecret] });
  onTestFinished(world.stop);
  const postern = async (...argv: string[]) => {
    const env = { POSTERN_SECRET: goodSecret };
    return spawnPostern([...argv, '--issuer', world.issuer, '--data', folder], { env }).ended;
  };
  const browsers = [world.visitor(), world.visitor(), world.visitor()];
  for (const [index, browser] of browsers.entries()) {
    const url = world.authorizeUrl(index === 2 ? 'app2' : 'app');
    await world.signIn(browser, url, index === 2 ? 'bob' : 'alice');
  }
  const isSignedIn = async (browser: (typeof browsers)[number]) => {
    const answer = await browser.request(world.authorizeUrl('app', { prompt: 'none' }));
    return new URL(answer.headers.get('location') ?? '').searchParams.has('code');
  };

  const all = await postern('session', 'list');
  expect(all).toMatchObject({ status: 0, err: '' });
  expect(all.out.match(/^alice +\d{4}.* UTC +127\.0\.0\.1 +app +\w+$/gm)).toHaveLength(2);
  expect(all.out).toMatch(/^bob .* app2 /m);
  const listed = await postern('session', 'list', '--account', 'alice', '--json');
  const { items } = JSON.parse(listed.out);
  expect(items).toHaveLength(2);
  expect(JSON.parse((await postern('session', 'list', '--client', 'app2', '--json')).out).items).toMatchObject([
    { accountId: expect.stringMatching(/^acc_/), clientIds: ['app2'], startedAt: expect.stringContaining('T') },
  ]);

  expect(await postern('session', 'end', items[0].id)).toMatchObject({ status: 0, err: '' });
  const alive = [await isSignedIn(browsers[0] as never), await isSignedIn(browsers[1] as never)];
  expect(alive.filter(Boolean)).toHaveLength(1);
  expect(await postern('session', 'end', items[0].id)).toMatchObject({ status: 1, out: '' });
  expect(await postern('session', 'end', '--account', 'alice')).toMatchObject({ out: 'Ended 1 session of alice.\n' });
  expect([await isSignedIn(browsers[0] as never), await isSignedIn(browsers[1] as never)]).toEqual([false, false]);
  expect(await postern('session', 'list', '--account', 'alice')).toMatchObject({ status: 0, out: '' });
  expect(await postern('session', 'end')).toMatchObject({ status: 64, out: '' });
  expect(await postern('session', 'end', '--client', 'app2')).toMatchObject({ out: 'Ended 1 session of app2.\n' });
  expect(await isSignedIn(browsers[2] as never)).toBe(false);
  const log = await postern('audit', 'export', '--account', 'alice');
  const events = log.out
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(events.filter(({ actor }) => actor.type === 'operator')).toMatchObject([
    { event: 'session.ended', detail: { reason: 'ended_by_admin' } },
    { event: 'account.tokens_ended', detail: { sessions: 1 } },
  ]);
}, 60_000);
