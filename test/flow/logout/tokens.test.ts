/** What an app gets, attempt by attempt, until it has confirmed (D15, R28). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startReceiver } from '../../../src/testing/testing.ts';
import { by } from '../../support/team.ts';
import { createToldTeam, type ToldApp, type ToldTeam } from '../../support/told-team.ts';

const second = 1000;
const event = 'http://schemas.openid.net/event/backchannel-logout';

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let team: ToldTeam;
  beforeAll(async () => {
    team = await createToldTeam(kind);
  });
  afterAll(() => team.stop());
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const advance = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

  /** Somebody signed in to the app and then disabled; how an attempt to tell it is waited for. */
  async function signedOut(app: ToldApp) {
    const person = await team.person();
    const tokens = await team.enter(team.visitor(), app, person);
    await team.postern.accounts.setDisabled(person.id, true, { by });
    const { deliveries, logout } = team.postern;
    const delivery = async () =>
      deliveries.find((await deliveries.list({ limit: 1, accountId: person.id })).items[0]?.id ?? '');
    /** Tells what is due, and waits until that has come to its end. */
    const attempt = async () => {
      await logout.deliverDue();
      await logout.settled();
      return delivery();
    };
    return { person, tokens, delivery, attempt };
  }

  it('D15 is a logout token as the specification has it, for two minutes at most, and nothing besides', async () => {
    const app = await team.told();
    const { person, tokens, attempt } = await signedOut(app);
    expect(await attempt()).toMatchObject({ state: 'confirmed', attempts: 1 });
    const [{ ok, header, claims } = {}] = app.receiver.received;
    expect(ok).toBe(true);
    const { active } = await team.postern.keys.signingSet();
    expect(header).toEqual({ alg: 'RS256', typ: 'logout+jwt', kid: active.get('RS256')?.kid });
    const now = Math.floor(Date.now() / second);
    expect(claims).toEqual({
      ...{ iss: team.issuer, sub: person.id, aud: app.id, sid: tokens.sid, events: { [event]: {} } },
      ...{ iat: now, exp: now + 120, jti: expect.stringMatching(/^[\w-]{16,}$/) },
    });
    expect(claims).not.toHaveProperty('nonce');
  });

  it.each(['ES256', 'EdDSA'] as const)('D15 is signed by the algorithm of the app’s ID tokens: %s', async (alg) => {
    const app = await team.told({ idTokenSignedResponseAlg: alg });
    const { attempt } = await signedOut(app);
    expect(await attempt()).toMatchObject({ state: 'confirmed' });
    expect(app.receiver.received[0]).toMatchObject({ ok: true, header: { alg, typ: 'logout+jwt' } });
  });

  it('D15 R28 an app that is busy is asked again, later each time, with a token that is new each time', async () => {
    const app = await team.told();
    app.receiver.answerWith(503, { times: 3 });
    const { attempt, delivery } = await signedOut(app);
    const waits = [];
    for (let attempts = 1; attempts <= 3; attempts++) {
      const { state, dueAt, tries } = await attempt();
      expect([state, tries.length, tries[0]?.status]).toEqual(['waiting', attempts, 503]);
      expect(tries[0]?.answer).toContain('server_error');
      waits.push((dueAt - Date.now()) / second);
      // Before it is due it is left alone.
      advance(dueAt - Date.now() - 1);
      expect(await attempt()).toMatchObject({ attempts });
      advance(1);
    }
    for (const [at, wait] of [2, 5, 15].entries()) {
      expect(waits[at]).toBeGreaterThanOrEqual(wait * 0.8 - 0.01);
      expect(waits[at]).toBeLessThanOrEqual(wait * 1.2 + 0.01);
    }
    expect(await attempt()).toMatchObject({ state: 'confirmed', attempts: 4 });
    const { tries } = await delivery();
    expect(tries.map(({ number, status }) => [number, status])).toEqual([
      [4, 200],
      [3, 503],
      [2, 503],
      [1, 503],
    ]);
    const { received } = app.receiver;
    expect(received.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(new Set(received.map(({ jti }) => jti)).size).toBe(4);
    expect(new Set(received.map(({ sid }) => sid)).size).toBe(1);
    for (const { at, claims } of received) {
      expect(claims?.iat).toBe(Math.floor(at / second));
      expect(claims?.exp).toBe(Math.floor(at / second) + 120);
    }
  });

  it('J01 D15 is signed with the key that is active at the attempt, not at the sign-out', async () => {
    const app = await team.told();
    app.receiver.answerWith(503, { times: 2 });
    const { attempt } = await signedOut(app);
    const { keys } = team.postern;
    const activeKid = async () => (await keys.signingSet()).active.get('RS256')?.kid ?? '';
    const kids = [await activeKid()];
    await attempt();
    await keys.rotate('RS256', { by });
    advance(60 * second);
    await keys.advance();
    kids.push(await activeKid());
    await attempt();
    // Compromised: what it has signed is worth nothing, and it signs nothing more.
    await keys.revoke(kids[1] ?? '', { by });
    kids.push(await activeKid());
    advance(60 * second);
    expect(await attempt()).toMatchObject({ state: 'confirmed', attempts: 3 });
    expect(new Set(kids).size).toBe(3);
    expect(app.receiver.received.map(({ header }) => header?.kid)).toEqual(kids);
    expect(app.receiver.received.map(({ ok, problems }) => [ok, problems])).toEqual([
      [true, []],
      [true, []],
      [true, []],
    ]);
  });

  it('R28 an app that is down is told when it is back, at the address that it has by then', async () => {
    const app = await team.told();
    await app.receiver.stop();
    const { person, tokens, attempt } = await signedOut(app);
    const down = await attempt();
    expect(down).toMatchObject({ state: 'waiting', attempts: 1, tries: [{ status: undefined, answer: '' }] });
    expect(down.tries[0]?.problem).toContain('refused the connection');
    advance(12 * 3600 * second);
    expect(await attempt()).toMatchObject({ state: 'waiting', attempts: 2 });
    const moved = await startReceiver({ issuer: team.issuer, clientId: app.id });
    await team.postern.clients.update(app.id, { backchannelLogoutUri: moved.url }, { by });
    advance(6 * 3600 * second);
    expect(await attempt()).toMatchObject({ state: 'confirmed', attempts: 3 });
    expect(moved.received).toMatchObject([{ ok: true, sub: person.id, sid: tokens.sid }]);
    await moved.stop();
  });

  it('R28 an app that never comes back is given up after a day, aloud; a replay tells it after all', async () => {
    const app = await team.told();
    app.receiver.answerWith(500);
    const { person, attempt, delivery } = await signedOut(app);
    const began = Date.now();
    for (;;) {
      const { state, dueAt } = await attempt();
      if (state !== 'waiting') break;
      advance(dueAt - Date.now());
    }
    expect(Date.now() - began).toBe(86_400 * second);
    const { state, attempts, id } = await delivery();
    expect([state, app.receiver.received.length]).toEqual(['given_up', attempts]);
    const { audit, db, deliveries, logout } = team.postern;
    const { items } = await audit.list(db, { limit: 5, event: 'delivery.given_up', clientId: app.id });
    expect(items).toMatchObject([{ accountId: person.id, detail: { deliveryId: id, attempts } }]);
    expect(logout.counters().givenUp).toBeGreaterThanOrEqual(1);
    app.receiver.answerWith();
    await deliveries.replay({ id }, { by });
    expect(await attempt()).toMatchObject({ state: 'confirmed', attempts: attempts + 1 });
    expect(app.receiver.received.at(-1)).toMatchObject({ ok: true, sub: person.id });
  });

  it('D15 anything but 200 and 204 is no confirmation', async () => {
    for (const [status, expected] of [
      [201, 'waiting'],
      [202, 'waiting'],
      [302, 'waiting'],
      [400, 'waiting'],
      [204, 'confirmed'],
    ] as const) {
      const app = await team.told();
      app.receiver.answerWith(status, { times: 1 });
      const { attempt } = await signedOut(app);
      const { state, tries } = await attempt();
      expect([status, state, tries[0]?.status]).toEqual([status, expected, status]);
    }
  });
});
