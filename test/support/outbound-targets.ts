/**
 * What an outgoing call may meet: listeners on 127.0.0.1 and ::1 under one port, which count what reaches them, and name
 * servers that know what they are told. Nothing leaves this machine.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { createOutbound, type OutboundFailure, outboundFailureOf } from '../../src/base/outbound.ts';

type Behaviour = (socket: Socket, text: string) => void;

/** Answers every request with 200 and a short body. */
export const answering: Behaviour = (socket, text) => {
  if (text.includes('\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
};

/** Closed at the end of the test. `behave` gets every connection at its first bytes; or at once, with `atOnce`. */
export async function listen(behave: Behaviour = answering, { atOnce = false } = {}) {
  const seen = { connections: 0, bytes: 0, requests: '', hosts: [] as string[] };
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    seen.connections += 1;
    seen.hosts.push(socket.localAddress ?? '');
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      seen.bytes += chunk.length;
      seen.requests += chunk.toString('latin1');
      if (!atOnce) behave(socket, chunk.toString('latin1'));
    });
    if (atOnce) behave(socket, '');
  };
  const servers = await listenOnBoth(accept);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  });
  const { port } = servers[0].address() as { port: number };
  return {
    port,
    seen,
    open: () => sockets.size,
    url: (host = '127.0.0.1', path = '/') => `http://${host}:${port}${path}`,
  };
}

/** One port on both; another one when the second is taken. */
async function listenOnBoth(accept: (socket: Socket) => void): Promise<[Server, Server]> {
  for (;;) {
    const first = await bound(accept, '127.0.0.1', 0);
    const { port } = first.address() as { port: number };
    try {
      return [first, await bound(accept, '::1', port)];
    } catch (error) {
      await new Promise((done) => first.close(done));
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

function bound(accept: (socket: Socket) => void, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(accept);
    server.once('error', reject);
    server.listen({ host, port }, () => resolve(server));
  });
}

/** The failure of a call that has to fail, with the sentence that is shown. */
export async function failureOf(call: Promise<unknown>): Promise<OutboundFailure & { message: string; code: string }> {
  const error = await call.then(
    () => {
      throw new Error('The call went through.');
    },
    (thrown: unknown) => thrown,
  );
  const failure = outboundFailureOf(error);
  if (!failure) throw error;
  const { message, code } = error as { message: string; code: string };
  return { ...failure, message, code };
}

type Options = Partial<Parameters<typeof createOutbound>[0]>;

/** The guard as a mode has it, with more time than a busy machine needs. */
export const outboundIn = (mode: 'dev' | 'testing' | 'serve', options: Options = {}) =>
  createOutbound({ mode, allow: [], timeoutMilliseconds: 5000, ...options });

/** A name server that knows what it is told, one answer after the other; the last one stays. */
export function knowing(...answers: string[][]) {
  const asked: string[] = [];
  const resolve = async (name: string) => {
    asked.push(name);
    const answer = answers[Math.min(asked.length, answers.length) - 1] ?? [];
    return answer.map((address) => ({ address }));
  };
  return { resolve, asked };
}
