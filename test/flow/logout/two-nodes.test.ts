/** Two nodes over one database: no attempt is made twice at a time, and what a dead one had in hand the other one does. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { findFreePort } from '../../../src/testing/free-port.ts';
import { createNodePlace, type Kind, type NodePlace } from '../../support/node-place.ts';
import { spawnNode, spawnPostern, until } from '../../support/spawned.ts';
import { sidOf, writeSession } from '../../support/used-sessions.ts';

type ToldApp = Awaited<ReturnType<NodePlace['told']>>;
const courier = fileURLToPath(new URL('../../support/courier-node.ts', import.meta.url));
const by = { type: 'operator' } as const;

async function register({ clients }: App, { id, url }: ToldApp): Promise<void> {
  const addresses = { redirectUris: [`https://${id}.example/cb`], backchannelLogoutUri: url };
  // Hundreds of signatures: those of RSA would take most of the time.
  await clients.create({ id, ...addresses, idTokenSignedResponseAlg: 'EdDSA' } as never, { by });
}

/** Somebody with so many sessions in which these apps were used is signed out everywhere; the `sid`s of each app, sorted. */
async function signOut({ records, sessions, db }: App, apps: ToldApp[], prefix: string, count: number) {
  const uids = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  const [accountId, clientIds] = [`acc_${prefix}`, apps.map(({ id }) => id)];
  for (const uid of uids) await writeSession(records, { uid, accountId, clientIds });
  const why = { reason: 'account_disabled', circumstances: { by } } as const;
  await db.transaction((tx) => sessions.endAllIn(tx, accountId, why));
  await db.flush();
  return clientIds.map((id) => uids.map((uid) => sidOf(uid, id)).sort());
}

const confirmed = ({ received }: ToldApp) => received.filter(({ ok }) => ok).map(({ sid }) => String(sid));

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  it('D15 R28 two that tell apps at the same time never make the same attempt', async () => {
    const { argvOf, env, told, openServices } = await createNodePlace(kind, { isShared: true });
    const nodes = [undefined, await findFreePort()].map((port) =>
      spawnNode([courier, JSON.stringify(argvOf(port))], { env }),
    );
    for (const { saying } of nodes) await saying('ready');
    const app = await openServices();
    const apps = [await told('one', { mostRefusals: 1 }), await told('two', { mostRefusals: 1 }), await told('three')];
    for (const each of apps) await register(app, each);
    const sids = await signOut(app, apps, 'many', 150);
    await until(async () => (await app.deliveries.count()).waiting === 0);
    for (const { kill } of nodes) kill('SIGTERM');
    const said = await Promise.all(nodes.map(({ ended }) => ended));

    expect(said).toMatchObject([0, 1].map(() => ({ status: 0, err: '' })));
    const counted = said.map(({ out }) => JSON.parse(/^told (.*)$/m.exec(out)?.[1] ?? '{}'));
    // Both had their share of it.
    for (const { confirmed } of counted) expect(confirmed).toBeGreaterThan(10);
    expect(apps.reduce((sum, each) => sum + each.refused(), 0)).toBeGreaterThan(50);
    expect(apps.map(({ twiceAtOnce }) => twiceAtOnce)).toEqual([[], [], []]);
    // An answer that came too late for its node is asked for again: at least once, not exactly once.
    expect(apps.map((each) => [...new Set(confirmed(each))].sort())).toEqual(sids);
    // Nobody was asked without having it written: what one began, no other began as well.
    const asked = apps.flatMap((each) => each.asked.map(({ sid }) => sid));
    const { items } = await app.deliveries.list({ limit: 1000, accountId: 'acc_many' });
    for (const { sid, attempts, state } of items)
      expect([state, asked.filter((one) => one === sid).length]).toEqual(['confirmed', attempts]);
    expect(items).toHaveLength(450);
  }, 60_000);
});

/** A server tells an app ten things, and dies before it gets an answer; another one runs beside it. */
async function expectTakenOver(kind: Kind): Promise<void> {
  const { argvOf, env, told, openServices } = await createNodePlace(kind, { isShared: true });
  const start = async (port?: number) => {
    const node = spawnPostern(['dev', ...argvOf(port)], { env });
    await node.saying('Start page');
    return node;
  };
  const first = await start();
  const app = await openServices();
  const one = await told('one');
  await register(app, one);
  const isAllTold = async () => (await app.deliveries.count()).waiting === 0;
  // It has the lease once it has told something, and keeps it while it lives.
  await signOut(app, [one], 'before', 1);
  await until(isAllTold);
  await start(await findFreePort());

  one.hold(3);
  const [sids = []] = await signOut(app, [one], 'after', 30);
  const open = () => one.asked.filter(({ isOpen }) => isOpen);
  await until(() => open().length === 10);
  const inHand = open();
  first.kill('SIGKILL');
  await first.ended;
  one.hold();
  await until(isAllTold);

  expect([...new Set(confirmed(one).slice(1))].sort(), kind).toEqual(sids);
  const { items } = await app.deliveries.list({ limit: 1000, accountId: 'acc_after' });
  expect(items, kind).toHaveLength(30);
  for (const sid of sids) {
    const times = one.asked.filter((asked) => asked.sid === sid).map(({ at }) => at);
    const isCut = inHand.some((asked) => asked.sid === sid);
    // What was cut is written nowhere, all else is.
    const attempts = items.find((delivery) => delivery.sid === sid)?.attempts ?? 0;
    expect(times, kind).toHaveLength(isCut ? attempts + 1 : attempts);
    // An attempt takes 2.5 s at most; 10 s more belong to whoever makes it.
    if (isCut) expect((times[1] ?? 0) - (times[0] ?? 0), kind).toBeGreaterThan(11_000);
  }
}

it('R01 R28 what a server had in hand when it died, the other one tells when its claim is over, and no sooner', async () => {
  // Most of it is waiting: side by side.
  await Promise.all([expectTakenOver('sqlite'), expectTakenOver('postgresql')]);
}, 90_000);
