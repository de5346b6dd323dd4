/** The pieces in front of the routes, put together as the server does it, on a free port; and raw sockets to talk to it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import { createLog, type Log } from '../../src/base/log.ts';
import { answerText } from '../../src/http/answer.ts';
import { createExchanges, exchangeOf } from '../../src/http/context.ts';
import { createGuard } from '../../src/http/guard.ts';
import { createSecurityHeaders } from '../../src/http/headers.ts';
import { createHealth } from '../../src/http/health.ts';
import type { ServerLimits } from '../../src/http/limits.ts';
import { createServer, type Handler } from '../../src/http/listen.ts';

export type Line = Record<string, unknown> & { msg: string };

/** A log that keeps its lines. */
export function createMemoryLog(): { log: Log; lines: Line[] } {
  const lines: Line[] = [];
  const log = createLog({ level: 'trace', stream: { write: (text: string) => void lines.push(JSON.parse(text)) } });
  return { log, lines };
}

export type FrontOptions = {
  /** `PORT` stands for the port that was found. */
  issuer?: string;
  trustProxy?: string[];
  mode?: 'dev' | 'testing' | 'serve';
  limits?: Partial<ServerLimits>;
  ready?: () => Promise<boolean>;
  route?: Handler;
};

/** Answers every route with what it saw of the caller, unless told otherwise. */
const echo = (req: IncomingMessage, res: ServerResponse) => {
  const { ip } = exchangeOf(req);
  answerText(req, res, 200, JSON.stringify({ ip, url: req.url, headers: req.headers }));
};

export async function startFront(options: FrontOptions = {}) {
  const { log, lines } = createMemoryLog();
  let handle: Handler = () => {};
  const server = createServer({ handler: (req, res) => handle(req, res), log, limits: options.limits });
  const { port } = await server.listen({ hosts: ['127.0.0.1'], port: 0 });
  const issuer = new URL((options.issuer ?? 'http://localhost:PORT').replace('PORT', String(port)));
  const open = createExchanges({ clock: systemClock, log });
  const setHeaders = createSecurityHeaders({ issuer });
  const ready = options.ready ?? (() => Promise.resolve(true));
  const health = createHealth({ ready, stopping: server.stopping, clock: systemClock, log });
  const guard = createGuard({ issuer, trustProxy: options.trustProxy ?? [], mode: options.mode ?? 'serve' });
  handle = (req, res) => {
    setHeaders(res, open(req, res).path);
    if (health(req, res) || !guard(req, res)) return;
    (options.route ?? echo)(req, res);
  };
  return { port, issuer, lines, server, stop: () => server.stop({ seconds: 1 }) };
}

export type Answer = { status: number; head: string; body: string };

/** Sends the bytes as they are and reads until the server closes; several answers are left in `body`. */
export async function sendRaw(port: number, bytes: string): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return parseAnswer(await readAll(socket));
}

/** A GET under any headers, on a connection of its own. */
export function get(port: number, target: string, headers: Record<string, string>, method = 'GET'): Promise<Answer> {
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  return sendRaw(port, `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
}

/** Everything until the other side ends or resets the connection. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

export function parseAnswer(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n') };
}
