/** Apps that are slow, endless or dead: nobody waits for them, and they get no more than their share (I08, I10, D15). */
import { randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PosternOptions } from '../../../src/testing/testing.ts';
import { until } from '../../support/spawned.ts';
import { by } from '../../support/team.ts';
import { createToldTeam, heardBy, type ToldTeam } from '../../support/told-team.ts';

/** An app that answers when it is told to; how many of its requests are open, and were at most. */
async function startHolding() {
  const held = new Set<ServerResponse>();
  const seen = { requests: 0, most: 0 };
  const server = createServer((req, res) => {
    req.resume();
    seen.requests += 1;
    held.add(res);
    seen.most = Math.max(seen.most, held.size);
    res.on('close', () => held.delete(res));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    seen,
    open: () => held.size,
    answer: (status = 200) => {
      for (const res of held) res.writeHead(status).end();
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

describe('an app that takes its time', () => {
  let team: ToldTeam;
  const apps: Awaited<ReturnType<typeof startHolding>>[] = [];
  const teamWith = async (options: PosternOptions) => {
    team = await createToldTeam('sqlite', options);
    return team;
  };
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(apps.splice(0).map((app) => app.stop()));
    await team.stop();
  });

  async function holding() {
    const held = await startHolding();
    apps.push(held);
    const app = await team.told();
    await team.postern.clients.update(app.id, { backchannelLogoutUri: held.url }, { by });
    return { ...app, held };
  }

  it('D15 is not asked a second time while it has not answered, however long it may take', async () => {
    await teamWith({ outbound: { timeoutMilliseconds: 60_000 } });
    const app = await holding();
    const person = await team.person();
    await team.enter(team.visitor(), app, person);
    await team.postern.accounts.setDisabled(person.id, true, { by });
    const { logout, deliveries } = team.postern;
    await until(() => app.held.open() === 1);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 59_000);
    for (let round = 0; round < 5; round++) await logout.deliverDue();
    expect(await deliveries.clientsDue()).toEqual([]);
    expect(app.held.seen).toEqual({ requests: 1, most: 1 });
    app.held.answer();
    await logout.settled();
    expect(await team.settled(person.id)).toMatchObject([{ state: 'confirmed' }]);
    expect(app.held.seen.requests).toBe(1);
  });

  /** Many sessions of one person, all at once, in which these apps were used: as the engine would have written them. */
  async function manySessions(accountId: string, count: number, clientIds: string[]) {
    const { records } = team.postern;
    const seconds = Math.floor(Date.now() / 1000);
    for (let index = 0; index < count; index++) {
      const uid = randomBytes(12).toString('hex');
      const authorizations = Object.fromEntries(
        clientIds.map((id) => [id, { sid: `${uid}-${id}`, grantId: `${uid}-${id}` }]),
      );
      const payload = { jti: uid, uid, kind: 'Session', accountId, loginTs: seconds, authorizations };
      await records.upsert('Session', uid, payload, 3600);
    }
  }

  it('D15 R28 sign-out is answered while ten dead apps have not even been asked', async () => {
    await teamWith({});
    const dead: Awaited<ReturnType<typeof holding>>[] = [];
    for (let index = 0; index < 10; index++) dead.push(await holding());
    const alive = await team.told();
    const person = await team.person();
    const visitor = team.visitor();
    for (const app of [...dead, alive]) await team.enter(visitor, app, person);
    const page = await visitor.open('/logout');
    const began = performance.now();
    const done = await visitor.submit(page, { logout: 'yes' });
    const milliseconds = performance.now() - began;
    expect(done.text).toContain('id="logout-done"');
    const { items } = await team.postern.deliveries.list({ limit: 20, accountId: person.id });
    expect(items.filter(({ state, attempts }) => state === 'waiting' && attempts === 0).length).toBeGreaterThanOrEqual(
      10,
    );
    // No attempt has run into its limit by then: one would take longer than all of this.
    expect(milliseconds).toBeLessThan(team.postern.config.outbound.timeoutMilliseconds);
    await until(() => heardBy(alive).length === 1);
    await until(() => dead.every(({ held }) => held.seen.requests > 0));
    for (const { held } of dead) held.answer();
    expect(await team.settled(person.id)).toHaveLength(11);
  });

  it('I10 of 500 sessions that end at once an app hears at most ten at a time, and every one', async () => {
    await teamWith({ outbound: { timeoutMilliseconds: 60_000 } });
    const app = await holding();
    const other = await team.told();
    const person = await team.person();
    await manySessions(person.id, 500, [app.id]);
    await team.enter(team.visitor(), other, person);
    await team.postern.accounts.setDisabled(person.id, true, { by });
    // The first answer, and from then on as many as may be under way; none of them is answered.
    await until(() => app.held.open() === 1);
    app.held.answer();
    await until(() => app.held.open() === 10);
    // Others are not held up by it.
    await until(() => heardBy(other).length === 1);
    expect(app.held.seen).toEqual({ requests: 11, most: 10 });
    const answering = setInterval(app.held.answer, 1);
    const told = await team.settled(person.id);
    clearInterval(answering);
    expect(told.filter(({ state }) => state === 'confirmed')).toHaveLength(501);
    expect(app.held.seen).toEqual({ requests: 500, most: 10 });
  });

  it('I10 R28 an app that answers nothing gets one request at a time, however many are due', async () => {
    await teamWith({ outbound: { timeoutMilliseconds: 200 } });
    const app = await holding();
    const person = await team.person();
    await manySessions(person.id, 100, [app.id]);
    await team.postern.accounts.setDisabled(person.id, true, { by });
    await until(() => app.held.seen.requests === 4);
    expect(app.held.seen.most).toBe(1);
    const answering = setInterval(app.held.answer, 1);
    expect(await team.settled(person.id)).toHaveLength(100);
    clearInterval(answering);
    expect(app.held.seen.most).toBeGreaterThan(1);
  });

  it('R28 a hundred apps that are dead do not keep one from being told', async () => {
    await teamWith({ outbound: { timeoutMilliseconds: 500 } });
    const grave = await startHolding();
    apps.push(grave);
    const dead = [];
    for (let index = 0; index < 100; index++) {
      const id = `a-dead-app-${String(index).padStart(3, '0')}`;
      await team.postern.clients.create(
        { id, redirectUris: [`https://${id}.example/`], backchannelLogoutUri: grave.url },
        { by },
      );
      dead.push(id);
    }
    const alive = await team.told({ id: 'z-the-last-one' });
    const person = await team.person();
    await manySessions(person.id, 20, dead);
    await team.enter(team.visitor(), alive, person);
    await team.postern.accounts.setDisabled(person.id, true, { by });
    await until(() => heardBy(alive).length === 1);
    // Most of what the dead ones have to hear was not even tried once.
    expect(grave.seen.requests).toBeLessThan(400);
  }, 40_000);
});
