/**
 * What the house knows of one HTTP exchange before any route runs: its id, its path without the query, who asks.
 * Owns the one log line per request. Knows neither Koa nor the engine; both sides read it from the raw request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../base/clock.ts';
import { randomId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';

type Exchange = {
  /** Twelve random characters; in the log of this request and nowhere else. */
  readonly id: string;
  readonly startedAt: number;
  /** The path of the request target, without query; of an absolute target too. */
  readonly path: string;
  /** The person's or client's address: the peer, until the guard has read what a trusted proxy says. */
  ip: string;
};

const exchangeKey = Symbol('postern.exchange');
type WithExchange = IncomingMessage & { [exchangeKey]?: Exchange };

/** The exchange of a request that passed `createExchange`; throws for any other. */
export function exchangeOf(req: IncomingMessage): Exchange {
  const exchange = (req as WithExchange)[exchangeKey];
  if (!exchange) throw new Error('This request did not come through createExchange');
  return exchange;
}

/** Returns the function that opens the exchange of a raw request and logs one line when its answer has gone out. */
export function createExchanges({ clock, log }: { clock: Clock; log: Log }) {
  const nextId = createIdSource();
  return function createExchange(req: IncomingMessage, res: ServerResponse): Exchange {
    const began = performance.now();
    const exchange: Exchange = {
      id: nextId(),
      startedAt: clock.now(),
      path: pathOf(req.url ?? '/'),
      ip: plainAddress(req.socket.remoteAddress),
    };
    (req as WithExchange)[exchangeKey] = exchange;
    res.on('close', () => logExchange(log, req, res, exchange, performance.now() - began));
    return exchange;
  };
}

const idLength = 12;
const idsPerDraw = 256;

/** Ids cut from one long random text: a draw for each would cost more than the rest of the exchange. */
function createIdSource(): () => string {
  let drawn = '';
  let at = 0;
  return () => {
    if (at >= drawn.length) {
      drawn = randomId((idLength / 4) * 3 * idsPerDraw);
      at = 0;
    }
    at += idLength;
    return drawn.slice(at - idLength, at);
  };
}

function logExchange(log: Log, req: IncomingMessage, res: ServerResponse, exchange: Exchange, elapsed: number): void {
  // 499 is what proxies write for "the client left before there was an answer".
  const status = res.writableFinished || res.headersSent ? res.statusCode : 499;
  const level = status >= 500 ? 'error' : status >= 400 ? 'info' : 'debug';
  if (!log.isLevelEnabled(level)) return;
  const line = {
    requestId: exchange.id,
    method: req.method,
    path: loggedPath(exchange.path),
    status,
    milliseconds: Math.round(elapsed * 10) / 10,
    ip: exchange.ip,
  };
  log[level](line, 'request');
}

const longestLoggedPath = 200;

/** The path as the log may hold it: what looks like an identifier or a token in it is replaced (security.md N07). */
export function loggedPath(path: string): string {
  const masked = path.replace(/[^/]{20,}/g, (part) => (/[A-Z0-9%]/.test(part) ? ':id' : part));
  return masked.length > longestLoggedPath ? `${masked.slice(0, longestLoggedPath)}…` : masked;
}

/** The path of a request target in origin form, or in absolute form (RFC 9112 §3.2). */
export function pathOf(target: string): string {
  const local = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const query = local.indexOf('?');
  return (query < 0 ? local : local.slice(0, query)) || '/';
}

/** An address without the IPv6 coat of IPv4 peers; `::` when the peer has gone already. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '::';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
