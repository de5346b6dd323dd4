import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { answerText } from '../../src/http/answer.ts';
import { exchangeOf, loggedPath, pathOf, plainAddress } from '../../src/http/context.ts';
import { get, startFront } from './front.ts';

let front: Awaited<ReturnType<typeof startFront>>;
afterEach(() => front?.stop());

describe('the log line of a request', () => {
  it('N07 has method, path, status, time, address and id, and never the query', async () => {
    front = await startFront({
      route: (req, res) => answerText(req, res, Number(req.url?.slice(1, 4)), exchangeOf(req).id),
    });
    const host = { Host: `localhost:${front.port}`, Authorization: 'Bearer secret', Cookie: 'a=secret' };
    const bodies: string[] = [];
    for (const status of [200, 303, 404, 503])
      bodies.push((await get(front.port, `/${status}/x?code=secret`, host)).body);
    await front.stop();
    const lines = front.lines.filter((line) => line.msg === 'request');
    expect(lines.map(({ level, status }) => [level, status])).toEqual([
      ['debug', 200],
      ['debug', 303],
      ['info', 404],
      ['error', 503],
    ]);
    expect(lines[0]).toMatchObject({
      method: 'GET',
      path: '/200/x',
      ip: '127.0.0.1',
      milliseconds: expect.any(Number),
    });
    expect(lines.map((line) => `${line.requestId}\n`)).toEqual(bodies);
    expect(new Set(bodies).size).toBe(4);
    expect(lines[0]?.requestId).toMatch(/^[\w-]{12}$/);
    expect(JSON.stringify(front.lines)).not.toContain('secret');
  });

  it('says 499 when the client left before there was an answer', async () => {
    const arrived = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    front = await startFront({
      route: (_req, res) => {
        res.on('close', left.resolve);
        arrived.resolve();
      },
    });
    const socket = connect(front.port, '127.0.0.1');
    socket.write(`GET /slow HTTP/1.1\r\nHost: localhost:${front.port}\r\n\r\n`);
    await arrived.promise;
    socket.destroy();
    await left.promise;
    expect(front.lines.filter((line) => line.msg === 'request')).toEqual([
      expect.objectContaining({ path: '/slow', status: 499, level: 'info' }),
    ]);
  });

  it('ids stay different beyond one draw', async () => {
    front = await startFront({ route: (req, res) => answerText(req, res, 200, exchangeOf(req).id) });
    const ids = new Set<string>();
    const host = { Host: `localhost:${front.port}` };
    for (let count = 0; count < 300; count += 1) ids.add((await get(front.port, '/', host)).body);
    expect(ids.size).toBe(300);
  });
});

it.each([
  ['/token', '/token'],
  ['/.well-known/oauth-authorization-server', '/.well-known/oauth-authorization-server'],
  ['/interaction/Xq3nB8vT0aKp2LmZ9wQeR', '/interaction/:id'],
  ['/authorize/Xq3nB8vT0aKp2LmZ9wQeR/x', '/authorize/:id/x'],
  ['/x/eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.', '/x/:id'],
  [`/${'a/'.repeat(150)}`, `/${'a/'.repeat(150)}`.slice(0, 200).concat('…')],
])('N07 identifiers in a path stay out of the log: %s', (path, logged) => {
  expect(loggedPath(path)).toBe(logged);
});

it.each([
  ['/', '/'],
  ['/a?b/c', '/a'],
  ['/a?', '/a'],
  ['http://h/a?b', '/a'],
  ['http://h', '/'],
  ['http://h?a/b', '/'],
  ['*', '*'],
])('the path of the target %s', (target, path) => {
  expect(pathOf(target)).toBe(path);
});

it('addresses lose the IPv6 coat of IPv4', () => {
  expect(plainAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(plainAddress('2001:db8::1')).toBe('2001:db8::1');
  expect(plainAddress(undefined)).toBe('::');
});
