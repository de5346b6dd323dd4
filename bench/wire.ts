/**
 * A lean HTTP/1.1 client for load: one request at a time per keep-alive connection, requests given as ready text. It
 * costs a fraction of node:http, so that the generator does not take the server's core. Loopback only, no redirects.
 */
import { createConnection, type Socket } from 'node:net';

export type Reply = { status: number; head: string; body: Buffer };
export type Send = (request: string) => Promise<Reply>;

type Parsed = { reply: Reply; keepAlive: boolean };

/** A connection that opens on first use and again after the server has closed it. */
export function connect(port: number): { send: Send; close(): void } {
  let socket: Socket | undefined;
  let received: Buffer = Buffer.alloc(0);
  let waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;

  function settle(parsed: Parsed) {
    received = Buffer.alloc(0);
    const { resolve } = waiting as NonNullable<typeof waiting>;
    waiting = undefined;
    if (!parsed.keepAlive) drop();
    resolve(parsed.reply);
  }

  function drop() {
    socket?.destroy();
    socket = undefined;
  }

  function open(): Socket {
    const opened = createConnection({ port, host: '127.0.0.1', noDelay: true });
    opened.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const parsed = parse(received);
      if (parsed && waiting) settle(parsed);
    });
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket !== opened) return;
      socket = undefined;
      waiting?.reject(new Error('the server closed the connection without an answer'));
      waiting = undefined;
    });
    return opened;
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket ??= open();
        socket.write(request);
      }),
    close: drop,
  };
}

/** The value of a header of a reply, or undefined. */
export function header(reply: Reply, name: string): string | undefined {
  return headers(reply, name)[0];
}

/** All values of a header (Set-Cookie comes more than once). */
export function headers(reply: Reply, name: string): string[] {
  const wanted = `${name.toLowerCase()}:`;
  return reply.head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(wanted))
    .map((line) => line.slice(wanted.length).trim());
}

function parse(received: Buffer): Parsed | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = received.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const body = bodyOf(head, status, received.subarray(end + 4));
  if (!body) return undefined;
  return { reply: { status, head, body }, keepAlive: !/\r\nconnection: *close/i.test(head) };
}

function bodyOf(head: string, status: number, rest: Buffer): Buffer | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return unchunk(rest);
  if (status === 204 || status === 304) return Buffer.alloc(0);
  throw new Error(`an answer without a length: ${head}`);
}

function unchunk(rest: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}

/** The text of a request; a body is sent as a form. */
export function request(
  host: string,
  method: string,
  path: string,
  fields: Record<string, string> = {},
  body?: Record<string, string>,
): string {
  const form = body === undefined ? '' : new URLSearchParams(body).toString();
  const all: Record<string, string> = { host, ...fields };
  if (body !== undefined) {
    all['content-type'] = 'application/x-www-form-urlencoded';
    all['content-length'] = String(Buffer.byteLength(form));
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${form}`;
}
