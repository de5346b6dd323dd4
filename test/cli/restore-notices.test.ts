import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startPostern, startReceiver } from '../../src/testing/testing.ts';
import { goodSecret, spawnPostern, temporaryFolder, until } from '../support/spawned.ts';
import { createWorld, type World } from '../support/world.ts';

const by = { type: 'operator' } as const;

const postern = (folder: string, argv: string[]) =>
  spawnPostern([...argv, '--issuer', 'http://localhost:4999', '--data', folder], {
    env: { POSTERN_SECRET: goodSecret },
  }).ended;

const signIn = async (world: World): Promise<string> => {
  const before = new Set((await world.postern.sessions.listOfAccount(world.people.alice.id)).map(({ id }) => id));
  await world.signIn(world.visitor(), world.authorizeUrl('app'));
  const all = await world.postern.sessions.listOfAccount(world.people.alice.id);
  return all.find(({ id }) => !before.has(id))?.id ?? '';
};

it.each([
  ['everything', [], 3],
  ['what lives in one of them alone', ['--keep-sessions'], 2],
])(
  'R36 a restore ends %s, and the apps hear of it, as of what had not been told before',
  async (_name, flags, ended) => {
    const folder = temporaryFolder();
    const world = await createWorld({
      ...{ mode: 'serve', data: folder, secret: [goodSecret], outbound: { allow: ['localhost', '127.0.0.1'] } },
    });
    const receiver = await startReceiver({ issuer: world.issuer, clientId: 'app' });
    onTestFinished(receiver.stop);
    receiver.answerWith(503);
    await world.postern.clients.update('app', { backchannelLogoutUri: receiver.url }, { by });
    await signIn(world);
    const gone = await signIn(world);
    const copy = join(folder, 'copy.db');
    expect(await postern(folder, ['backup', copy])).toMatchObject({ status: 0, err: '' });
    await signIn(world);
    // Ended since the backup; the app has not confirmed it.
    await world.postern.sessions.end(gone, {}, { by });
    await receiver.next();
    await world.stop();

    expect(await postern(folder, ['restore', copy, ...flags])).toMatchObject({ status: 0, err: '' });
    receiver.answerWith();
    const again = await startPostern({
      ...{ mode: 'serve', data: folder, secret: [goodSecret], port: world.postern.port },
      outbound: { allow: ['localhost', '127.0.0.1'] },
    });
    onTestFinished(again.stop);
    // One session may be told of twice: as it was to be told before, and of the restore.
    await until(async () => {
      const { waiting, confirmed } = await again.deliveries.count();
      return waiting === 0 && confirmed >= ended;
    });
    const { items } = await again.deliveries.list({ limit: 10 });
    expect(new Set(items.map(({ sid }) => sid)).size).toBe(ended);
    expect(items.every(({ state }) => state === 'confirmed')).toBe(true);
    expect(new Set(items.map(({ reason }) => reason))).toEqual(new Set(['restored', 'ended_by_admin']));
    expect((await again.sessions.listOfAccount(world.people.alice.id)).length).toBe(flags.length);
  },
  60_000,
);
