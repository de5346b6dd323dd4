/** Where a notice may go, and what the other side may do to whoever brings it (I05, I07, I08, I09): in `serve`, as a team has it. */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PosternOptions } from '../../../src/testing/testing.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { listen } from '../../support/outbound-targets.ts';
import { by } from '../../support/team.ts';
import { createToldTeam, heardBy, type ToldTeam } from '../../support/told-team.ts';

const answer = (socket: Socket, head: string) => void socket.write(`HTTP/1.1 ${head}\r\n\r\n`);
const ok = (socket: Socket, text: string) => {
  if (text.includes('\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
};

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let team: ToldTeam;
  let log: ReturnType<typeof createLogLines>;
  const start =
    (outbound: PosternOptions['outbound'] = {}) =>
    async () => {
      log = createLogLines();
      team = await createToldTeam(kind, { mode: 'serve', outbound, logStream: log.stream });
    };

  /** Somebody is signed out of an app whose address for it is that one; what came of the first attempt. */
  async function noticeTo(url: string) {
    const app = await team.app({ access: 'everybody', backchannelLogoutUri: url });
    const person = await team.person();
    await app.signIn(person);
    await team.postern.accounts.setDisabled(person.id, true, { by });
    const { deliveries, logout } = team.postern;
    const [delivery] = (await deliveries.list({ limit: 2, accountId: person.id })).items;
    while ((await deliveries.find(delivery?.id ?? '')).attempts === 0) {
      await logout.deliverDue();
      await logout.settled();
    }
    const { state, tries } = await deliveries.find(delivery?.id ?? '');
    return { state, ...tries.at(-1) };
  }

  describe('with the settings that Postern comes with', () => {
    beforeAll(start());
    afterAll(() => team.stop());

    it.each(['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', 'app.localhost', '127.1.2.3'])(
      'I05 I09 a notice to http://%s is refused, says why and what to do, and not one byte arrives',
      async (host) => {
        const target = await listen(ok);
        const url = target.url(host, '/logout?key=of-the-app');
        const { state, status, problem = '', answer: text } = await noticeTo(url);
        expect({ state, status, text }).toEqual({ state: 'waiting', status: undefined, text: '' });
        expect(problem).toMatch(/(is|resolves to 127\.0\.0\.1,) a loopback address\./);
        expect(problem).toMatch(/Add \S+ to outbound\.allow, or use a public address\./);
        expect(problem).not.toContain('of-the-app');
        expect(target.seen).toMatchObject({ connections: 0, bytes: 0 });
      },
    );

    it('I09 R28 the log says so, once for each app', async () => {
      const target = await listen(ok);
      const app = await team.app({
        access: 'everybody',
        backchannelLogoutUri: target.url('127.0.0.1', '/?key=secret'),
      });
      const { accounts, deliveries, logout } = team.postern;
      for (let times = 0; times < 2; times++) {
        const person = await team.person();
        await app.signIn(person);
        await accounts.setDisabled(person.id, true, { by });
      }
      const attempts = async () =>
        (await deliveries.list({ limit: 5, clientId: app.id })).items.reduce(
          (sum, delivery) => sum + delivery.attempts,
          0,
        );
      while ((await attempts()) < 3) {
        await logout.deliverDue();
        await logout.settled();
      }
      const lines = log.lines.filter(({ clientId }) => clientId === app.id);
      const sentence = 'an app did not confirm a sign-out; it is told again: see postern delivery list';
      expect(lines).toMatchObject([
        { level: 'warn', msg: sentence, problem: expect.stringContaining('outbound.allow') },
      ]);
      expect(JSON.stringify(lines)).not.toContain('key=secret');
    });

    it.each([
      ['10.1.2.3', 'private address', 'outbound.allow'],
      ['192.168.1.1', 'private address', 'outbound.allow'],
      ['169.254.169.254', 'cloud metadata address', 'add 169.254.169.254 to outbound.allow'],
      ['0.0.0.0', 'unspecified address', 'use the address of the app itself'],
    ])('I05 a notice to http://%s is refused as a %s', async (host, what, todo) => {
      const began = performance.now();
      const { state, problem } = await noticeTo(`http://${host}/`);
      expect(state).toBe('waiting');
      expect(problem).toContain(what);
      expect(problem).toContain(todo);
      // It was not even tried.
      expect(performance.now() - began).toBeLessThan(team.postern.config.outbound.timeoutMilliseconds * 2);
    });
  });

  describe('with addresses that the administrator allows', () => {
    beforeAll(start({ allow: ['127.0.0.1'], timeoutMilliseconds: 500 }));
    afterAll(() => team.stop());

    it('I09 a notice arrives at one of them', async () => {
      const app = await team.told();
      const person = await team.person();
      const { sid } = await team.enter(team.visitor(), app, person);
      await team.postern.accounts.setDisabled(person.id, true, { by });
      expect(await team.settled(person.id)).toMatchObject([{ state: 'confirmed' }]);
      expect(heardBy(app)).toEqual([{ sub: person.id, sid }]);
    });

    it('I05 and at no other', async () => {
      const target = await listen(ok);
      expect((await noticeTo(target.url('[::1]'))).problem).toContain('outbound.allow');
      expect(target.seen.connections).toBe(0);
    });

    it.each([301, 302, 303, 307, 308])('I07 a %i is no confirmation, and nobody follows it', async (status) => {
      const inside = await listen(ok);
      const target = await listen((socket, text) => {
        if (text.includes('\r\n\r\n')) {
          answer(socket, `${status} Elsewhere\r\nlocation: ${inside.url()}\r\ncontent-length: 0\r\nconnection: close`);
        }
      });
      const { state, problem } = await noticeTo(target.url());
      expect(state).toBe('waiting');
      expect(problem).toContain(`It answered ${status}; 200 was expected. Redirects are not followed.`);
      expect(target.seen.connections).toBe(1);
      expect(inside.seen.connections).toBe(0);
    });

    it('I08 an answer without end is cut off, and of it the beginning is kept', async () => {
      const target = await listen((socket, text) => {
        if (!text.includes('\r\n\r\n')) return;
        answer(socket, '200 OK\r\ntransfer-encoding: chunked');
        const pour = () => {
          while (!socket.destroyed && socket.write(`400\r\n${'<b>\u0007'.repeat(256)}\r\n`));
        };
        socket.on('drain', pour);
        pour();
      });
      const told = await noticeTo(target.url());
      // Whoever answers 200 has confirmed, whatever comes after.
      expect(told).toMatchObject({ state: 'confirmed', status: 200 });
      expect(told.answer?.length).toBe(500);
      expect(told.answer).not.toContain('\u0007');
      while (target.open() > 0) await new Promise((resolve) => setImmediate(resolve));
    });

    it.each([
      ['nothing at all', () => undefined],
      ['a header without end', (socket: Socket) => void drip(socket, 'HTTP/1.1 200 OK\r\nx: ')],
      [
        'a body byte by byte',
        (socket: Socket) => {
          answer(socket, '200 OK\r\ncontent-length: 1000');
          drip(socket, '');
        },
      ],
    ])('I08 an app that answers %s is left when the time is over', async (_what, behave) => {
      let once = false;
      const target = await listen((socket) => {
        if (!once) behave(socket);
        once = true;
      });
      const { state, status, problem, milliseconds = 0 } = await noticeTo(target.url());
      expect({ state, status }).toEqual({ state: 'waiting', status: undefined });
      expect(problem).toContain('was not done within 0.5 s');
      expect(milliseconds).toBeGreaterThanOrEqual(450);
      while (target.open() > 0) await new Promise((resolve) => setImmediate(resolve));
    });
  });
});

/** A byte now and then, for as long as somebody listens. */
function drip(socket: Socket, first: string): void {
  socket.write(first || 'x');
  const timer = setInterval(() => socket.write('x'), 20);
  socket.on('close', () => clearInterval(timer));
}
