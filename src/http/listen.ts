/**
 * The listening side: one or several addresses with one port, under the limits of security.md e-3, and a stop that lets
 * answers in flight finish (R22). Knows no route: it hands raw requests to `handler`. No table.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../base/log.ts';
import { endConnection } from './answer.ts';
import { type Addresses, bind } from './bind.ts';
import { drain } from './drain.ts';
import { answerClientError, createLimitedServer, defaultLimits, type ServerLimits } from './limits.ts';

export type Handler = (req: IncomingMessage, res: ServerResponse) => void;
export type ListenOptions = {
  /** Answers its own errors; neither throws nor rejects. */
  handler: Handler;
  log: Log;
  /** What differs from `defaultLimits`. */
  limits?: Partial<ServerLimits>;
};

/** Makes the listening side of one handler; nothing listens before `listen`. */
export function createServer({ handler, log, limits }: ListenOptions) {
  const inFlight = new Set<ServerResponse>();
  let servers: Server[] = [];
  let stopped: Promise<{ drained: boolean }> | undefined;

  return { listen, stop, stopping: () => stopped !== undefined };

  /** Returns the port and the addresses that were bound. Throws like `bind`: with a sentence for the person who starts it. */
  async function listen(addresses: Addresses): Promise<{ port: number; addresses: string[] }> {
    const create = () => createLimitedServer(onRequest, { ...defaultLimits, ...limits });
    const bound = await bind(create, addresses);
    servers = bound.servers;
    for (const server of servers) {
      server.on('clientError', (error, socket) => onClientError(error, socket as Socket));
      // Accepting fails when no file descriptor is left; the next connection may find one again.
      server.on('error', (error) => log.error({ error }, 'a connection could not be accepted'));
    }
    return { port: bound.port, addresses: bound.addresses };
  }

  /** Drains within `seconds` (10 unless told otherwise); a second call gets the promise of the first. */
  function stop({ seconds = 10 }: { seconds?: number } = {}): Promise<{ drained: boolean }> {
    stopped ??= drain(servers, inFlight, seconds);
    return stopped;
  }

  function onRequest(req: IncomingMessage, res: ServerResponse): void {
    inFlight.add(res);
    res.on('close', () => inFlight.delete(res));
    if (stopped) endConnection(res);
    handler(req, res);
  }

  /** What the parser refuses never becomes a request; without this it would be in no log. */
  function onClientError(error: Error & { code?: string }, socket: Socket): void {
    const code = error.code ?? 'unknown';
    if (code !== 'ECONNRESET' && code !== 'EPIPE') log.info({ code, ip: socket.remoteAddress }, 'malformed request');
    // Where an answer has begun on this socket, a second one would be read as part of it.
    const begun = [...inFlight].some((res) => res.socket === socket && res.headersSent);
    if (socket.writable && !begun) answerClientError(code, socket);
    else socket.destroy();
  }
}
