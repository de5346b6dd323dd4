import { EventEmitter, once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { bind } from '../../src/http/bind.ts';
import { createLimitedServer, defaultLimits } from '../../src/http/limits.ts';
import { createServer } from '../../src/http/listen.ts';
import { type Answer, createMemoryLog, get, parseAnswer, readAll, sendRaw, startFront } from './front.ts';

let front: Awaited<ReturnType<typeof startFront>> | undefined;
afterEach(() => front?.stop());

const requestLine = (port: number) => `GET / HTTP/1.1\r\nHost: localhost:${port}\r\n`;
const request = (port: number) => `${requestLine(port)}\r\n`;

describe('limits', () => {
  it('O03 O04 O05 are those of security.md e-3', () => {
    const server = createLimitedServer(() => {}, defaultLimits);
    expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 5_000 });
    expect(server).toMatchObject({ maxRequestsPerSocket: 1000, maxConnections: 2000, maxHeadersCount: 101 });
    expect(defaultLimits).toMatchObject({ checkIntervalSeconds: 2, maxHeaderBytes: 16_384 });
  });

  it('O02 a 20 KB URL, header or cookie gets 431, with a reason, and the log knows', async () => {
    front = await startFront();
    const { port, lines } = front;
    const long = 'x'.repeat(20_000);
    const host = { Host: `localhost:${port}` };
    const answers: Answer[] = [
      await get(port, `/?${long}`, host),
      await get(port, '/', { ...host, A: long }),
      await get(port, '/', { ...host, Cookie: `a=${long}` }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(431);
      expect(body).toContain('too large');
    }
    expect(lines.filter(({ code }) => code === 'HPE_HEADER_OVERFLOW')).toHaveLength(3);
  });

  it('O03 sockets that drip their headers are all closed, and meanwhile others are served', async () => {
    front = await startFront({
      limits: { headersTimeoutSeconds: 0.4, requestTimeoutSeconds: 0.4, checkIntervalSeconds: 0.1 },
    });
    const { port } = front;
    const sockets = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    const text = `${requestLine(port)}X: ${'y'.repeat(10_000)}`;
    let at = 0;
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(text.charAt(at));
      at += 1;
    }, 20);
    const ended = Promise.all(sockets.map(readAll));
    const served = await get(port, '/', { Host: `localhost:${port}` });
    expect(served.status).toBe(200);
    const answers = (await ended).map(parseAnswer);
    clearInterval(drip);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([408]));
  });

  it('O05 idle connections end by themselves, and a socket serves a limited number of requests', async () => {
    front = await startFront({
      limits: { keepAliveTimeoutSeconds: 0.1, maxRequestsPerSocket: 2, checkIntervalSeconds: 0.1 },
    });
    const { port } = front;
    expect((await sendRaw(port, request(port))).status).toBe(200);
    const two = await sendRaw(port, request(port) + request(port));
    expect(two.head).toContain('\r\nConnection: keep-alive');
    expect(two.body).toContain('\r\nConnection: close');
  });

  it('O05 connections over the limit are dropped, and new ones are taken after the idle ones have gone', async () => {
    const limits = {
      maxConnections: 20,
      headersTimeoutSeconds: 0.3,
      requestTimeoutSeconds: 0.3,
      checkIntervalSeconds: 0.1,
    };
    front = await startFront({ limits });
    const { port } = front;
    const idle = Array.from({ length: 60 }, () => connect(port, '127.0.0.1'));
    const texts = await Promise.all(idle.map(readAll));
    expect(texts.filter((text) => text === '').length).toBe(40);
    expect(texts.filter((text) => parseAnswer(text).status === 408).length).toBe(20);
    expect((await get(port, '/', { Host: `localhost:${port}` })).status).toBe(200);
  });

  it.each([
    ['Content-Length and Transfer-Encoding', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two Content-Lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a Content-Length that is no number', 'Content-Length: +3\r\n\r\nabc'],
    ['chunked that is not last', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 3\r\n\r\nabc'],
    ['a folded header', 'A: b\r\n c\r\n\r\n'],
    ['a bare LF', 'A: b\nC: d\r\n\r\n'],
    ['a bare CR', 'A: b\rC: d\r\n\r\n'],
    ['a NUL', 'A: b\0\r\n\r\n'],
    ['a chunk size that is no number', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n'],
  ])('O06 smuggling: %s gets 400 and the end of the connection', async (_what, rest) => {
    front = await startFront({ route: (req, res) => void req.resume().on('end', () => res.end()) });
    const { port, lines } = front;
    const head = `POST / HTTP/1.1\r\nHost: localhost:${port}\r\n`;
    const { status, body } = await sendRaw(port, `${head}${rest}${request(port)}`);
    expect(status).toBe(400);
    expect(body).not.toContain('HTTP/1.1');
    expect(lines.some(({ msg }) => msg === 'malformed request')).toBe(true);
  });

  it('O06 no Host gets 400', async () => {
    front = await startFront();
    expect((await sendRaw(front.port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).status).toBe(400);
  });
});

describe('addresses', () => {
  const { log } = createMemoryLog();
  const start = () => createServer({ log, handler: (_req, res) => res.end('here') });

  it('listens on both loopbacks with one port, or on one where the machine has no IPv6', async () => {
    const server = start();
    const { port, addresses } = await server.listen({ hosts: ['127.0.0.1', '::1'], port: 0 });
    expect(addresses[0]).toBe('127.0.0.1');
    for (const address of addresses) {
      const socket = connect(port, address);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      expect(await readAll(socket)).toContain('here');
    }
    await server.stop();
  });

  it('says which port is taken and what to do, and holds no other address then', async () => {
    const other = createTcpServer().listen(0, '127.0.0.2');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(start().listen({ hosts: ['127.0.0.1', '127.0.0.2'], port })).rejects.toMatchObject({
      code: 'unavailable',
      message: `Port ${port} is taken. Stop the other program or start with --port ${port + 1}.`,
      exitStatus: 75,
    });
    const again = start();
    expect(await again.listen({ hosts: ['127.0.0.1'], port })).toEqual({ port, addresses: ['127.0.0.1'] });
    await again.stop();
    other.close();
  });

  it('an address that this machine has not got is a configuration error', async () => {
    await expect(start().listen({ hosts: ['192.0.2.1'], port: 0 })).rejects.toMatchObject({
      code: 'invalid',
      exitStatus: 78,
    });
  });

  /** A server whose address can't be had, with the operating system's code. */
  const failing = (codes: (string | undefined)[]) => () => {
    const code = codes.shift();
    const server = Object.assign(new EventEmitter(), {
      listen: (_options: object, done: () => void) =>
        queueMicrotask(() => (code ? server.emit('error', Object.assign(new Error(code), { code })) : done())),
      address: () => ({ address: 'some', port: 4711 }),
      close: (done: () => void) => done(),
    });
    return server as unknown as Server;
  };

  it('a port that this user may not open says so', async () => {
    const bound = bind(failing(['EACCES']), { hosts: ['127.0.0.1'], port: 80 });
    await expect(bound).rejects.toMatchObject({
      code: 'unavailable',
      exitStatus: 77,
      message: expect.stringContaining('--port'),
    });
  });

  it('a missing IPv6 loopback is left out, but not when it is the only address', async () => {
    const hosts = ['127.0.0.1', '::1'];
    expect(await bind(failing([undefined, 'EADDRNOTAVAIL']), { hosts, port: 0 })).toMatchObject({
      addresses: ['some'],
      port: 4711,
    });
    await expect(bind(failing(['EADDRNOTAVAIL']), { hosts: ['::1'], port: 0 })).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  it('looks for another free port when the first address got one that the second has not', async () => {
    const bound = await bind(failing([undefined, 'EADDRINUSE', undefined, undefined]), { hosts: ['a', 'b'], port: 0 });
    expect(bound.servers).toHaveLength(2);
  });
});

describe('R22 stop', () => {
  /** A front whose answers wait until they are let go. */
  async function startHeld() {
    const held: ServerResponse[] = [];
    const arrivals = new EventEmitter();
    front = await startFront({
      route: (_req, res) => {
        held.push(res);
        arrivals.emit('arrived');
      },
    });
    const { port, server } = front;
    const arrival = () => once(arrivals, 'arrived');
    const ask = async (): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1');
      socket.write(request(port));
      await arrival();
      return socket;
    };
    return { port, server, held, ask, arrival };
  }

  it('R22 finishes what is in flight, with Connection: close, and takes nothing new', async () => {
    const { port, server, held, ask } = await startHeld();
    const socket = await ask();
    const answer = readAll(socket);
    const stopped = server.stop({ seconds: 10 });
    expect(server.stopping()).toBe(true);
    const late = connect(port, '127.0.0.1');
    await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    held[0]?.end('finished');
    expect(await answer).toMatch(/\r\nConnection: close\r\n[\s\S]*finished/);
    expect(await stopped).toEqual({ drained: true });
    expect(await server.stop()).toEqual({ drained: true });
  });

  it('R22 idle and unused connections do not hold it up', async () => {
    const { port, server, held, ask } = await startHeld();
    const used = await ask();
    held[0]?.end();
    await once(used, 'data');
    const unused = connect(port, '127.0.0.1');
    await once(unused, 'connect');
    const began = performance.now();
    const closed = Promise.all([readAll(used), readAll(unused)]);
    expect(await server.stop({ seconds: 10 })).toEqual({ drained: true });
    await closed;
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('R22 cuts what does not finish in time', async () => {
    const { server, ask } = await startHeld();
    const socket = await ask();
    const answer = readAll(socket);
    expect(await server.stop({ seconds: 0.1 })).toEqual({ drained: false });
    expect(await answer).toBe('');
  });

  it('R22 a request whose headers were on the way is answered, and is the last one there', async () => {
    const { port, server, held, ask, arrival } = await startHeld();
    const early = connect(port, '127.0.0.1');
    await once(early, 'connect');
    early.write(`${requestLine(port)}X: `);
    await ask();
    const stopped = server.stop({ seconds: 10 });
    early.write('late\r\n\r\n');
    await arrival();
    for (const res of held) res.end('finished');
    expect(await readAll(early)).toMatch(/\r\nConnection: close\r\n[\s\S]*finished/);
    expect(await stopped).toEqual({ drained: true });
  });
});
